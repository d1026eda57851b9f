"""What was read for one evaluation: each measure once per filter and label, however many KPIs and windows there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar import DaySpan
from kpitaps.kpis.knowledge import doubted
from kpitaps.kpis.nodes import Take
from kpitaps.kpis.series import Sheet, Sums
from kpitaps.units import MICRO, Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from kpitaps.kpis.knowledge import Clock, Knowledge, Reach
    from kpitaps.kpis.nodes import Term
    from kpitaps.kpis.rates import Exchange
    from kpitaps.store.reading import Coverage, Edition, MeasureReader

    Part = Callable[[Sheet, int, int], Sums]
    """Which part of a sheet is meant: the total, one label value, or the rest."""

    _Source = tuple[str, tuple[tuple[str, str], ...]]
    """A measure and the filter on it."""

_DAY = timedelta(days=1)


LARGEST = 250_000
"""Rows of a sheet that is kept from one board to the next; a larger one is read anew rather than kept in memory."""


class Aged(NamedTuple):
    """The days on which a measure has changed, and its edition now."""

    days: DaySpan
    edition: Edition


class Read(NamedTuple):
    """What was read of measures, which holds as long as the measures do."""

    sheets: Mapping[tuple[_Source, str | None], Sheet]
    distinct: Mapping[tuple[_Source, DaySpan], int | None]
    means: Mapping[tuple[_Source, DaySpan], Sums]
    foreign: frozenset[str]
    aged: Mapping[str, Aged] = {}
    """What has changed on some days of a measure whose sheets are otherwise as they were."""

    def is_foreign(self, measures: Iterable[str]) -> bool:
        """Return whether any of the measures has money that was converted."""
        return not self.foreign.isdisjoint(measures)

    def of(self, measures: Container[str], aged: Mapping[str, Aged], *, same_days: bool, same_rates: bool) -> Read:
        """Return what holds of ``measures`` alone; what is of windows goes where they have moved.

        Args:
            measures: The keys of those that have not changed.
            aged: Those that have on some days: their sheets have to be renewed there.
            same_days: Whether windows have not moved.
            same_rates: Whether exchange rates have not changed.
        """

        def holds(source: _Source) -> bool:
            return source[0] in measures and is_worth_as_much(source)

        def is_worth_as_much(source: _Source) -> bool:
            return same_rates or source[0] not in self.foreign

        sheets = {
            key: sheet
            for key, sheet in self.sheets.items()
            if holds(key[0]) or (key[0][0] in aged and is_worth_as_much(key[0]))
        }
        if not same_days:
            return Read(sheets, {}, {}, self.foreign, aged)
        distinct = {key: subjects for key, subjects in self.distinct.items() if holds(key[0])}
        means = {key: mean for key, mean in self.means.items() if holds(key[0])}
        return Read(sheets, distinct, means, self.foreign, aged)


NOTHING = Read({}, {}, {}, frozenset())


class Readings:
    """The measures of a company, as one evaluation sees them."""

    def __init__(self, reader: MeasureReader, clock: Clock, exchange: Exchange, before: Read = NOTHING) -> None:
        self._reader = reader
        self._clock = clock
        self._exchange = exchange
        self._sheets = {key: sheet for key, sheet in before.sheets.items() if key[0][0] not in before.aged}
        self._aged = {key: sheet for key, sheet in before.sheets.items() if key[0][0] in before.aged}
        self._ages = before.aged
        self._coverages: dict[str, Coverage] = {}
        self._known: dict[tuple[str, Take, DaySpan], Knowledge] = {}
        self._distinct = dict(before.distinct)
        self._means = dict(before.means)
        self._foreign = before.foreign

    def read(self) -> Read:
        """Return what was read, less what is too large to keep."""
        foreign = {key[0][0] for key, sheet in self._sheets.items() if sheet.is_foreign}
        kept = {key: sheet for key, sheet in self._sheets.items() if len(sheet) <= LARGEST}
        return Read(kept, self._distinct, self._means, self._foreign | foreign)

    def let_go(self) -> None:
        """Forget what is too large to keep."""
        self._sheets = {key: sheet for key, sheet in self._sheets.items() if len(sheet) <= LARGEST}

    def sheet(self, term: Term, by: str | None) -> Sheet:
        """Return all series of the term's measure under its filter."""
        source = (term.key, term.where)
        if (source, by) not in self._sheets:
            self._sheets[source, by] = self._renewed(term, by) or self._read(term, by, None)
        return self._sheets[source, by]

    def _renewed(self, term: Term, by: str | None) -> Sheet | None:
        """Return the sheet of the board before, with the days read that have changed; None if there is none."""
        old = self._aged.get(((term.key, term.where), by))
        if old is None:
            return None
        age = self._ages[term.key]
        new = self._read(term, by, (old, age.days))
        # Where a source was swapped meanwhile, the days were read of another one than the rest.
        return new if self._reader.edition(term.key) == age.edition else None

    def _read(self, term: Term, by: str | None, old: tuple[Sheet, DaySpan] | None) -> Sheet:
        exchange = self._exchange if term.measure.unit is Unit.MONEY else None
        level, where = term.measure.kind is Kind.LEVEL, dict(term.where) or None
        if old is None:
            return Sheet(self._reader.day_totals(term.key, by=by, where=where), exchange, level=level, by=by)
        sheet, span = old
        days = range(span.first.toordinal(), span.last.toordinal() + 1)
        rows = self._reader.day_totals(term.key, by=by, where=where, span=span)
        return sheet.renewed(rows, days, exchange, level=level, by=by)

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

    def reach(self, term: Term) -> Reach | None:
        """Return between which days what the term takes can be known, as `known` tells of one span; None for none."""
        # what has added up since the start is as a level is
        kind = Kind.LEVEL if term.take is Take.EVER else term.measure.kind
        return self._clock.known_in(self.coverage(term.key), kind, each_day=term.take is Take.MEAN)

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
    waiting = next((day.waiting for day in days if day.waiting), "")
    return Sums(Fraction(sum(day.numerator for day in days), len(days)), 0, lacking, waiting)
