"""Reading measures day by day: distinct subjects of all days at once, and of all windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.kpis.readings import LARGEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from kpitaps.calendar import DaySpan
    from kpitaps.store.reading import Coverage, DayCounts, DayReader, DayTotal, Doubt, Edition, SpanCounts


class ByDay:
    """A reader that asks for the distinct subjects of a day once for all days, and of a window once for all windows.

    Args:
        reader: Reads the measures.
        coverages: For which days measures were known when the board was made: a connection may be gone since.
    """

    def __init__(self, reader: DayReader, coverages: Mapping[str, Coverage | None]) -> None:
        self._reader = reader
        self._coverages = coverages
        self._counts: dict[str, DayCounts] = {}
        self._spans: dict[tuple[str, tuple[tuple[str, str], ...]], SpanCounts] = {}

    def counts(self, measure: str) -> DayCounts:
        """Return how many subjects a distinct measure counts on each day."""
        if measure not in self._counts:
            self._counts[measure] = self._reader.distinct_days(measure)
        return self._counts[measure]

    def span_counts(self, measure: str, *, where: Mapping[str, str] | None = None) -> SpanCounts:
        """Return how many subjects a distinct measure counts in many windows."""
        key = (measure, tuple(sorted((where or {}).items())))
        if key not in self._spans:
            self._spans[key] = self._reader.span_counts(measure, where=where)
        return self._spans[key]

    def let_go(self) -> None:
        """Forget what is too large to keep."""
        self._spans = {key: counts for key, counts in self._spans.items() if len(counts) <= LARGEST}

    def distinct(self, measure: str, first: date, last: date, *, where: Mapping[str, str] | None = None) -> int | None:
        """Return how many subjects there are from ``first`` to ``last``; None if the source was not asked."""
        if first == last and not where:
            return self.counts(measure).on(first.toordinal())
        (count,) = self.span_counts(measure, where=where).within([first.toordinal()], [last.toordinal()])
        return count

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


class ForValues(ByDay):
    """The same for whoever does not ask how far values may be trusted: that takes a query per window."""

    def doubts(self, _measure: str, _first: date, _last: date) -> Sequence[Doubt]:
        """Return nothing."""
        return ()
