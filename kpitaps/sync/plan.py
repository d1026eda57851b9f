"""Cutting what is still to be read into slices: newest first, each of about as many records as suits a transaction."""

from __future__ import annotations

import time
from datetime import timedelta

from kpitaps.calendar import Span, Spans

SMALLEST = timedelta(seconds=1)
"""Vendors' update clocks tick in seconds: a slice this short cannot be cut, however many records it holds."""

_FIRST = timedelta(days=1)
_LONGEST = timedelta(days=366)
_GROWTH = 4


class Plan:
    """The slices of one run. Used by one thread; what it hands out may be read by many.

    Args:
        wanted: What shall be known.
        done: What is known already.
        aim: Records that a slice should hold.
        within: What this run shall read of it; by default all.
    """

    def __init__(self, wanted: Span, done: Spans, *, aim: int, within: Span | None = None) -> None:
        self._wanted = wanted
        missing = Spans([wanted]) - done
        self._left = missing if within is None else missing - (Spans([wanted]) - Spans([within]))
        self._elsewhere = missing.length - self._left.length
        self._aim = aim
        self._width = _FIRST
        self._at_work = timedelta()

    @property
    def fraction(self) -> float:
        """How much of all that is wanted is known, from 0 to 1."""
        if not self._wanted.length:
            return 1.0
        return 1.0 - (self.time_left + self._elsewhere) / self._wanted.length

    @property
    def time_left(self) -> timedelta:
        """The time that is still to be read."""
        return self._left.length + self._at_work

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to be read."""
        return not self.time_left

    def take(self) -> Span | None:
        """Return the newest slice that nobody reads yet; None if there is none."""
        newest = self._left.newest
        if newest is None:
            return None
        start = max(newest.start, newest.end - self._width)
        # A rest that is much shorter than the slice is read along with it: one request less. Not beside the smallest
        # slice: that one holds as many records as there are, and a longer one might overflow for ever.
        if self._width > SMALLEST and start - newest.start < self._width / 4:
            start = newest.start
        slice_ = Span(start, newest.end)
        self._left -= Spans([slice_])
        self._at_work += slice_.length
        return slice_

    def landed(self, slice_: Span, records: int) -> None:
        """Say that a slice is in the ledger, and learn from it how wide the next ones should be."""
        self._at_work -= slice_.length
        fitting = slice_.length * self._aim / records if records else slice_.length * _GROWTH
        self._width = min(max(fitting, SMALLEST), self._width * _GROWTH, _LONGEST)

    def overflowed(self, slice_: Span) -> None:
        """Say that a slice held too much: it is read again, in halves or less."""
        self._at_work -= slice_.length
        self._left |= Spans([slice_])
        self._width = max(slice_.length / 2, SMALLEST)


class Pace:
    """Estimates how long the rest takes, from how fast the time behind was read."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._started = time.monotonic()
        self._at_start = plan.time_left

    def seconds_left(self) -> float | None:
        """Return the estimate; None while there is nothing to base it on."""
        read = self._at_start - self._plan.time_left
        if not read:
            return None
        return (time.monotonic() - self._started) * (self._plan.time_left / read)
