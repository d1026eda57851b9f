"""The arithmetic of counters that start anew at an instant. No locks; time is passed in."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from kpitaps.http.meters import Hold

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps.http.told import Report

_SKEW = 2.0
"""Seconds by which our clock and the source's may differ, where a reset is computed and not told."""

_FLIGHT = 60.0
"""Seconds that a request is on its way at most: requests older than that were surely counted."""


class CounterMeter:
    """A fixed window: so many requests, or points, until the next reset.

    The reset is known within bounds only: the source's clock is not ours, answers take their time, and told instants
    leave out fractions. The count starts anew at the *latest* instant the reset can be; what was answered after the
    *earliest* one may belong to the new window and counts in it too. So does whatever is in flight.

    Args:
        count: The limit, until the source says otherwise.
        length: Seconds between two resets.
        next_reset: Returns the seconds until the next reset by our own clock, for as long as the source tells none.
        weighed: Whether points are counted in place of requests.
        now: When it begins.
    """

    def __init__(
        self, count: float, *, length: float, next_reset: Callable[[], float], weighed: bool, now: float
    ) -> None:
        self.capacity = float(count)
        self._length = length
        self._next_reset = next_reset
        self._weighed = weighed
        self._used = 0.0
        self._held = 0.0
        self._settled = 0.0
        self._recent: deque[tuple[float, float]] = deque()
        self._reported = False
        self._told = False
        self._compute(now)

    def price(self, cost: float) -> float:
        """Return ``cost`` where points are counted, else 1."""
        return cost if self._weighed else 1.0

    def free(self, now: float) -> float:
        """Return what is neither used nor reserved."""
        self._advance(now)
        return self.capacity - self._used - self._held

    def delay(self, points: float, now: float) -> float:
        """Return the seconds until ``points`` are free: until the reset, unless requests in flight may give some."""
        if self.free(now) >= points:
            return 0.0
        if self.capacity - self._used >= points:
            return math.inf
        return self._latest - now

    def recovers(self, now: float) -> float:
        """Return the seconds until the reset, at most."""
        self._advance(now)
        return self._latest - now

    def take(self, points: float, now: float) -> Hold:
        """Reserve ``points``."""
        self._advance(now)
        self._held += points
        return Hold(points, now, self._settled)

    def give(self, hold: Hold, now: float) -> None:  # noqa: ARG002 - it was not counted in any window
        """Return what was reserved for a request that was never sent."""
        self._held -= hold.points

    def settle(self, hold: Hold, state: Report | None, now: float) -> None:
        """Count what a request took, and heed what the source tells."""
        self._advance(now)
        self._held -= hold.points
        spent = hold.points if not self._weighed or state is None or state.spent is None else state.spent
        self._used += spent
        self._recent.append((now, spent))
        if state is not None and self._is_current(state, hold, now):
            self.capacity = state.capacity or self.capacity
            if state.remaining is not None:
                self._heed(state.remaining, self._held + self._settled - hold.settled_before)
        self._settled += spent

    def _heed(self, remaining: float, overlapping: float) -> None:
        """Take over what remains; the report may miss requests that overlapped with the one it came with.

        As with a bucket, our own count and the report less those are both lower bounds: the better one is kept, never
        above the report less what is in flight. The very first report alone tells what was used before we began.
        """
        mine, sure = self.capacity - self._used - self._held, remaining - overlapping
        free = min(max(mine, sure) if self._reported else min(mine, sure), remaining - self._held)
        self._used, self._reported = self.capacity - self._held - min(free, self.capacity - self._held), True

    def _is_current(self, state: Report, hold: Hold, now: float) -> bool:
        """Take over the reset that is told; False if the report is about a window that is past, or could be."""
        if state.reset is None:
            return True
        earliest, latest = hold.at + state.reset[0], now + state.reset[1]
        if not self._told:
            self._earliest, self._latest, self._told = earliest, latest, True
        elif latest < self._earliest:
            return False
        elif earliest <= self._latest and latest >= self._earliest + self._length:
            return False  # it was under way for so long that either this window or the next one can be meant
        elif earliest > self._latest:
            self._start()
            self._earliest, self._latest = earliest, latest
        else:
            self._earliest, self._latest = max(self._earliest, earliest), min(self._latest, latest)
        return True

    def _advance(self, now: float) -> None:
        """Start the window anew if its reset is surely past."""
        while self._recent and self._recent[0][0] <= min(self._earliest, now - _FLIGHT):
            self._recent.popleft()
        if now < self._latest:
            return
        self._start()
        if self._told and now < self._latest + self._length:
            self._earliest, self._latest = self._earliest + self._length, self._latest + self._length
        else:
            self._compute(now)

    def _start(self) -> None:
        self._used = sum(points for at, points in self._recent if at > self._earliest)

    def _compute(self, now: float) -> None:
        wait = self._next_reset()
        self._earliest, self._latest, self._told = now + wait - _SKEW, now + wait + _SKEW, False
