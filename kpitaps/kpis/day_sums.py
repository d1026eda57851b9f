"""One measure, day by day and added up: what it comes to over any of many spans, in one step each."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

from kpitaps.kpis.nodes import Take
from kpitaps.units import MICRO, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from kpitaps.kpis.day_spans import Spans
    from kpitaps.kpis.nodes import Term
    from kpitaps.kpis.readings import Part
    from kpitaps.kpis.series import Sheet

Quotient: TypeAlias = "tuple[int, int]"
"""A number as numerator and denominator, which is above zero; not in lowest terms, as finding those takes longest."""

Column: TypeAlias = "list[Quotient | None]"
"""A number per day; None where there is none."""

OLDEST = 7_300
"""Days, 20 years, that are added up one by one at most."""

_FINE = 10**36
"""Parts of a millionth that converted money is rounded to, day by day.

Exact sums of hundreds of days, each at its own rate, have denominators of thousands of digits. What is lost here is
thirty digits beyond what is shown.
"""

_KEPT = 10**18
"""Parts of a millionth that their sums are rounded to.

So much coarser that what was lost day by day is gone again: a sum that is 0, by which nothing can be divided, is 0 and
no trace of something; two that are equal are equal; one that lies halfway between two numbers that can be shown does.
"""

_GRAIN = _FINE // _KEPT


class DaySums:
    """A part of a sheet, such as one label value, on every day.

    Args:
        part: Which part.
        sheet: All series of a measure.
        first: The first day, an ordinal, on which there is anything at all.
        today: The last day.
    """

    def __init__(self, part: Part, sheet: Sheet, first: int, today: int) -> None:
        since = min(first, today, sheet.first_day or today)
        self._start = max(since, today - OLDEST)
        before = part(sheet, 1, self._start - 1)
        days = [part(sheet, day, day) for day in range(self._start, today + 1)]
        is_fine = any(isinstance(each.numerator, Fraction) for each in (before, *days))
        self._scale = _KEPT if is_fine else 1
        self._grain = _GRAIN if is_fine else 1
        fine = self._scale * self._grain
        self._before = round(before.numerator * fine)
        self._amounts = [round(day.numerator * fine) for day in days]
        self._over = [0, *accumulate(self._amounts)]
        self._under = [0, *accumulate(day.denominator for day in days)]
        self._lacking = [bool(before.lacking), *(bool(day.lacking) for day in days)]
        self._lacks = [0, *accumulate(self._lacking)]
        self._known_from = self._start if since < self._start else 0

    def column(self, term: Term, spans: Spans) -> Column:
        """Return what the term takes of each span."""
        match term.take:
            case Take.START:
                return self._levels([first - 1 for first in spans.firsts])
            case Take.EVER:
                return self._ever(spans)
            case Take.MEAN:
                return self._known(spans, self._means(spans))
        if term.measure.kind is Kind.LEVEL:
            return self._levels(spans.lasts)
        return self._known(spans, self._sums(term.measure.kind, spans))

    def _places(self, spans: Spans) -> Iterator[tuple[int, int]]:
        return spans.places(self._start, len(self._amounts))

    def _known(self, spans: Spans, values: Column) -> Column:
        """Return the values, but for those that a rate is lacking for, or that begin too long ago."""
        if not self._known_from and not self._lacks[-1]:
            return values
        lacks, since = self._lacks, self._known_from
        places = zip(values, spans.firsts, self._places(spans), strict=True)
        return [
            None if first < since or lacks[end + 1] != lacks[begin + 1] else value
            for value, first, (begin, end) in places
        ]

    def _sums(self, kind: Kind, spans: Spans) -> Column:
        under, scale = self._under, self._scale
        if kind in (Kind.DURATION, Kind.RATIO):
            pairs = zip(self._differences(spans), self._places(spans), strict=True)
            return [quotient(over, (under[end] - under[begin]) * scale) for over, (begin, end) in pairs]
        whole = MICRO * scale
        return [(over, whole) for over in self._differences(spans)]

    def _ever(self, spans: Spans) -> Column:
        whole, before, over, lacks = MICRO * self._scale, self._before, self._over, self._lacks
        sums = self._kept([before + over[end] for _, end in self._places(spans)])
        places = zip(sums, self._places(spans), strict=True)
        return [None if lacks[end + 1] else (amount, whole) for amount, (_, end) in places]

    def _means(self, spans: Spans) -> Column:
        whole = MICRO * self._scale
        return [(over, whole * length) for over, length in zip(self._differences(spans), spans.lengths(), strict=True)]

    def _differences(self, spans: Spans) -> list[int]:
        over = self._over
        return self._kept([over[end] - over[begin] for begin, end in self._places(spans)])

    def _kept(self, amounts: list[int]) -> list[int]:
        """Return finished sums, rounded so that nothing is left of what was lost day by day."""
        grain = self._grain
        return amounts if grain == 1 else [(amount + grain // 2) // grain for amount in amounts]

    def _levels(self, days: Iterable[int]) -> Column:
        whole = MICRO * self._scale
        levels, lacking = self._kept([self._before, *self._amounts]), self._lacking
        most = len(self._amounts)
        places = [min(max(day - self._start + 1, 0), most) for day in days]
        return [None if lacking[place] else (levels[place], whole) for place in places]


def quotient(over: int, under: int) -> Quotient | None:
    """Return ``over / under``; None where there is nothing to divide by."""
    if under > 0:
        return over, under
    return (-over, -under) if under else None
