"""What the KPI engine asks of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kpitaps.calendar import DaySpan

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence
    from datetime import datetime

    from kpitaps.units import Quality


class DayTotal(NamedTuple):
    """One measure's total on one local day, over all accounts of the company that own the measure.

    ``day`` is a proleptic ordinal (``date.toordinal()``); amounts are in millionths. For a level, the numerator is the
    *change* of the level on that day.
    """

    day: int
    currency: str
    label: str
    numerator: int
    denominator: int


class Doubt(NamedTuple):
    """What a source or a check says against a measure from one local day through another."""

    first: date
    last: date
    quality: Quality
    reason: str


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many distinct subjects there are on each ordinal day.

    Attributes:
        days: The days that have any, or that their source was asked for.
        elsewhere: What holds on all other days: 0, or None where the source was not asked.
    """

    days: Mapping[int, int]
    elsewhere: int | None = None

    def on(self, day: int) -> int | None:
        """Return how many there are on a day; None if that is not known."""
        return self.days.get(day, self.elsewhere)


class SpanCounts(Protocol):
    """How many distinct subjects there are in many windows."""

    def __len__(self) -> int:
        """Return how many rows of the ledger it is made of."""

    def within(self, firsts: Sequence[int], lasts: Sequence[int]) -> Iterator[int | None]:
        """Yield how many there are in each span of ordinal days; None where a source was not asked for just these."""


WHOLE = -1
"""The part of a measure that its totals per day are no part of."""

_DAYS = 64
"""Days of a part: so many are read again when one of them changed."""


def part_of(day: int) -> int:
    """Return the part of a measure that an ordinal day lies in."""
    return day // _DAYS


@dataclass(frozen=True, slots=True)
class Edition:
    """What is kept of a measure, told without reading it: of equal editions nothing differs.

    Attributes:
        whole: What is another as soon as anything may be other than the totals per day.
        parts: How often the totals were changed, by source and part of the days.
    """

    whole: Hashable
    parts: Mapping[tuple[int, int], int]

    def changed_since(self, before: Edition) -> DaySpan | None:
        """Return the days whose totals may differ if anything does; None if all of it may."""
        if self.whole != before.whole:
            return None
        parts = [part for source, part in self.parts if self.parts[source, part] != before.parts.get((source, part))]
        first = date.fromordinal(max(1, min(parts) * _DAYS))
        return DaySpan(first, date.fromordinal(min(max(parts) * _DAYS + _DAYS - 1, date.max.toordinal())))


@dataclass(frozen=True, slots=True)
class Coverage:
    """For which days a measure of a company is known.

    Attributes:
        first_day: The first local day from which on everything that could touch a day has been read; None while
            nothing is known.
        through: The instant up to which the source has been read; None while nothing is known.
        incomplete_before: Days before this one lack data that the source keeps from us; ``date.max`` if all do, None
            if none does.
        reasons: Why, in sentences.
        is_whole: Whether the source was read from the start of its history on; sums since the start need that.
        needs_whole: Whether every day follows from all that happened before, as who is a new customer does: then a
            flow, too, is known once everything was read.
        holds_to: The instant up to which a level holds without another reading; None for no longer than ``through``.
        settled: The instant from which on days may still change, though they were read; None for ``through``.
    """

    first_day: date | None
    through: datetime | None
    incomplete_before: date | None = None
    reasons: tuple[str, ...] = ()
    is_whole: bool = True
    needs_whole: bool = False
    holds_to: datetime | None = None
    settled: datetime | None = None


class MeasureReader(Protocol):
    """Reads one company's measures; implemented by `kpitaps.store.Ledger.reader`."""

    def day_totals(
        self,
        measure: str,
        *,
        by: str | None = None,
        where: Mapping[str, str] | None = None,
        span: DaySpan | None = None,
    ) -> Sequence[DayTotal]:
        """Return the totals per day (and currency, and value of the label ``by``), in order of day.

        With a ``span``, only those of its days.
        """

    def distinct(self, measure: str, first: date, last: date, *, where: Mapping[str, str] | None = None) -> int | None:
        """Return how many subjects a distinct measure counts from ``first`` to ``last``, both included.

        None if its source counts them per window, and was not asked for this one.
        """

    def coverage(self, measure: str) -> Coverage | None:
        """Return for which days the measure is known; None if no connection of the company feeds it."""

    def edition(self, measure: str) -> Edition:
        """Return what is another as soon as the measure's totals, subjects or doubts may be others.

        Cheap: what equals the edition of an earlier reader need not be read again. It may not be newer than what is
        read; it may well be older.
        """

    def doubts(self, measure: str, first: date, last: date) -> Sequence[Doubt]:
        """Return what sources and checks say against the measure from ``first`` to ``last``, both included.

        That is what they say of any of these days. Where the source counts per window it is what they say of exactly
        this one: what is said of another says nothing of it.
        """


class DayReader(MeasureReader, Protocol):
    """Reads one company's measures day by day as well; implemented by `kpitaps.store.Ledger.reader`."""

    def distinct_days(self, measure: str) -> DayCounts:
        """Return how many subjects a distinct measure counts on each day, as `distinct` would day by day."""

    def span_counts(self, measure: str, *, where: Mapping[str, str] | None = None) -> SpanCounts:
        """Return how many subjects a distinct measure counts in many windows, as `distinct` would for each."""
