"""The Google Analytics tap keeps the rules of every tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from kpitaps_google_analytics.sandbox import Sandbox
from kpitaps_google_analytics.sandbox_quota import GENEROUS
from kpitaps_google_analytics.tap import tap

from kpitaps import NeedsAuth, RetryLater
from kpitaps.testing import TapConformance

if TYPE_CHECKING:
    from kpitaps.testing import Clock, Story


@pytest.mark.slow
class TestConformance(TapConformance):
    """The rules, tried against the sandbox, with quotas that nobody waits for."""

    tap = tap
    days = 90
    faults: ClassVar = {
        "empty_reason": "flagged",
        "expired_token": "retried",
        "not_shared": NeedsAuth,
        "other_row": "flagged",
        "quota_day": RetryLater,
        "quota_hour": RetryLater,
        "restricted": "flagged",
        "revoked": NeedsAuth,
        "sampled": "flagged",
        "thresholded": "flagged",
        "truncated": "flagged",
    }
    wrong_settings: ClassVar = ({"property_id": "999999999"}, {"service_account": "{}"})

    @staticmethod
    def sandbox(story: Story, clock: Clock) -> Sandbox:
        return Sandbox(story, clock, allowance=GENEROUS)
