"""The answer to a request, within limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from kpitaps.calendar import local_day
from kpitaps.errors import BadUse
from kpitaps.exposition.remote_read.encoding import Block, Frame, TooManySamples
from kpitaps.exposition.remote_read.layout import lay_out
from kpitaps.exposition.remote_read.matchers import matching
from kpitaps.exposition.remote_read.request import parse_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from kpitaps.exposition.history import History, HistorySeries, Labels
    from kpitaps.exposition.remote_read.request import Query


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take.

    Attributes:
        series: Series in its answer.
        samples: Samples in its answer; each takes 18 bytes before it is packed.
        look_back: How old a sample may be when Prometheus still takes it for the present: its
            ``--query.lookback-delta``.
    """

    series: int
    samples: int
    look_back: timedelta


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back.

    Attributes:
        pieces: The body, in pieces that follow one another.
        series: How many series it has.
        samples: How many samples.
    """

    pieces: Sequence[bytes]
    series: int
    samples: int


def answer(
    body: bytes, history: History, now: datetime, limits: Limits, check: Callable[[], None] = lambda: None
) -> Answer:
    """Return the answer to a request.

    Args:
        body: The request, as it was sent.
        history: The past.
        now: The present instant, in UTC.
        limits: What the request may take.
        check: Is asked before each piece of work; what it raises ends the work.

    Raises:
        BadUse: if it cannot be understood, or asks for more than the limits allow.
    """
    queries = parse_request(body)
    reading = _Reading(history, now, limits, check)
    for query in queries:
        reading.add(query)
    return Answer(reading.block.pieces(), reading.block.series, reading.block.samples)


class _Reading:
    """An answer in the making."""

    def __init__(self, history: History, now: datetime, limits: Limits, check: Callable[[], None]) -> None:
        self.block = Block()
        self._history = history
        self._series = history.series()
        self._now = now
        self._limits = limits
        self._check = check
        self._look_back = limits.look_back // timedelta(milliseconds=1)

    def add(self, query: Query) -> None:
        self._check()
        wanted = sorted(matching(self._series, query.matchers), key=lambda each: (each.zone.key or "", each.labels))
        if self.block.series + len(wanted) > self._limits.series:
            raise BadUse(
                f"the query matches {len(wanted)} series of history, and one request may read {self._limits.series}: "
                "ask for fewer, or raise KPITAPS_REMOTE_READ_SERIES"
            )
        self.block.add_result(self._read(query, wanted))

    def _read(self, query: Query, wanted: Sequence[HistorySeries]) -> Iterator[tuple[Labels, bytes, int]]:
        """Yield the encoded series of a query, company by company: their days begin and end together."""
        left = self._limits.samples - self.block.samples
        for _, group in groupby(wanted, key=lambda each: each.zone.key):
            of_zone = list(group)
            zone = of_zone[0].zone
            today = local_day(self._now, zone)
            layout = lay_out(query, zone, today, self._look_back)
            if not layout.days:
                continue
            frame = Frame(layout)
            last = min(today, date.fromordinal(layout.first + layout.days - 1))
            for each, known in self._history.values(self._checked(of_zone), date.fromordinal(layout.first), last):
                try:
                    samples, number = frame.samples(known, left)
                except TooManySamples:
                    raise self._too_many() from None
                left -= number
                if number:
                    yield each.labels, samples, number

    def _checked(self, series: Iterable[HistorySeries]) -> Iterator[HistorySeries]:
        """Yield series for as long as the answer is waited for; those of which nothing is known take time, too."""
        for each in series:
            self._check()
            yield each

    def _too_many(self) -> BadUse:
        return BadUse(
            f"the query asks for more than {self._limits.samples} samples of history in one request: ask for fewer "
            "series, a shorter range or a longer step, or raise KPITAPS_REMOTE_READ_SAMPLES"
        )
