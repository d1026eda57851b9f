"""Which days of a stream of totals are read: those that are missing, and those that may have changed since."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from kpitaps.calendar import Span, Spans, day_start, local_day
from kpitaps.store import mendable_flags
from kpitaps.store.flags import united

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from kpitaps.store import Generation, LandedFlag
    from kpitaps.store.engine import Database

_MOST = 92
"""Days of totals asked at once: a quarter is within every vendor's limits on rows."""


class DayPlan:
    """The days of one run.

    Args:
        database: The ledger's database.
        generation: The way of reading.
        done: What had been read before this run.
        settles: How long after its end a day may still change.
        zone: The account's.
        now: When the run began.
    """

    def __init__(
        self,
        database: Database,
        generation: Generation,
        done: Spans,
        settles: timedelta,
        zone: ZoneInfo,
        now: datetime,
    ) -> None:
        self._database = database
        self._generation = generation
        self._done = done
        self._settles = settles
        self._zone = zone
        self._now = now

    @cached_property
    def unsettled(self) -> datetime:
        """The start of the first day that could still change when it was last read, however long ago that was."""
        read = self._now if self._done.newest is None else self._done.newest.end
        return max(self._generation.history_from, day_start(local_day(read - self._settles, self._zone), self._zone))

    def pieces(self, within: Span) -> list[range]:
        """Return the days (ordinals) to be read, the newest first, a quarter at most at a time."""
        whole = Spans([Span(self._generation.history_from, self._now)])
        left = whole - self._done | Spans([Span(self.unsettled, self._now)])
        pieces: list[range] = []
        for span in reversed(list(left - (whole - Spans([within])))):
            stop = self._day(span.end - timedelta(microseconds=1)) + 1
            pieces += _cut(self._day(span.start), stop)
        return pieces

    def mended(self) -> list[range]:
        """Return the days to be read once more, because somebody may have mended what is said against them.

        What is still said of the days that have just been read has not been mended. What is no more said of them, but
        was said of all days up to them, probably has. Other days are tried once a day.
        """
        if self._done.newest is None:
            return []
        stop = self._day(self.unsettled)
        is_new_day = self._day(self._done.newest.end) < self._day(self._now)
        said = mendable_flags(self._database, self._generation.id)
        lasting = {_matter(flag) for flag in said if flag.last >= stop}
        days = [
            (flag.first, min(flag.last, stop - 1))
            for flag in said
            if flag.first < stop and _matter(flag) not in lasting and (is_new_day or flag.last == stop - 1)
        ]
        return [piece for first, last in reversed(united(days)) for piece in _cut(first, last + 1)]

    def _day(self, instant: datetime) -> int:
        return local_day(instant, self._zone).toordinal()


def _cut(first: int, stop: int) -> list[range]:
    return [range(max(first, end - _MOST), end) for end in range(stop, first, -_MOST)]


def _matter(flag: LandedFlag) -> tuple[str, str, str]:
    return flag.measure, flag.quality, flag.fix
