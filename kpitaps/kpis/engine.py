"""The KPI engine: from a ledger's day totals to a board."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar import WINDOWS, DaySpan
from kpitaps.kpis.board import Board
from kpitaps.kpis.figure import Figure
from kpitaps.kpis.knowledge import Clock, Knowledge, Quality, worst
from kpitaps.kpis.rates import Exchange, SameCurrency
from kpitaps.kpis.series import OTHER, Sheet, Sums
from kpitaps.units import MICRO, Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    from kpitaps.kpis.catalogue import Catalogue, Definition
    from kpitaps.kpis.company import CompanyFace
    from kpitaps.kpis.formula import Term
    from kpitaps.kpis.rates import Rates
    from kpitaps.store.reading import Coverage, MeasureReader

    Part = Callable[[Sheet, int, int], Sums]
    """Which part of a sheet is meant: the total, one label value, or the rest."""

SHOWN = 10
"""Label values of a KPI that are shown by their own name; the others are shown together."""


def evaluate(
    company: CompanyFace,
    catalogue: Catalogue,
    reader: MeasureReader,
    now: datetime,
    *,
    rates: Rates | None = None,
    shown: int = SHOWN,
) -> Board:
    """Return the figures of all KPIs that are fed, in every window.

    Args:
        company: Whose KPIs they are.
        catalogue: The KPIs.
        reader: Reads the company's measures; each is read once per filter and label.
        now: The present instant.
        rates: Exchange rates; None knows none.
        shown: Label values per KPI that are shown by their own name.

    Raises:
        TapBug: if ``now`` is naive.
    """
    definitions = catalogue.available(reader)
    evaluation = _Evaluation(company, reader, now, Exchange(company.currency, rates or SameCurrency()), shown)
    figures = [figure for definition in definitions for figure in evaluation.figures(definition)]
    return Board.of(company, now, (definition.kpi for definition in definitions), figures)


class _Spans(NamedTuple):
    window: DaySpan
    previous: DaySpan
    last_year: DaySpan
    is_open: bool


class _Problem(NamedTuple):
    """Why a known window has no value; ``is_lacking`` if that is because an exchange rate is."""

    reasons: tuple[str, ...] = ()
    is_lacking: bool = False


_NO_PROBLEM = _Problem()


class _Evaluation:
    """One evaluation: what was read for it, and nothing that outlives it."""

    def __init__(
        self, company: CompanyFace, reader: MeasureReader, now: datetime, exchange: Exchange, shown: int
    ) -> None:
        self._company = company
        self._reader = reader
        self._exchange = exchange
        self._shown = shown
        self._clock = Clock(company, now)
        self._spans = {name: _spans(company, name, self._clock.today) for name in WINDOWS}
        self._sheets: dict[tuple[Term, str | None], Sheet] = {}
        self._coverages: dict[str, Coverage] = {}
        self._known: dict[tuple[str, DaySpan], Knowledge] = {}
        self._distinct: dict[tuple[Term, DaySpan], int] = {}

    def figures(self, definition: Definition) -> Iterator[Figure]:
        """Yield the KPI's figures: per window, and where it has a label, per value of it."""
        parts = self._parts(definition)
        for name in WINDOWS:
            for labels, part in parts:
                yield self._figure(definition, name, labels, part)

    def _parts(self, definition: Definition) -> list[tuple[tuple[tuple[str, str], ...], Part]]:
        by = definition.kpi.by
        if by is None:
            return [((), Sheet.total)]
        sheets = [self._sheet(term, by) for term in definition.formula.terms]
        values = self._shown_values(sheets[0])
        parts: list[tuple[tuple[tuple[str, str], ...], Part]] = [
            (((by, value),), partial(_of, label=value)) for value in values
        ]
        if any(sheet.labels - set(values) for sheet in sheets):
            parts.append((((by, OTHER),), partial(_rest, labels=values)))
        return parts

    def _shown_values(self, sheet: Sheet) -> tuple[str, ...]:
        """Return the label values that are shown, largest first.

        They are ranked by the KPI's first measure in the last 12 full months, so that the set and its order stay put
        for a month and need no memory; values that are new since then fill the places that are left.
        """
        year = self._spans["12m"].window
        first, last = year.first.toordinal(), year.last.toordinal()
        today = self._clock.today.toordinal()
        ranked: list[tuple[Fraction, Fraction, str]] = []
        for label in sheet.labels - {OTHER}:
            amount = abs(Fraction(sheet.of(label, first, last).numerator))
            since = abs(Fraction(sheet.of(label, last + 1, today).numerator))
            if amount or since:
                ranked.append((-amount, -since, label))
        return tuple(label for _, _, label in sorted(ranked)[: self._shown])

    def _figure(self, definition: Definition, window: str, labels: tuple[tuple[str, str], ...], part: Part) -> Figure:
        kpi, spans = definition.kpi, self._spans[window]
        known = self._knowledge(definition, spans.window)
        value, problem = self._value(definition, spans.window, part)
        return Figure(
            company=self._company.key,
            kpi=kpi.key,
            window=window,
            labels=labels,
            value=value,
            unit=kpi.unit,
            currency=self._company.currency if kpi.unit is Unit.MONEY else "",
            previous=self._value(definition, spans.previous, part)[0],
            last_year=self._value(definition, spans.last_year, part)[0],
            quality=Quality.INCOMPLETE if problem.is_lacking else known.quality,
            is_open=spans.is_open,
            data_through=self._through(definition),
            days_known=known.days_known,
            days=spans.window.length,
            reasons=(*known.reasons, *problem.reasons),
        )

    def _value(self, definition: Definition, span: DaySpan, part: Part) -> tuple[Fraction | None, _Problem]:
        """Return the exact value over ``span``, or None and why."""
        if not self._knowledge(definition, span).known:
            return None, _NO_PROBLEM
        sums = {term: self._sums(term, definition.kpi.by, part, span) for term in definition.formula.terms}
        if lacking := tuple(dict.fromkeys(each.lacking for each in sums.values() if each.lacking)):
            return None, _Problem(lacking, is_lacking=True)
        value = definition.formula.value({term: _quantity(term, each) for term, each in sums.items()})
        return value, _NO_PROBLEM if value is not None else _Problem(("There is nothing to divide by.",))

    def _sums(self, term: Term, by: str | None, part: Part, span: DaySpan) -> Sums:
        if term.measure.kind is Kind.DISTINCT:
            return Sums(self._subjects(term, span) * MICRO, 0)
        return part(self._sheet(term, by), span.first.toordinal(), span.last.toordinal())

    def _subjects(self, term: Term, span: DaySpan) -> int:
        if (term, span) not in self._distinct:
            where = dict(term.where) or None
            self._distinct[term, span] = self._reader.distinct(term.key, span.first, span.last, where=where)
        return self._distinct[term, span]

    def _sheet(self, term: Term, by: str | None) -> Sheet:
        if (term, by) not in self._sheets:
            rows = self._reader.day_totals(term.key, by=by, where=dict(term.where) or None)
            exchange = self._exchange if term.measure.unit is Unit.MONEY else None
            self._sheets[term, by] = Sheet(rows, exchange, level=term.measure.kind is Kind.LEVEL, by=by)
        return self._sheets[term, by]

    def _knowledge(self, definition: Definition, span: DaySpan) -> Knowledge:
        return worst(self._known_of(term, span) for term in definition.formula.terms)

    def _known_of(self, term: Term, span: DaySpan) -> Knowledge:
        if (term.key, span) not in self._known:
            self._known[term.key, span] = self._clock.judge(self._coverage(term.key), span, term.measure.kind)
        return self._known[term.key, span]

    def _coverage(self, measure: str) -> Coverage:
        if measure not in self._coverages:
            coverage = self._reader.coverage(measure)
            assert coverage is not None, "only KPIs whose measures are fed are evaluated"
            self._coverages[measure] = coverage
        return self._coverages[measure]

    def _through(self, definition: Definition) -> datetime | None:
        instants = [self._coverage(measure).through for measure in definition.measures]
        known = [instant for instant in instants if instant is not None]
        return min(known).astimezone(self._company.calendar.zone) if len(known) == len(instants) else None


def _spans(company: CompanyFace, name: str, today: date) -> _Spans:
    calendar = company.calendar
    window = calendar.window(name, today)
    return _Spans(window, calendar.previous(name, today), calendar.last_year(name, today), window.has(today))


def _of(sheet: Sheet, first: int, last: int, *, label: str) -> Sums:
    return sheet.of(label, first, last)


def _rest(sheet: Sheet, first: int, last: int, *, labels: tuple[str, ...]) -> Sums:
    return sheet.rest(labels, first, last)


def _quantity(term: Term, sums: Sums) -> Fraction | None:
    """Return what the sums amount to: seconds over n, a ratio's two sides, or millionths."""
    if term.measure.kind in (Kind.DURATION, Kind.RATIO):
        return Fraction(sums.numerator, sums.denominator) if sums.denominator else None
    return Fraction(sums.numerator, MICRO)
