"""The Shopify tap keeps the rules of every tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from kpitaps_shopify.sandbox import Sandbox
from kpitaps_shopify.tap import tap

from kpitaps import BadSettings, NeedsAuth
from kpitaps.testing import TapConformance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.testing import Clock, Story


@pytest.mark.slow
class TestConformance(TapConformance):
    """The rules, tried against the Shopify sandbox with a budget of points that nobody waits for."""

    tap = tap
    faults: ClassVar = {
        "access_denied": NeedsAuth,
        "duplicate_rows": "retried",
        "expired_token": "retried",
        "internal_error": "retried",
        "reordered_rows": "retried",
        "revoked": NeedsAuth,
        "throttled": "retried",
        "unknown_shop": BadSettings,
    }

    @staticmethod
    def sandbox(story: Story, clock: Clock) -> Sandbox:
        return Sandbox(story, clock, plan=100_000)

    @classmethod
    def people(cls, story: Story) -> Iterator[str]:
        for event in story.events(cls.now):
            if customer := getattr(event, "customer", None):
                yield f"gid://shopify/Customer/{customer}"
