"""Google's quotas of a property: tokens per day, per hour and per project and hour, requests at once, server errors.

https://developers.google.com/analytics/devguides/reporting/data/v1/quotas
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps import Counter, CounterState, ErrorBudget, Rate
from kpitaps_google_analytics.payloads import Quoted

if TYPE_CHECKING:
    from kpitaps import Reply

PROPERTY = "{property_id}"

_ZONE = "America/Los_Angeles"
"""Daily quotas start anew at midnight there."""

REPORT_COST = 50
"""Tokens that a report is taken to cost until its answer says: most cost fewer than 10, long ones more."""

_WORDS = (
    ("concurrent", "concurrent_requests"),
    ("thresholded", "potentially_thresholded_requests_per_hour"),
    ("server error", "server_errors_per_project_per_hour"),
    ("per minute", "concurrent_requests"),
    ("per day", "tokens_per_day"),
    ("for a project", "tokens_per_project_per_hour"),
    ("per project", "tokens_per_project_per_hour"),
    ("exhausted", "tokens_per_hour"),
)
"""What a refusal's sentence holds, and the quota that it is then about; the first that fits counts."""

_CLOSES = {"server_errors_per_project_per_hour": "tokens_per_hour"}
"""A budget of errors cannot be closed: what is as long is."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Reads what an answer tells of one quota.

    Attributes:
        name: The quota, a field of `PropertyQuota`.
        size: What it is for most properties.
        large: What it is for those of Analytics 360.
    """

    name: str
    size: int
    large: int

    def __call__(self, reply: Reply) -> CounterState | None:
        """Return what ``reply`` tells; a refusal tells of the one quota that it names."""
        if reply.status == 429:
            return CounterState(remaining=0) if exhausted(reply) == self.name else None
        said = reply.json() if reply.ok and reply.claims_json else None
        if not isinstance(said, dict):
            return None
        quoted = Quoted.model_validate(said)
        told = [each.property_quota for each in (quoted, *quoted.reports) if each.property_quota is not None]
        states = [state for quota in told if (state := getattr(quota, self.name)) is not None]
        if not states:
            return None
        remaining = min(state.remaining for state in states)
        capacity = self.large if remaining > self.size else None
        return CounterState(remaining, capacity, spent=sum(state.consumed for state in states))


def exhausted(reply: Reply) -> str:
    """Return which quota a 429 is about, a field of `PropertyQuota`: only its sentence says. Empty if it does not."""
    sentence = reply.content.decode("utf-8", "replace").lower()
    name = next((quota for words, quota in _WORDS if words in sentence), "")
    return _CLOSES.get(name, name)


def _all(path: str) -> str:
    """Return the one endpoint that all errors count for."""
    del path
    return "reports"


LIMITS = (
    Counter(
        PROPERTY,
        200_000,
        resets="day",
        zone=_ZONE,
        counts="points",
        read=Quota("tokens_per_day", 200_000, 2_000_000),
    ),
    Counter(PROPERTY, 40_000, resets="hour", counts="points", read=Quota("tokens_per_hour", 40_000, 400_000)),
    Counter(
        f"{PROPERTY} project",
        14_000,
        resets="hour",
        counts="points",
        read=Quota("tokens_per_project_per_hour", 14_000, 140_000),
    ),
    # None of our reports is of ages, genders or interests; but whoever uses this up stops us, too. Each answer gives
    # back what its request was counted for.
    Counter(
        f"{PROPERTY} thresholded",
        120,
        resets="hour",
        read=Quota("potentially_thresholded_requests_per_hour", 120, 120),
    ),
    # Ten at once: a request counts until a moment after its answer.
    Rate(PROPERTY, 10, per=0.1, read=Quota("concurrent_requests", 10, 50)),
    ErrorBudget(PROPERTY, 10, per=3_600, statuses=(500, 503), endpoint=_all),
)
