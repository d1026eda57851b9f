"""How many requests HubSpot answers: per ten seconds, searches per second, and per day of the account.

https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.testing import FixedWindow, SlidingWindow
from kpitaps_hubspot.sandbox_answers import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo

TEN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an account and its app may ask.

    Attributes:
        ten_secondly: Requests in ten seconds, searches apart: 110 for an OAuth app, 100 or 190 for a key.
        searches: Searches in one second.
        daily: Requests from one midnight of the account to the next.
        tells_searches: Whether answers to searches carry headers; HubSpot's do not.
    """

    ten_secondly: int = 100
    searches: int = 5
    daily: int = 250_000
    tells_searches: bool = False


GENEROUS = Allowance(ten_secondly=50_000, searches=5_000, daily=10_000_000, tells_searches=True)
"""For people who wait: nobody runs into it."""


def ten_secondly_limit() -> Refused:
    """Return the refusal of one request too many in ten seconds."""
    return _rate_limited("ten_secondly_rolling", "TEN_SECONDLY_ROLLING")


def daily_limit() -> Refused:
    """Return the refusal of all requests until midnight."""
    return _rate_limited("daily", "DAILY")


def search_limit() -> Refused:
    """Return the refusal of one search too many in a second: another shape, without a policy."""
    return Refused(429, "RATE_LIMITS", "You have reached your secondly limit.")


class Limits:
    """The counters of one account.

    Args:
        allowance: What may be asked.
        zone: Whose midnight begins a day.
        seconds: Real time: short windows count by it, whatever the portal's clock does.
    """

    def __init__(self, allowance: Allowance, *, zone: ZoneInfo, seconds: Callable[[], float]) -> None:
        self.allowance = allowance
        self._ten = SlidingWindow(allowance.ten_secondly, TEN_SECONDS, seconds=seconds)
        self._search = SlidingWindow(allowance.searches, 1.0, seconds=seconds)
        self._day = FixedWindow(allowance.daily, "day", zone=zone)

    def take(self, now: datetime, *, is_search: bool, is_oauth: bool) -> dict[str, str]:
        """Count a request, and return the headers that tell of it.

        Raises:
            Refused: if it is one too many.
        """
        day = self._day.take(now)
        if not day.allowed:
            raise daily_limit()
        if is_search:
            return self._take_search(now)
        ten = self._ten.take(now)
        if not ten.allowed:
            raise ten_secondly_limit()
        told = {
            "Max": self.allowance.ten_secondly,
            "Remaining": ten.remaining,
            "Interval-Milliseconds": 10_000,
            "Secondly": self.allowance.ten_secondly // 10,
            "Secondly-Remaining": min(ten.remaining, self.allowance.ten_secondly // 10),
        }
        if not is_oauth:
            told |= {"Daily": self.allowance.daily, "Daily-Remaining": day.remaining}
        return {f"X-HubSpot-RateLimit-{name}": str(number) for name, number in told.items()}

    def _take_search(self, now: datetime) -> dict[str, str]:
        verdict = self._search.take(now)
        if not verdict.allowed:
            raise search_limit()
        return {"X-HubSpot-RateLimit-Secondly": str(self.allowance.searches)} if self.allowance.tells_searches else {}


def _rate_limited(name: str, policy: str) -> Refused:
    said = f"You have reached your {name} limit."
    refused = Refused(429, "", said, errorType="RATE_LIMIT", policyName=policy, groupName="publicapi:app:1234567")
    del refused.body["category"]
    return refused
