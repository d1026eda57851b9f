"""At which instants the days of a series show their values.

A value belongs to a local day, a sample to an instant. Two layouts carry the one over to the other:

- *By day*, for range functions, and for whoever asks without steps: one sample per local day, a millisecond before the
  next midnight. So ``sum_over_time(x[30d])`` adds up each day that ended within its range, once.
- *By step*, for everything else. Prometheus takes the latest sample that is at most its look-back old, wherever a step
  falls, and each sample carries the value of its own day. Where steps lie close together there is one sample each
  look-back, which serves any step whatever; where they lie far apart, one at each place where a step may fall: counted
  from where the query starts, and at the multiples of the step, which is where subqueries evaluate.

In both, a day's first sample follows at midnight wherever a sample of the day before could still be taken for it: so
the sample that is found is always one of the day that the step lies in. Versions before 3 start a millisecond earlier
than later ones: the places of the first are a millisecond before their steps, those of the others upon them.

No function of the query is looked at: plain sums hint at one, too.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from kpitaps.calendar import day_end, day_start, local_day

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

    from kpitaps.exposition.remote_read.request import Hints, Query

    Places = Callable[[int, int], Sequence[int]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

EARLIEST = (datetime(1972, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND
"""No figure is older: who asks for all there is starts at the beginning of time."""


class Layout:
    """The instants of samples, day by day; those of a day are worked out when they are first asked for.

    So a query of many years costs what is known of them, not what could be.

    Args:
        first: The ordinal of the first day.
        days: How many days there are, with and without samples.
        zone: Where they begin and end.
        places: Returns the instants between two midnights, the first inclusive.
        lingering: How long values stand for the time after them, in milliseconds.
    """

    def __init__(self, first: int, days: int, zone: ZoneInfo, places: Places, lingering: int) -> None:
        self.first = first
        self.days = days
        self._zone = zone
        self._places = places
        self._lingering = lingering
        self._stamps: dict[int, Sequence[int]] = {}

    def stamps(self, day: int) -> Sequence[int]:
        """Return the instants of a day, counted from the first, in milliseconds and ascending."""
        if day not in self._stamps:
            self._stamps[day] = self._places(self._midnight(day), self._midnight(day + 1))
        return self._stamps[day]

    def lingers(self, day: int) -> bool:
        """Return whether the day before, counted from the first, would be taken for ``day`` if that had no sample."""
        if not day or not (before := self.stamps(day - 1)) or not (own := self.stamps(day)):
            return False
        return own[0] - before[-1] < self._lingering

    def _midnight(self, day: int) -> int:
        return _milliseconds(day_start(date.fromordinal(self.first + day), self._zone))


def lay_out(query: Query, zone: ZoneInfo, today: date, look_back: int) -> Layout:
    """Return where a query finds samples of series whose days are those of ``zone``.

    Args:
        query: What is asked.
        zone: Where the days begin and end.
        today: The present day there; later ones have no samples.
        look_back: The look-back of Prometheus, in milliseconds.
    """
    start, end = _span(query)
    # the midnight after today is the last instant: there today's value ends, if somebody asks for the future
    start, end = max(start, EARLIEST), min(end, _milliseconds(day_end(today, zone)))
    if end < start:
        return Layout(today.toordinal(), 0, zone, lambda _midnight, _next: (), 0)
    first = _day_of(start, zone)
    days = _day_of(end, zone) - first + 1
    hints = query.hints
    if hints is not None and _goes_by_step(hints, look_back):
        return Layout(first, days, zone, _by_step(hints, start, end, look_back), look_back)
    return Layout(first, days, zone, _by_day(start, end), 0)


def _goes_by_step(hints: Hints, look_back: int) -> bool:
    if hints.range > 0:
        return False
    # an instant query has no step, and is one look-back long; who lists series has none either, and asks for years
    return hints.step > 0 or hints.end - hints.start <= 2 * look_back


def _span(query: Query) -> tuple[int, int]:
    """Return the first and last millisecond that may have a sample."""
    if query.hints is None:
        return query.start, query.end
    return max(query.start, query.hints.start), min(query.end, query.hints.end)


def _by_day(start: int, end: int) -> Places:
    def places(midnight: int, following: int) -> Sequence[int]:
        # a day that a country skipped has no length, and no sample
        return (following - 1,) if midnight < following and start <= following - 1 <= end else ()

    return places


def _by_step(hints: Hints, start: int, end: int, look_back: int) -> Places:
    rows = (*_rows(hints, start, end, look_back), range(end, end + 1))

    def places(midnight: int, following: int) -> Sequence[int]:
        found = {at for row in rows for at in row[bisect_left(row, midnight) : bisect_left(row, following)]}
        if start <= midnight <= end and midnight < following:
            before = (row[place - 1] for row in rows if (place := bisect_left(row, midnight)))
            # what was there a moment ago is of the day before
            if midnight - max(before, default=-look_back) < look_back:
                found.add(midnight)
        return sorted(found)

    return places


def _rows(hints: Hints, start: int, end: int, look_back: int) -> tuple[range, ...]:
    """Return the instants at which samples are needed."""
    if hints.step < 2 * look_back:
        # less than a look-back apart: whatever the steps, each finds one
        return (_every(look_back - 1, 0, start, end),)
    # where the first step is: a look-back after the start; before Prometheus 3 that is a millisecond less
    return _every(hints.step, hints.start + look_back - 1, start, end), _every(hints.step, 0, start, end)


def _every(step: int, anchor: int, start: int, end: int) -> range:
    """Return ``anchor + k · step`` from ``start`` to ``end``, both inclusive, and not before the anchor."""
    behind = max(0, -((anchor - start) // step))
    return range(anchor + behind * step, end + 1, step)


def _milliseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MILLISECOND


def _day_of(at: int, zone: ZoneInfo) -> int:
    return local_day(_EPOCH + at * _MILLISECOND, zone).toordinal()
