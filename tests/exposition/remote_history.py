"""A past that is made up, and requests for it."""

from __future__ import annotations

import time
from array import array
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import cramjam

from kpitaps.exposition.history import DayValues, HistorySeries
from kpitaps.exposition.remote_read import Limits
from kpitaps.exposition.remote_read.messages import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NAN = float("nan")
NOW = datetime(2025, 11, 20, 14, 30, tzinfo=AMSTERDAM).astimezone(UTC)
LIMITS = Limits(series=1000, samples=5_000_000, look_back=timedelta(minutes=5))
LOOK_BACK = 300_000
EQ, NEQ, RE, NRE = range(4)


def ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def series(zone: ZoneInfo = AMSTERDAM, **labels: str) -> HistorySeries:
    """Return a series of KPIs' history with these labels besides; ``name`` is its name."""
    name = labels.pop("name", "kpi_x_daily")
    return HistorySeries(tuple(sorted({"__name__": name, "kpitaps": "history", **labels}.items())), zone)


def worth(day: date, factor: int = 1) -> float:
    """Return a day's value: one that no other day has."""
    return float(day.toordinal() * factor)


@dataclass
class MadeUp:
    """A past in which each day of each series is worth what `worth` says, times the place of the series from 1.

    Attributes:
        all: Its series.
        known: The first day of which anything is known.
        gaps: Days of which nothing is.
        changed: What was restated, by day, for all series.
    """

    all: list[HistorySeries]
    known: date = date(2023, 1, 1)
    gaps: set[date] = field(default_factory=set)
    changed: dict[date, float] = field(default_factory=dict)

    def series(self) -> list[HistorySeries]:
        return self.all

    def values(
        self, wanted: Iterable[HistorySeries], first: date, last: date
    ) -> Iterator[tuple[HistorySeries, DayValues]]:
        start = max(first, self.known)
        days = [start + timedelta(days=each) for each in range((last - start).days + 1)]
        for each in wanted:
            factor = self.all.index(each) + 1
            values = [NAN if day in self.gaps else self._worth(day, factor) for day in days]
            yield each, DayValues(start.toordinal(), array("d", values))

    def _worth(self, day: date, factor: int) -> float:
        return self.changed.get(day, worth(day, factor))


class Long(MadeUp):
    """A past that takes its time over each of very many series, of which nothing is known.

    Attributes:
        made: How many it has gone through.
    """

    def __init__(self) -> None:
        super().__init__([series(rep=f"{number}") for number in range(500)])
        self.made = 0

    def values(
        self, wanted: Iterable[HistorySeries], first: date, last: date
    ) -> Iterator[tuple[HistorySeries, DayValues]]:
        for _ in wanted:
            self.made += 1
            time.sleep(0.02)
        return super().values((), first, last)


def packed(request: Any) -> bytes:
    """Return a message as it goes over the line."""
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def asked(*matchers: tuple[int, str, str], start: int = 0, end: int = ms(NOW), **hints: int) -> bytes:
    """Return a request with one query; without hints there are none."""
    request = message("ReadRequest")()
    query = request.queries.add(start_timestamp_ms=start, end_timestamp_ms=end)
    for kind, name, value in matchers or [(EQ, "kpitaps", "history")]:
        query.matchers.add(type=kind, name=name, value=value)
    if hints:
        query.hints.CopyFrom(message("ReadHints")(start_ms=start, end_ms=end, **hints))
    return packed(request)


def read(body: bytes) -> list[dict[tuple[tuple[str, str], ...], list[tuple[int, float]]]]:
    """Return what an answer says: for each query the samples of each series, by labels."""
    answer = message("ReadResponse").FromString(bytes(cramjam.snappy.decompress_raw(body)))
    return [
        {
            tuple((label.name, label.value) for label in each.labels): [
                (sample.timestamp, sample.value) for sample in each.samples
            ]
            for each in result.timeseries
        }
        for result in answer.results
    ]
