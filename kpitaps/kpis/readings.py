"""What was read for one evaluation: each measure once per filter and label, however many KPIs and windows there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from kpitaps.calendar import DaySpan
from kpitaps.kpis.knowledge import doubted
from kpitaps.kpis.nodes import Take
from kpitaps.kpis.series import Sheet, Sums
from kpitaps.units import MICRO, Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps.kpis.knowledge import Clock, Knowledge
    from kpitaps.kpis.nodes import Term
    from kpitaps.kpis.rates import Exchange
    from kpitaps.store.reading import Coverage, MeasureReader

    Part = Callable[[Sheet, int, int], Sums]
    """Which part of a sheet is meant: the total, one label value, or the rest."""

    _Source = tuple[str, tuple[tuple[str, str], ...]]
    """A measure and the filter on it."""

_DAY = timedelta(days=1)


class Readings:
    """The measures of a company, as one evaluation sees them."""

    def __init__(self, reader: MeasureReader, clock: Clock, exchange: Exchange) -> None:
        self._reader = reader
        self._clock = clock
        self._exchange = exchange
        self._sheets: dict[tuple[_Source, str | None], Sheet] = {}
        self._coverages: dict[str, Coverage] = {}
        self._known: dict[tuple[str, Take, DaySpan], Knowledge] = {}
        self._distinct: dict[tuple[_Source, DaySpan], int | None] = {}
        self._means: dict[tuple[_Source, DaySpan], Sums] = {}

    def sheet(self, term: Term, by: str | None) -> Sheet:
        """Return all series of the term's measure under its filter."""
        source = (term.key, term.where)
        if (source, by) not in self._sheets:
            rows = self._reader.day_totals(term.key, by=by, where=dict(term.where) or None)
            exchange = self._exchange if term.measure.unit is Unit.MONEY else None
            self._sheets[source, by] = Sheet(rows, exchange, level=term.measure.kind is Kind.LEVEL, by=by)
        return self._sheets[source, by]

    def coverage(self, measure: str) -> Coverage:
        """Return for which days a measure is known."""
        if measure not in self._coverages:
            coverage = self._reader.coverage(measure)
            assert coverage is not None, "only KPIs whose measures are fed are evaluated"
            self._coverages[measure] = coverage
        return self._coverages[measure]

    def sums(self, term: Term, span: DaySpan, by: str | None, part: Part) -> Sums:
        """Return what the term takes of ``span``."""
        if term.measure.kind is Kind.DISTINCT:
            subjects = self._subjects(term, span)
            if subjects is None:
                return Sums(0, 0, f"{term.measure.en.name}: the source was not asked for {span.first} to {span.last}.")
            return Sums(subjects * MICRO, 0)
        sheet = self.sheet(term, by)
        first, last = span.first.toordinal(), span.last.toordinal()
        match term.take:
            case Take.START:
                return part(sheet, first - 1, first - 1)
            case Take.EVER:
                # an ordinal is at least 1
                return part(sheet, 1, last)
            case Take.MEAN:
                return self._mean(term, span) if by is None else _mean(sheet, part, first, last)
            case _:
                return part(sheet, first, last)

    def known(self, term: Term, span: DaySpan) -> Knowledge:
        """Return what is known of what the term takes of ``span``."""
        key = (term.key, term.take, span)
        if key not in self._known:
            self._known[key] = self._judged(term, span)
        return self._known[key]

    def _judged(self, term: Term, span: DaySpan) -> Knowledge:
        coverage, kind = self.coverage(term.key), term.measure.kind
        match term.take:
            case Take.START:
                before = DaySpan(span.first - _DAY, span.first - _DAY)
                known = self._clock.judge(coverage, before, kind)
                known, taken = replace(known, days_known=span.length * known.days_known), before
            case Take.EVER:
                # what has added up since the start is as a level is
                known, taken = self._clock.judge(coverage, span, Kind.LEVEL), DaySpan(date.min, span.last)
            case Take.MEAN:
                known, taken = self._clock.judge(coverage, span, kind, each_day=True), span
            case _:
                taken = DaySpan(span.last, span.last) if kind is Kind.LEVEL else span
                known = self._clock.judge(coverage, span, kind)
        return doubted(known, self._reader.doubts(term.key, *taken))

    def _subjects(self, term: Term, span: DaySpan) -> int | None:
        key = ((term.key, term.where), span)
        if key not in self._distinct:
            where = dict(term.where) or None
            self._distinct[key] = self._reader.distinct(term.key, span.first, span.last, where=where)
        return self._distinct[key]

    def _mean(self, term: Term, span: DaySpan) -> Sums:
        key = ((term.key, term.where), span)
        if key not in self._means:
            sheet = self.sheet(term, None)
            self._means[key] = _mean(sheet, Sheet.total, span.first.toordinal(), span.last.toordinal())
        return self._means[key]


def quantity(term: Term, sums: Sums) -> Fraction | None:
    """Return what the sums amount to: seconds over n, a ratio's two sides, or millionths."""
    if term.measure.kind in (Kind.DURATION, Kind.RATIO):
        return Fraction(sums.numerator, sums.denominator) if sums.denominator else None
    return Fraction(sums.numerator, MICRO)


def _mean(sheet: Sheet, part: Part, first: int, last: int) -> Sums:
    """Return the mean of a level over its days, foreign money at each day's own rate."""
    days = [part(sheet, day, day) for day in range(first, last + 1)]
    lacking = next((day.lacking for day in days if day.lacking), "")
    return Sums(Fraction(sum(day.numerator for day in days), len(days)), 0, lacking)
