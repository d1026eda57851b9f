"""What the KPI engine asks of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

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
        self, measure: str, *, by: str | None = None, where: Mapping[str, str] | None = None
    ) -> Sequence[DayTotal]:
        """Return the totals per day (and currency, and value of the label ``by``), in order of day."""

    def distinct(self, measure: str, first: date, last: date, *, where: Mapping[str, str] | None = None) -> int | None:
        """Return how many subjects a distinct measure counts from ``first`` to ``last``, both included.

        None if its source counts them per window, and was not asked for this one.
        """

    def coverage(self, measure: str) -> Coverage | None:
        """Return for which days the measure is known; None if no connection of the company feeds it."""

    def doubts(self, measure: str, first: date, last: date) -> Sequence[Doubt]:
        """Return what sources and checks say against the measure from ``first`` to ``last``, both included.

        That is what they say of any of these days. Where the source counts per window it is what they say of exactly
        this one: what is said of another says nothing of it.
        """
