"""How much Google answers.

https://developers.google.com/analytics/devguides/reporting/data/v1/quotas
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.testing import FixedWindow
from kpitaps_google_analytics.sandbox_refusals import exhausted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kpitaps.testing import Logged
    from kpitaps_google_analytics.sandbox_refusals import Refused

_PACIFIC = ZoneInfo("America/Los_Angeles")
"""Daily quotas start anew at midnight there."""

_SAID = {
    "tokensPerDay": "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
    "tokensPerHour": "Exhausted property tokens per hour. These quota tokens will return in under an hour.",
    "tokensPerProjectPerHour": (
        "Exhausted property tokens for a project per hour. These quota tokens will return in under an hour."
    ),
    "concurrentRequests": "Exhausted concurrent requests quota. Please send fewer requests concurrently.",
    "serverErrorsPerProjectPerHour": (
        "Exhausted server errors quota. These quota tokens will return in under an hour."
    ),
    "potentiallyThresholdedRequestsPerHour": (
        "Exhausted potentially thresholded requests quota. This quota will refresh in under an hour."
    ),
}
_ERRORS = (500, 503)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be asked of one property.

    Attributes:
        daily: Tokens from midnight to midnight in California.
        hourly: Tokens per hour.
        project_hourly: Tokens per hour of one project's.
        concurrent: Requests at once.
        server_errors: Errors of the server's own in an hour, after which it answers nothing until they are forgotten.
        thresholded: Potentially thresholded requests per hour.
    """

    daily: int = 200_000
    hourly: int = 40_000
    project_hourly: int = 14_000
    concurrent: int = 10
    server_errors: int = 10
    thresholded: int = 120


GENEROUS = Allowance(20_000_000, 4_000_000, 1_400_000, 100, 10_000, 12_000)
"""For people who wait: nobody runs into it."""


def used_up(name: str) -> Refused:
    """Return the refusal of everything while the quota of this name is used up."""
    return exhausted(_SAID[name])


class Quota:
    """The quotas of one property and project; hours and days are those of the sandbox's clock.

    Args:
        allowance: What may be asked.
        log: What was answered: server errors are counted there.

    Attributes:
        running: How many requests are being answered.
    """

    def __init__(self, allowance: Allowance, log: Sequence[Logged]) -> None:
        self.allowance = allowance
        self.running = 0
        self._log = log
        self._read = 0
        self._failed: list[datetime] = []
        self._windows = {
            "tokensPerDay": FixedWindow(allowance.daily, "day", zone=_PACIFIC),
            "tokensPerHour": FixedWindow(allowance.hourly, "hour"),
            "tokensPerProjectPerHour": FixedWindow(allowance.project_hourly, "hour"),
        }
        self._thresholded = FixedWindow(allowance.thresholded, "hour")

    def admit(self, now: datetime, at_once: int) -> None:
        """Let a request be answered.

        Args:
            now: The sandbox's time.
            at_once: How many were running when it came in, this one included.

        Raises:
            Refused: if one of the quotas is used up.
        """
        if at_once > self.allowance.concurrent:
            raise used_up("concurrentRequests")
        for name, left in self._left(now).items():
            if left <= 0:
                raise used_up(name)

    def charge(self, now: datetime, tokens: int, *, is_thresholded: bool = False) -> dict[str, dict[str, int]]:
        """Take the tokens of a report, as far as there are any left, and return what Google tells of its quotas.

        Numbers that are zero are left out, as in all that Google answers.
        """
        for window in self._windows.values():
            window.take(now, min(tokens, window.take(now, 0).remaining))
        self._thresholded.take(now, int(is_thresholded))
        told = {name: {"consumed": tokens, "remaining": left} for name, left in self._left(now).items()}
        for name in told.keys() - self._windows.keys():
            told[name]["consumed"] = int(is_thresholded and name == "potentiallyThresholdedRequestsPerHour")
        told["concurrentRequests"] = {"remaining": self.allowance.concurrent - max(self.running - 1, 0)}
        return {name: {key: number for key, number in each.items() if number} for name, each in told.items()}

    def _left(self, now: datetime) -> dict[str, int]:
        left = {name: window.take(now, 0).remaining for name, window in self._windows.items()}
        left["potentiallyThresholdedRequestsPerHour"] = self._thresholded.take(now, 0).remaining
        left["serverErrorsPerProjectPerHour"] = self.allowance.server_errors - self._errors(now)
        return left

    def _errors(self, now: datetime) -> int:
        """Return how many server errors there were in the hour before; the log is read on from where it was left."""
        fresh = self._log[self._read :]
        self._read += len(fresh)
        self._failed = [at for at in self._failed if at > now - _HOUR]
        self._failed += [entry.at for entry in fresh if entry.status in _ERRORS and entry.at > now - _HOUR]
        return len(self._failed)
