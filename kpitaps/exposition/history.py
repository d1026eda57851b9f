"""The past of KPIs as series of local days: what remote read answers from, and what backfills write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

Labels = tuple[tuple[str, str], ...]
"""All labels of a series, ``__name__`` among them, sorted by name."""


@dataclass(frozen=True, slots=True)
class HistorySeries:
    """A series of which each local day has at most one value.

    Attributes:
        labels: All its labels.
        zone: Where its days begin and end: the company's.
    """

    labels: Labels
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class DayValues:
    """What a series is worth on consecutive days.

    Attributes:
        first: The ordinal (`datetime.date.toordinal`) of the first of them.
        values: One per day, as live metrics show it; NaN where nothing is known, or there is nothing to divide by.
    """

    first: int
    values: array[float]


class History(Protocol):
    """Knows the past as it is known now: a day that was restated has its new value at once."""

    def series(self) -> Sequence[HistorySeries]:
        """Return every series there is, of all companies."""

    def values(
        self, wanted: Iterable[HistorySeries], first: date, last: date
    ) -> Iterator[tuple[HistorySeries, DayValues]]:
        """Yield what each of the wanted series is worth from ``first`` to ``last``, as far as anything is known.

        They are asked for and made one after another, so that memory stays flat however many there are. The present
        day has the value that it has so far.
        """
