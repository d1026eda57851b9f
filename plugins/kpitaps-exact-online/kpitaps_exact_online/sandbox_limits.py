"""How much may be asked: calls in a minute and in a day, and errors in an hour.

60 calls a minute and 5,000 a day for each app and company. Resets are told in milliseconds since 1970, and a refusal
tells of the limit that it is for only: https://github.com/picqer/exact-php-client/issues/646. Ten errors an hour at one
endpoint block the key for an hour: https://github.com/picqer/exact-php-client/issues/475
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing import FixedWindow, SlidingWindow
from kpitaps_exact_online.sandbox_wire import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps.testing import Verdict

MINUTELY, DAILY = 60, 5_000
ERRORS = 10
COUNTED = frozenset({400, 401, 403, 404})
BLOCKED_FOR = timedelta(hours=1)
_ANY = 10**9


class LimitHit(Refused):
    """Too much was asked: with the headers that say so."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(429, "Too many requests.")
        self.headers = headers


@dataclass(slots=True)
class Allowance:
    """How many calls are allowed.

    Attributes:
        minutely: In a minute of the clock.
        daily: From midnight to midnight, UTC.
    """

    minutely: int = MINUTELY
    daily: int = DAILY


class Limits:
    """The counters.

    Args:
        allowance: How many calls they allow.

    Attributes:
        busiest_minute: Most calls of one division in any 60 seconds, refused ones included.
    """

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self._minutes: defaultdict[int, FixedWindow] = defaultdict(lambda: FixedWindow(allowance.minutely, "minute"))
        self._days: defaultdict[int, FixedWindow] = defaultdict(lambda: FixedWindow(allowance.daily, "day"))
        self._errors: defaultdict[tuple[int, str], SlidingWindow] = defaultdict(
            lambda: SlidingWindow(ERRORS, BLOCKED_FOR.total_seconds())
        )
        self._last_minutes: defaultdict[int, SlidingWindow] = defaultdict(lambda: SlidingWindow(_ANY, 60))
        self.busiest_minute = 0
        self._blocks = 0
        self._blocked_until: datetime | None = None

    def take(self, division: int, now: datetime) -> dict[str, str]:
        """Count a call, and return the headers that tell of both limits.

        Raises:
            LimitHit: if there was no room for it.
        """
        self.busiest_minute = max(self.busiest_minute, _ANY - self._last_minutes[division].take(now).remaining)
        minute, day = self._minutes[division].take(now), self._days[division].take(now)
        for verdict, told in ((day, self.daily), (minute, self.minutely)):
            if not verdict.allowed:
                raise LimitHit(told(verdict))
        return {**self.daily(day), **self.minutely(minute)}

    def check(self, now: datetime) -> None:
        """Let pass who is not blocked.

        Raises:
            Refused: if the key is blocked because of too many errors.
        """
        if self._blocked_until and now < self._blocked_until:
            raise Refused(403, "Your API key is blocked because of too many errors.", "ApiKeyBlocked")

    def fail(self, division: int, endpoint: str, now: datetime) -> bool:
        """Count an error, and return whether it was the last straw."""
        counted = self._errors[division, endpoint].take(now)
        if counted.allowed and counted.remaining:
            return False
        self._blocks += 1
        self._blocked_until = now + self._blocks * BLOCKED_FOR
        return True

    def forgive(self) -> None:
        """Forget all errors."""
        self._errors.clear()
        self._blocked_until = None

    def minutely(self, verdict: Verdict) -> dict[str, str]:
        """Return the headers of the minute."""
        return _headers("X-RateLimit-Minutely-", self.allowance.minutely, verdict)

    def daily(self, verdict: Verdict) -> dict[str, str]:
        """Return the headers of the day."""
        return _headers("X-RateLimit-", self.allowance.daily, verdict)


def _headers(prefix: str, limit: int, verdict: Verdict) -> dict[str, str]:
    reset = str(int(verdict.resets_at.timestamp() * 1000))
    return {f"{prefix}Limit": str(limit), f"{prefix}Remaining": str(verdict.remaining), f"{prefix}Reset": reset}
