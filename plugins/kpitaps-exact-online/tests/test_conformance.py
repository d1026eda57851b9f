"""The rules that every tap keeps, tried on this one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_exact_online.sandbox import demo_sandbox
from kpitaps_exact_online.tap import tap

from kpitaps import NeedsAuth, RetryLater
from kpitaps.testing import Story
from kpitaps.testing.conformance import TapConformance

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.mark.slow
class TestConformance(TapConformance):
    """Exact numbers its changes and does not tell their time; the tap must find what is new all the same."""

    tap = tap
    sandbox = demo_sandbox
    faults: Mapping[str, Any] = {
        "daily_limit": RetryLater,
        # A token that is refused before its time cannot be renewed yet: the next run can.
        "early_refresh": RetryLater,
        "early_rotates": RetryLater,
        "expired_token": RetryLater,
        "limit_with_remaining": "retried",
        "minutely_limit": "retried",
        "missing_right": NeedsAuth,
        "next_dropped": "retried",
        "no_deleted_right": "flagged",
        # The same: whether it was only the token or the whole consent shows when the next one is due.
        "revoked": RetryLater,
        "used_refresh": RetryLater,
    }
    fault_paths: Mapping[str, str] = {"missing_right": "crm/Opportunities", "no_deleted_right": "sync/Deleted"}

    @classmethod
    def story(cls) -> Story:
        return Story(11, (cls.now - timedelta(days=300)).date(), orders_per_day=0.1, pace=0.6)
