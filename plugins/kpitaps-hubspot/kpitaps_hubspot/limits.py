"""HubSpot's limits: requests in ten seconds, searches in one second, requests in a day of the account.

https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import Counter, CounterState, LimitHeaders, Rate, RetryLater
from kpitaps_hubspot.paths import is_search

if TYPE_CHECKING:
    from kpitaps import Reply

_TEN_SECONDLY = LimitHeaders("x-hubspot-ratelimit-max", "x-hubspot-ratelimit-remaining")
_DAILY = LimitHeaders("x-hubspot-ratelimit-daily", "x-hubspot-ratelimit-daily-remaining")
_SECONDLY = LimitHeaders("x-hubspot-ratelimit-secondly")

SPENT = CounterState(remaining=0)


def policy(reply: Reply) -> str:
    """Return which limit a 429 is about: ``TEN_SECONDLY_ROLLING``, ``DAILY``; most often empty for that of searches."""
    try:
        told = reply.json()
    except RetryLater:
        return ""
    return str(told.get("policyName") or "") if isinstance(told, dict) else ""


def ten_secondly(reply: Reply) -> CounterState | None:
    """Read what an answer tells of the ten seconds; the real limit is 100 to 250, by plan and kind of app."""
    if reply.status == 429:
        return SPENT if policy(reply).startswith("TEN_SECONDLY") else None
    return _TEN_SECONDLY(reply) if reply.ok else None


def secondly(reply: Reply) -> CounterState | None:
    """Read what an answer tells of searches: nothing, as HubSpot stands, unless there were too many."""
    if reply.status == 429:
        return SPENT if policy(reply) in ("", "SECONDLY") else None
    return _SECONDLY(reply) if reply.ok else None


def daily(reply: Reply) -> CounterState | None:
    """Read what an answer tells of the day; OAuth apps are told nothing."""
    if reply.status == 429:
        return SPENT if policy(reply) == "DAILY" else None
    return _DAILY(reply) if reply.ok else None


LIMITS = (
    Rate("{account}", count=100, per=10, on=lambda path: not is_search(path), read=ten_secondly),
    Rate("{account}", count=5, per=1, on=is_search, read=secondly),
    Counter("{account}", count=250_000, resets="day", zone="{zone}", read=daily),
)
