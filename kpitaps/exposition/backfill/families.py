"""History as what stores take: samples with stamps, one family of series after another."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from itertools import groupby
from math import isnan
from typing import TYPE_CHECKING

from kpitaps.calendar.days import day_end, local_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from kpitaps.exposition.history import DayValues, History, HistorySeries, Labels

_EARLIEST = date(1970, 1, 2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the history is written.

    Attributes:
        metrics: Patterns of metric names (``kpi_order_*``); none for all.
        company: Key of one company; empty for all.
        first: The first day; None for the first there is.
        last: The last day; None for the last that is over. Days that are not over are never written.
        settled: How long a day must be over.
    """

    metrics: tuple[str, ...] = ()
    company: str = ""
    first: date | None = None
    last: date | None = None
    settled: timedelta = timedelta(0)

    def takes(self, name: str) -> bool:
        """Return whether metrics of that name are among them."""
        return not self.metrics or any(fnmatchcase(name, pattern) for pattern in self.metrics)


@dataclass(frozen=True, slots=True)
class Samples:
    """What is known of a series.

    Attributes:
        labels: All its labels, sorted.
        stamps: Milliseconds since 1970, rising: the last one of each local day.
        values: One per stamp.
    """

    labels: Labels
    stamps: array[int]
    values: array[float]


@dataclass(frozen=True, slots=True)
class Family:
    """The series of one metric and one company."""

    name: str
    company: str
    zone: ZoneInfo
    series: tuple[HistorySeries, ...]


def families(history: History, choice: Choice) -> list[Family]:
    """Return what is to be written, by name of the metric and then by company."""
    chosen = [each for each in history.series() if _is_chosen(dict(each.labels), choice)]
    chosen.sort(key=lambda each: (*_identity(each), each.labels))
    return [
        Family(name, company, found[0].zone, found)
        for (name, company), each in groupby(chosen, _identity)
        if (found := tuple(each))
    ]


def samples(history: History, family: Family, choice: Choice, now: datetime) -> Iterator[Samples]:
    """Yield what is known of each series of a family, without the day that is not over.

    Raises:
        TapBug: if ``now`` is naive.
    """
    over = local_day(now - choice.settled, family.zone) - timedelta(days=1)
    first, last = max(choice.first or _EARLIEST, _EARLIEST), min(choice.last or over, over)
    if first > last:
        return
    for series, found in history.values(family.series, first, last):
        made = _stamped(series, found, (first.toordinal(), last.toordinal()))
        if made.stamps:
            yield made


def stamp(zone: ZoneInfo, day: int) -> int:
    """Return the last millisecond of an ordinal day, since 1970: where the day's sample stands."""
    return (day_end(date.fromordinal(day), zone) - _EPOCH) // _MILLISECOND - 1


# ten years of one zone are 0.3 MB
_known_stamp = cache(stamp)


def _is_chosen(labels: dict[str, str], choice: Choice) -> bool:
    return choice.takes(labels["__name__"]) and choice.company in ("", labels.get("company", ""))


def _identity(series: HistorySeries) -> tuple[str, str]:
    labels = dict(series.labels)
    return labels["__name__"], labels.get("company", "")


def _stamped(series: HistorySeries, found: DayValues, span: tuple[int, int]) -> Samples:
    stamps, values = array("q"), array("d")
    for day, value in enumerate(found.values, found.first):
        if span[0] <= day <= span[1] and not isnan(value):
            stamps.append(_known_stamp(series.zone, day))
            values.append(value)
    return Samples(_storable(series.labels), stamps, values)


def _storable(labels: Labels) -> Labels:
    """Return labels as every store gives them back: what is empty counts as absent, and text is UTF-8 without NUL."""
    cleaned = ((name, value.replace("\0", "\N{REPLACEMENT CHARACTER}")) for name, value in labels if value)
    return tuple((name, value.encode(errors="replace").decode()) for name, value in cleaned)
