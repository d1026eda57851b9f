"""The arithmetic of limits: what a source would still let us do. No locks and no clocks, time is passed in."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from kpitaps.http.told import Report


@dataclass(frozen=True, slots=True)
class BucketState:
    """What a source reports of its bucket.

    Attributes:
        available: Points in it when it answered.
        capacity: Points it can hold.
        restore: Points that come back per second.
    """

    available: float
    capacity: float
    restore: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Points reserved for one request in flight.

    Attributes:
        points: How many.
        at: When it was taken.
        settled_before: Points that had been settled when it was taken; of a sliding window, requests that had left it.
        waited: Seconds it had to be waited for.
    """

    points: float
    at: float = 0.0
    settled_before: float = 0.0
    waited: float = 0.0


class Meter(Protocol):
    """What remains of one limit."""

    @property
    def capacity(self) -> float:
        """The most there can be."""

    def price(self, cost: float) -> float:
        """Return what a request of ``cost`` points takes from this limit."""

    def free(self, now: float) -> float:
        """Return what is not spent and not reserved."""

    def delay(self, points: float, now: float) -> float:
        """Return the seconds until ``points`` are free; infinite while that hangs on requests in flight."""

    def recovers(self, now: float) -> float:
        """Return the seconds after which a source that has refused a request takes the next one, at most."""

    def take(self, points: float, now: float) -> Hold:
        """Reserve ``points``."""

    def give(self, hold: Hold, now: float) -> None:
        """Return what was reserved for a request that was never sent."""

    def settle(self, hold: Hold, state: Any, now: float) -> None:
        """Replace a reservation by what the source reports; by its own size where ``state`` is None: no report."""


class BucketMeter:
    """A leaky bucket that the source fills at a steady rate.

    The estimate never exceeds what the source really holds, whatever the order in which answers come in. A report says
    what the bucket held when *that* answer was written; requests that overlapped with it may or may not have been in
    it, so all of them are taken off. Without interference from outside, both that and our own running estimate
    are lower bounds: the better of the two is kept, never above what was just reported less what is still in flight.
    """

    def __init__(self, points: float, restore: float, now: float) -> None:
        self.capacity = points
        self.restore = restore
        self._free = points
        self._at = now
        self._held = 0.0
        self._settled = 0.0
        self._reported = False

    def price(self, cost: float) -> float:
        """Return ``cost``."""
        return cost

    def free(self, now: float) -> float:
        """Return the points that are neither spent nor reserved."""
        # A reserved request may not have arrived yet: until then the source's bucket does not fill above its brim.
        brim = self.capacity - self._held
        self._free = min(self._free + max(0.0, now - self._at) * self.restore, brim)
        self._at = max(now, self._at)
        return self._free

    def delay(self, points: float, now: float) -> float:
        """Return the seconds until ``points`` are free."""
        missing = points - self.free(now)
        if missing <= 0:
            return 0.0
        if points > self.capacity - self._held or self.restore <= 0:
            return math.inf
        return missing / self.restore

    def recovers(self, now: float) -> float:  # noqa: ARG002 - points come back all the time
        """Return 0: the bucket's own state says it better."""
        return 0.0

    def take(self, points: float, now: float) -> Hold:
        """Reserve ``points``."""
        self._free = self.free(now) - points
        self._held += points
        return Hold(points, now, self._settled)

    def give(self, hold: Hold, now: float) -> None:
        """Return what was reserved for a request that was never sent."""
        self._free = self.free(now) + hold.points
        self._held -= hold.points

    def settle(self, hold: Hold, state: BucketState | None, now: float) -> None:
        """Replace the estimate by what the source reports, less what may be missing from the report."""
        mine = self.free(now)
        self._held -= hold.points
        overlapping = self._held + (self._settled - hold.settled_before)
        self._settled += hold.points
        if state is None:
            return
        sure = state.available - overlapping
        known = self._reported and (self.capacity, self.restore) == (state.capacity, state.restore)
        self.capacity, self.restore, self._reported = state.capacity, state.restore, True
        self._free = min(max(mine, sure) if known else sure, state.available - self._held)


