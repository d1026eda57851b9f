"""The windows of many days at once: from which day to which each one reaches, as columns of ordinals."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar import DaySpan
from kpitaps.kpis.frames import Frame, Frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from kpitaps.calendar import CompanyCalendar, Comparing
    from kpitaps.kpis.knowledge import Reach
    from kpitaps.kpis.nodes import Move

    Bounds: TypeAlias = "tuple[int, int]"
    """The first and the last ordinal day."""

    Moves: TypeAlias = "tuple[Move, ...]"

EACH_DAY = "each day"
"""In place of a window's name: the day itself, once it is over."""


class Spans:
    """A span per day. Neither their first days nor their last ones ever go back.

    Attributes:
        firsts: The first day of each, as an ordinal.
        lasts: The last day of each.
    """

    def __init__(self, spans: Iterable[Bounds]) -> None:
        self.firsts, self.lasts = array("q"), array("q")
        for first, last in spans:
            self.firsts.append(first)
            self.lasts.append(last)
        self._placed: Bounds | None = None
        self._begins, self._ends = self.firsts, self.lasts

    def lengths(self) -> list[int]:
        """Return how many days each has."""
        return [last - first + 1 for first, last in zip(self.firsts, self.lasts, strict=True)]

    def turns(self) -> Iterator[int]:
        """Yield the places of those that are others than the one before."""
        of_two = pairwise(zip(self.firsts, self.lasts, strict=True))
        return (place for place, (before, now) in enumerate(of_two, 1) if before != now)

    def at(self, places: Sequence[int]) -> Spans:
        """Return those at ``places``, which rise."""
        if len(places) == len(self.firsts):
            return self
        return Spans((self.firsts[place], self.lasts[place]) for place in places)

    @cached_property
    def just_before(self) -> Spans:
        """Return the day before each span begins."""
        return Spans((first - 1, first - 1) for first in self.firsts)

    def places(self, start: int, days: int) -> Iterator[Bounds]:
        """Yield between which places of running sums each lies that begin at ``start`` and have so many days."""
        if self._placed != (start, days):
            # most sums of a company begin on one and the same day
            self._placed = start, days
            self._begins = array("q", (min(max(first - start, 0), days) for first in self.firsts))
            self._ends = array("q", (min(max(last - start + 1, 0), days) for last in self.lasts))
        return zip(self._begins, self._ends, strict=True)

    def known(self, reach: Reach) -> range:
        """Return the places of those that can be known."""
        first, last, begun = (day.toordinal() for day in reach[:3])
        start = bisect_left(self.lasts if reach.by_last else self.firsts, first)
        return range(start, min(bisect_right(self.lasts, last), bisect_right(self.firsts, begun)))


class Turns(NamedTuple):
    """The days as of which any of some spans is another than as of the day before.

    On the days in between all that follows from them is the same: what last month was holds for a month.

    Attributes:
        places: Which days, counted from the first one, which is one of them.
        spans: The spans as of these days, by the moves that lead to them.
        days: How many days there are.
    """

    places: array[int]
    spans: Mapping[Moves, Spans]
    days: int

    def spread(self, values: array[float]) -> array[float]:
        """Return a value for every day, given those of these days."""
        if len(self.places) == self.days:
            return values
        whole = array("d")
        for value, (start, end) in zip(values, pairwise((*self.places, self.days)), strict=True):
            whole.extend([value] * (end - start))
        return whole


class DaySpans:
    """The spans of a calendar's windows as of each day from ``first`` to ``today``.

    Args:
        calendar: The company's.
        first: The first day.
        today: The present day, and the last one.
    """

    def __init__(self, calendar: CompanyCalendar, first: date, today: date) -> None:
        self.calendar = calendar
        self.first = first
        self.today = today
        self._spans: dict[tuple[str, Comparing, Moves], Spans] = {}
        self._turns: dict[tuple[str, Comparing, frozenset[Moves]], Turns] = {}
        self._months: dict[tuple[int, int], Bounds] = {}

    def __len__(self) -> int:
        return self.today.toordinal() - self.first.toordinal() + 1

    def of(self, window: str, how: Comparing, moves: Moves) -> Spans:
        """Return the days that ``moves`` lead to from the window, as of each day."""
        key = (window, how, moves)
        if key not in self._spans:
            is_full_month = len(moves) == 1 and moves[0] > 0
            reached = self._full_months(window, how, moves[0]) if is_full_month else self._reached(window, how, moves)
            self._spans[key] = Spans(reached)
        return self._spans[key]

    def turns(self, window: str, how: Comparing, ways: frozenset[Moves]) -> Turns:
        """Return the days as of which any of the ``ways`` leads from the window to other days than before."""
        key = (window, how, ways)
        if key not in self._turns:
            reached = {moves: self.of(window, how, moves) for moves in ways}
            places = array("q", sorted({0}.union(*(spans.turns() for spans in reached.values()))))
            at = {moves: spans.at(places) for moves, spans in reached.items()}
            self._turns[key] = Turns(places, at, len(self))
        return self._turns[key]

    def _reached(self, window: str, how: Comparing, moves: Moves) -> Iterator[Bounds]:
        now = Frames(self.calendar, self.today)
        for number in range(self.first.toordinal(), self.today.toordinal() + 1):
            day = date.fromordinal(number)
            if window == EACH_DAY:
                span = now.reached(day_frame(day, self.today, how), moves)
            else:
                then = Frames(self.calendar, day)
                span = then.reached(then.now(window, how), moves)
            yield span.first.toordinal(), span.last.toordinal()

    def _full_months(self, window: str, how: Comparing, back: int) -> Iterator[Bounds]:
        """Yield what `_reached` does of one move back to a full month: of some KPIs there are many, in every window."""
        today = self.today.toordinal()
        for number, last in enumerate(self.of(window, how, ()).lasts, self.first.toordinal()):
            over = min(last + 1, today if window == EACH_DAY else number)
            if (over, back) not in self._months:
                month = self.calendar.full_month(date.fromordinal(over), back)
                self._months[over, back] = month.first.toordinal(), month.last.toordinal()
            yield self._months[over, back]


def day_frame(day: date, today: date, how: Comparing) -> Frame:
    """Return the window of a single day: a day that is over is compared as a full one."""
    return Frame("today" if day == today else "yesterday", DaySpan(day, day), how)
