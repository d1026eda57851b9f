"""A past that a test writes and restates by hand."""

from __future__ import annotations

from array import array
from math import nan
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.exposition.history import DayValues, HistorySeries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from kpitaps.exposition.history import Labels

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def labels(name: str, **more: str) -> Labels:
    """Return the labels of a series of history."""
    return tuple(sorted({"__name__": name, "company": "main", "kpitaps": "history", **more}.items()))


class WrittenPast:
    """A history of days that a test sets: labels → ordinal day → value."""

    def __init__(self, zone: ZoneInfo = AMSTERDAM) -> None:
        self.days: dict[Labels, dict[int, float]] = {}
        self._zone = zone

    def series(self) -> Sequence[HistorySeries]:
        """Return every series."""
        return [HistorySeries(each, self._zone) for each in self.days]

    def values(
        self, wanted: Iterable[HistorySeries], first: date, last: date
    ) -> Iterator[tuple[HistorySeries, DayValues]]:
        """Yield what is known, days without value in between included."""
        for each in wanted:
            if days := {at for at in self.days[each.labels] if first.toordinal() <= at <= last.toordinal()}:
                known = self.days[each.labels]
                span = range(min(days), max(days) + 1)
                yield each, DayValues(span.start, array("d", (known.get(at, nan) for at in span)))
