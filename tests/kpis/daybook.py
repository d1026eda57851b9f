"""A ledger in memory that also answers day by day, and the days that follow from it."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from kpis.notebook import ACME, NOW, TODAY, Notebook

from kpitaps.kpis import Memory, RateOn, evaluate
from kpitaps.kpis.daily import Days
from kpitaps.store.reading import DayCounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from kpitaps.kpis import Catalogue, CompanyFace, Rates
    from kpitaps.kpis.daily import DayFigure


class Daybook(Notebook):
    """A notebook whose subjects are known day by day; where ``asked`` is set, only on those days."""

    asked: frozenset[date] | None = None

    def distinct_days(self, measure: str) -> DayCounts:
        """Return how many subjects there are on each day."""
        days = {day for day, _ in self.subjects[measure]} if self.asked is None else self.asked
        counts = {day.toordinal(): super(Daybook, self).distinct(measure, day, day) for day in sorted(days)}
        return DayCounts(counts, None if self.asked is not None else 0)

    def span_counts(self, measure: str, *, where: Mapping[str, str] | None = None) -> Counts:
        """Return how many subjects there are in any window."""
        assert not where
        return Counts(self, measure)


class Counts(NamedTuple):
    """The subjects of a measure; where the book was asked day by day, in single days alone."""

    book: Daybook
    measure: str

    def within(self, firsts: Sequence[int], lasts: Sequence[int]) -> Iterator[int | None]:
        """Yield how many subjects there are in each span."""
        for span in zip(firsts, lasts, strict=True):
            first, last = map(date.fromordinal, span)
            asked = self.book.asked
            is_known = asked is None or (first == last and first in asked)
            yield self.book.distinct(self.measure, first, last) if is_known else None


class Dollars:
    """Half a euro each, but for one day of which nobody knows."""

    def rate(self, _currency: str, _to: str, day: date) -> RateOn | None:
        """Return what a dollar was worth."""
        return None if day == TODAY - timedelta(days=2) else RateOn(Fraction(1, 2), day, is_final=day < TODAY)


def days_of(
    catalogue: Catalogue,
    book: Daybook,
    *,
    company: CompanyFace = ACME,
    now: datetime = NOW,
    memory: Memory | None = None,
    rates: Rates | None = None,
) -> Days:
    """Return the days of a board that is evaluated now."""
    memory = memory or Memory()
    evaluate(company, catalogue, book, now, memory=memory, rates=rates)
    assert memory.past is not None
    return Days(memory.past, book, now)


def by_day(days: Days, label: str = "") -> dict[date, DayFigure]:
    """Return the figures of the only KPI by day; of one label value where it has a label."""
    (definition,) = days.definitions
    first = days.first(definition)
    look = days.between(first, days.today) if first else []
    return {
        figure.day: figure for figure in days.figures(definition, look) if not label or figure.labels[0][1] == label
    }
