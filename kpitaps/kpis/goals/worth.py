"""What a KPI was worth over any days: the periods of goals are not those of the windows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from kpitaps.kpis.goals.periods import before, year_before
from kpitaps.kpis.knowledge import worst, worst_quality
from kpitaps.kpis.nodes import LAST_YEAR, PREVIOUS, Length, Take
from kpitaps.kpis.readings import quantity
from kpitaps.kpis.series import Sheet, Sums
from kpitaps.units import Kind, Quality

if TYPE_CHECKING:
    from kpitaps.calendar import CompanyCalendar, DaySpan
    from kpitaps.kpis.catalogue import Definition
    from kpitaps.kpis.nodes import Leaf, Move, Term
    from kpitaps.kpis.readings import Part, Readings

_DAY = timedelta(days=1)
_SECONDS_IN_DAY = 86_400
_MONTH = 28
"""Days of the shortest month."""


@dataclass(frozen=True, slots=True)
class Worth:
    """A KPI's value over some days.

    Attributes:
        value: None where it is not known, or there is nothing to divide by.
        quality: How far it may be trusted.
        reasons: Why there is none, or no better one.
    """

    value: Fraction | None
    quality: Quality = Quality.FINAL
    reasons: tuple[str, ...] = ()


class Valuer:
    """The values of one KPI, or of the part of it that one label value names."""

    def __init__(self, definition: Definition, label: str, readings: Readings, calendar: CompanyCalendar) -> None:
        self.definition = definition
        self._readings = readings
        self._calendar = calendar
        self._by = definition.kpi.by
        self._part: Part = Sheet.total if self._by is None else partial(_of, label=label)
        self._known: dict[DaySpan, Worth] = {}

    def over(self, span: DaySpan) -> Worth:
        """Return the value over ``span``."""
        if span not in self._known:
            self._known[span] = self._over(span)
        return self._known[span]

    def projected(self, so_far: DaySpan, recent: DaySpan, times: Fraction) -> Fraction | None:
        """Return the value over ``so_far`` and more days that go as the ``recent`` ones did: ``times`` as many.

        The sums that the KPI is made of go on, not the KPI: the rate of a whole is no mean of rates.
        """
        values: dict[Leaf, Fraction | None] = {}
        for leaf in self.definition.formula.leaves:
            if isinstance(leaf, Length) or leaf.moves:
                values[leaf] = self._value(leaf, so_far)
                continue
            if leaf.measure.kind is Kind.DISTINCT:
                # who comes in the days that are left may have been there already
                return None
            past, going = self._sums(leaf, so_far), self._sums(leaf, recent)
            if leaf.measure.kind is Kind.LEVEL or leaf.take is not Take.WINDOW:
                going = Sums(0, 0, going.lacking)
            if past.lacking or going.lacking:
                return None
            values[leaf] = quantity(
                leaf,
                Sums(
                    past.numerator + going.numerator * times,
                    past.denominator + going.denominator * times,  # type: ignore[arg-type]
                ),
            )
        return self.definition.formula.value(values)

    def _over(self, span: DaySpan) -> Worth:
        terms = self.definition.formula.terms
        known = worst(self._readings.known(term, self._reached(term, span)) for term in terms)
        if self.definition.kpi.month_or_longer and span.length < _MONTH:
            return Worth(None, known.quality, (*known.reasons, "The days are fewer than a month."))
        if not known.known:
            return Worth(None, known.quality, known.reasons or ("It is not known.",))
        sums = [self._sums(term, self._reached(term, span)) for term in terms]
        if lacking := dict.fromkeys(each.lacking for each in sums if each.lacking):
            return Worth(None, Quality.INCOMPLETE, (*known.reasons, *lacking))
        value = self.definition.formula.value(
            {leaf: self._value(leaf, span) for leaf in self.definition.formula.leaves}
        )
        if value is None:
            return Worth(None, known.quality, (*known.reasons, "There is nothing to divide by."))
        waiting = dict.fromkeys(each.waiting for each in sums if each.waiting)
        quality = worst_quality((known.quality, Quality.PROVISIONAL)) if waiting else known.quality
        return Worth(value, quality, (*known.reasons, *waiting))

    def _value(self, leaf: Leaf, span: DaySpan) -> Fraction | None:
        days = self._reached(leaf, span)
        if isinstance(leaf, Length):
            return Fraction(days.length * _SECONDS_IN_DAY)
        return quantity(leaf, self._sums(leaf, days))

    def _sums(self, term: Term, span: DaySpan) -> Sums:
        return self._readings.sums(term, span, self._by, self._part)

    def _reached(self, leaf: Leaf, span: DaySpan) -> DaySpan:
        for move in leaf.moves:
            span = self._moved(span, move)
        return span

    def _moved(self, span: DaySpan, move: Move) -> DaySpan:
        if move == PREVIOUS:
            return before(span)
        if move == LAST_YEAR:
            return year_before(span, weekly=span.first.day != 1)
        month = self._calendar.window("last_month", span.last + _DAY)
        for _ in range(move - 1):
            month = before(month)
        return month


def _of(sheet: Sheet, first: int, last: int, *, label: str) -> Sums:
    return sheet.of(label, first, last)
