"""The rules that every tap keeps, tried on this one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_teamleader.sandbox import Sandbox
from kpitaps_teamleader.tap import tap

from kpitaps import NeedsAuth, RetryLater
from kpitaps.testing import Clock, Story
from kpitaps.testing.conformance import TapConformance

if TYPE_CHECKING:
    from collections.abc import Mapping


def busy(story: Story, clock: Clock) -> Sandbox:
    """Return a sandbox where nobody waits for the limit."""
    return Sandbox(story, clock, limit=100_000)


@pytest.mark.slow
class TestConformance(TapConformance):
    """Teamleader's rows tell neither of deletions nor of what was moved; the tap must find out all the same."""

    tap = tap
    sandbox = busy
    faults: Mapping[str, Any] = {
        "duplicate_rows": "retried",
        "expired_token": "retried",
        "ignored_filter": "flagged",
        "missing_rights": NeedsAuth,
        # Nobody knows whether the token was used up; the broker asks once more before it asks a person.
        "refresh_lost": RetryLater,
        "reordered_rows": "retried",
        "revoked": NeedsAuth,
        "throttled": "retried",
    }
    fault_paths: Mapping[str, str] = {
        "ignored_filter": "invoices.list",
        "missing_rights": "tickets.list",
    }

    @classmethod
    def story(cls) -> Story:
        return Story(11, (cls.now - timedelta(days=150)).date(), orders_per_day=0.1, pace=0.6)
