"""The HubSpot tap keeps the rules of every tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from kpitaps_hubspot.sandbox import Sandbox
from kpitaps_hubspot.sandbox_limits import GENEROUS
from kpitaps_hubspot.tap import tap

from kpitaps import NeedsAuth, RetryLater
from kpitaps.testing import TapConformance

if TYPE_CHECKING:
    from kpitaps.testing import Clock, Story


@pytest.mark.slow
class TestConformance(TapConformance):
    """The rules, tried against the sandbox by way of OAuth, with limits that nobody waits for."""

    tap = tap
    days = 150
    faults: ClassVar = {
        "daily_limit": RetryLater,
        "duplicate_rows": "retried",
        "expired_token": "retried",
        # The index trails by less than what is read again each time: it is tried by hand with a record of that moment.
        "index_lag": "retried",
        "locked": "retried",
        "migration": RetryLater,
        "missing_scope": NeedsAuth,
        "null_calculated": "retried",
        "revoked": NeedsAuth,
        "search_limit": "retried",
        "ten_secondly_limit": "retried",
    }
    fault_paths: ClassVar = {"missing_scope": "/search"}

    @staticmethod
    def sandbox(story: Story, clock: Clock) -> Sandbox:
        return Sandbox(story, clock, auth="oauth", allowance=GENEROUS)