_LOOKED_AT = 1_000
"""Requests of one window that are looked through at each answer; who may make more is far from any limit."""


class RateMeter:
    """A sliding window: so many requests in so many seconds.

    A request counts from its reservation until the window has passed since its *answer*: the source may have counted
    it at any moment in between. A report that it has spent nothing frees its room: so are errors counted, which any
    request in flight may become.

    What a source counts beyond ours is somebody else's, or was asked before a restart; it is taken off for a whole
    window from when it was told. It is known within bounds, because requests in flight may or may not have been in the
    report. The first report is taken at its worst, later ones correct it where their bounds exclude it.
    """

    def __init__(self, count: float, per: float) -> None:
        self.capacity = float(count)
        self._per = per
        self._flying = 0
        self._done: deque[tuple[float, float]] = deque()
        self._left = 0
        self._reported = False
        self._foreign = 0.0
        self._foreign_until = 0.0

    def price(self, cost: float) -> float:  # noqa: ARG002 - a rate counts requests, whatever they cost
        """Return 1: a rate counts requests."""
        return 1.0

    def free(self, now: float) -> float:
        """Return how many requests the window still has room for."""
        while self._done and self._done[0][0] + self._per <= now:
            self._done.popleft()
            self._left += 1
        if self._foreign_until <= now:
            self._foreign = 0.0
        return self.capacity - self._flying - len(self._done) - self._foreign

    def delay(self, points: float, now: float) -> float:
        """Return the seconds until there is room for ``points`` requests."""
        missing = math.ceil(points - self.free(now))
        if missing <= 0:
            return 0.0
        alone = self._leaves(missing)
        with_foreign = max(self._foreign_until, self._leaves(missing - math.floor(self._foreign)))
        return min(alone, with_foreign if self._foreign else math.inf) - now

    def recovers(self, now: float) -> float:  # noqa: ARG002 - whatever is in the window leaves it by then
        """Return the window's length."""
        return self._per

    def take(self, points: float, now: float) -> Hold:
        """Reserve room for one request."""
        self._flying += 1
        return Hold(points, now, self._left)

    def give(self, hold: Hold, now: float) -> None:  # noqa: ARG002 - one request is one request
        """Return the room of a request that was never sent."""
        self._flying -= 1

    def settle(self, hold: Hold, state: Report | None, now: float) -> None:
        """Start the clock of an answered request, and count as others' what the source counts beyond ours."""
        self._flying -= 1
        if state is None or state.spent != 0:
            self._done.append((now, hold.at))
        if state is None:
            return
        self.capacity = state.capacity or self.capacity
        if state.remaining is not None:
            self._heed(self.capacity - state.remaining, hold, now)

    def _heed(self, counted: float, hold: Hold, now: float) -> None:
        """Take over what others have asked, given what the source had counted when it answered ``hold``'s request."""
        self.free(now)
        least = counted - self._flying - len(self._done) - (self._left - hold.settled_before)
        if self._foreign or not self._reported:
            looked_at = self._done if len(self._done) <= _LOOKED_AT else ()
            sure = 1 + sum(done < hold.at and taken + self._per > now for done, taken in looked_at)
            most = max(0.0, counted - sure)
            if not self._reported:
                self._foreign_until = now + self._per
            self._foreign = min(self._foreign, most) if self._reported else most
            self._reported = True
        if least > self._foreign:
            self._foreign, self._foreign_until = least, now + self._per

    def _leaves(self, missing: int) -> float:
        """Return when so many answered requests have left the window; infinite if there are not as many."""
        if missing <= 0:
            return -math.inf
        return self._done[missing - 1][0] + self._per if missing <= len(self._done) else math.inf
