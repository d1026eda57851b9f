"""The counters with which vendors ration requests: sliding and fixed windows."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

Period = Literal["minute", "hour", "day"]
"""How long a fixed window lasts: a minute or an hour of the clock, or a calendar day of a zone."""

_LENGTHS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a vendor's counter says to one request.

    Attributes:
        allowed: Whether it may pass; one that may not is not counted.
        remaining: Requests that may follow now.
        resets_at: When the oldest request of a sliding window is forgotten, or a fixed window starts anew; UTC.
    """

    allowed: bool
    remaining: int
    resets_at: datetime


class _Pace:
    """The time by which a window counts: what it is told, or real time from the first instant it was told."""

    def __init__(self, seconds: Callable[[], float] | None) -> None:
        self._seconds = seconds
        self._first: tuple[datetime, float] | None = None

    def at(self, now: datetime) -> datetime:
        now = now.astimezone(UTC)
        if self._seconds is None:
            return now
        if self._first is None:
            self._first = (now, self._seconds())
        start, since = self._first
        return start + timedelta(seconds=self._seconds() - since)


class SlidingWindow:
    """So many requests in any span of so many seconds.

    Args:
        count: Requests that one window holds.
        per: Its length in seconds.
        seconds: Real time (``time.monotonic``) to count by, for a world whose clock stands still or jumps; None counts
            by the ``now`` that each request brings.
    """

    def __init__(self, count: int, per: float, *, seconds: Callable[[], float] | None = None) -> None:
        self.count = count
        self.per = per
        self._pace = _Pace(seconds)
        self._counted: deque[datetime] = deque()

    def take(self, now: datetime, cost: int = 1) -> Verdict:
        """Count a request at ``now`` if there is room for its ``cost``.

        ``resets_at`` is on the clock of ``now``. A vendor's headers and its ``Date`` tell one time: a sandbox that
        counts by real time passes the real time as ``now``.
        """
        at = self._pace.at(now)
        length = timedelta(seconds=self.per)
        while self._counted and self._counted[0] + length <= at:
            self._counted.popleft()
        allowed = len(self._counted) + cost <= self.count
        if allowed:
            self._counted.extend([at] * cost)
        wait = self._counted[0] + length - at if self._counted else timedelta(0)
        return Verdict(allowed, self.count - len(self._counted), now.astimezone(UTC) + wait)


class FixedWindow:
    """So many requests per minute, hour or day of a zone's clock; the count starts anew at each full one.

    Args:
        count: Requests that one window holds.
        period: Its length.
        zone: Whose midnights begin a day; UTC by default.
        seconds: As for `SlidingWindow`.
    """

    def __init__(
        self,
        count: int,
        period: Period,
        *,
        zone: ZoneInfo | None = None,
        seconds: Callable[[], float] | None = None,
    ) -> None:
        self.count = count
        self._period = period
        self._zone = zone or UTC
        self._pace = _Pace(seconds)
        self._used = 0
        self._ends: datetime | None = None

    def take(self, now: datetime, cost: int = 1) -> Verdict:
        """Count a request at ``now`` if there is room for its ``cost``; ``resets_at`` as for `SlidingWindow`."""
        at = self._pace.at(now)
        if self._ends is None or at >= self._ends:
            self._used, self._ends = 0, self._end_after(at)
        allowed = self._used + cost <= self.count
        if allowed:
            self._used += cost
        return Verdict(allowed, self.count - self._used, now.astimezone(UTC) + (self._ends - at))

    def _end_after(self, at: datetime) -> datetime:
        """Return when the window that ``at`` lies in ends; a day ends at local midnight, after 23 to 25 hours."""
        if self._period == "day":
            tomorrow = at.astimezone(self._zone).date() + timedelta(days=1)
            return datetime.combine(tomorrow, time(), self._zone).astimezone(UTC)
        length = _LENGTHS[self._period]
        return at - (at - datetime(1970, 1, 1, tzinfo=UTC)) % length + length
