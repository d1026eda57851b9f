"""Reading measures day by day: distinct subjects of all days at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from kpitaps.calendar import DaySpan
    from kpitaps.store.reading import Coverage, DayCounts, DayReader, DayTotal, Doubt, Edition, SpanCounts


class ByDay:
    """A reader that asks for the distinct subjects of a day once for all days.

    Args:
        reader: Reads the measures.
        coverages: For which days measures were known when the board was made: a connection may be gone since.
    """

    def __init__(self, reader: DayReader, coverages: Mapping[str, Coverage | None]) -> None:
        self._reader = reader
        self._coverages = coverages
        self._counts: dict[str, DayCounts] = {}

    def counts(self, measure: str) -> DayCounts:
        """Return how many subjects a distinct measure counts on each day."""
        if measure not in self._counts:
            self._counts[measure] = self._reader.distinct_days(measure)
        return self._counts[measure]

    def span_counts(self, measure: str, *, where: Mapping[str, str] | None = None) -> SpanCounts:
        """Return how many subjects a distinct measure counts in many windows."""
        return self._reader.span_counts(measure, where=where)

    def distinct(self, measure: str, first: date, last: date, *, where: Mapping[str, str] | None = None) -> int | None:
        """Return how many subjects there are from ``first`` to ``last``; None if the source was not asked."""
        if first == last and not where:
            return self.counts(measure).on(first.toordinal())
        return self._reader.distinct(measure, first, last, where=where)

    def day_totals(
        self,
        measure: str,
        *,
        by: str | None = None,
        where: Mapping[str, str] | None = None,
        span: DaySpan | None = None,
    ) -> Sequence[DayTotal]:
        """Return the totals per day."""
        return self._reader.day_totals(measure, by=by, where=where, span=span)

    def coverage(self, measure: str) -> Coverage | None:
        """Return for which days the measure is known."""
        return self._coverages[measure] if measure in self._coverages else self._reader.coverage(measure)

    def edition(self, measure: str) -> Edition:
        """Return what is another as soon as the measure may be another."""
        return self._reader.edition(measure)

    def doubts(self, measure: str, first: date, last: date) -> Sequence[Doubt]:
        """Return what is said against the measure."""
        return self._reader.doubts(measure, first, last)
