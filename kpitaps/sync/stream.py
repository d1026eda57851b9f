"""Syncing one stream: what is missing is read in slices, several at once, newest first."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from kpitaps.calendar import Span, Spans, day_end, day_start, local_day, utc
from kpitaps.errors import TapBug
from kpitaps.store import (
    Generation,
    LandedRecord,
    Landing,
    SeriesBook,
    activate,
    current_generation,
    fingerprint,
    land_days,
    land_levels,
    land_records,
    last_sweep,
    read_spans,
    sweep,
)
from kpitaps.sync.collect import Collector
from kpitaps.sync.plan import SMALLEST, Plan
from kpitaps.sync.progress import Progress
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.store import Connection, Ledger
    from kpitaps.sync.progress import ProgressListener
    from kpitaps.tap import Context, Stream

_AIM_OF_LIMIT = 10
"""A slice aims at a tenth of its limit, so that a busy week seldom overflows it."""

_PERIOD_DAYS = 92
"""Days of totals asked at once: a quarter is within every vendor's limits on rows."""


class _OverflowedError(Exception):
    """A slice holds more records than one transaction should."""


class StreamSync:
    """One run of one stream.

    Attributes:
        records: Records read.
        changed: Records whose contributions changed.
        restated: Closed days that changed.
        slices: Slices landed.
    """

    def __init__(
        self,
        ledger: Ledger,
        stream: Stream,
        connection: Connection,
        context: Context,
        workers: int,
        listener: ProgressListener,
    ) -> None:
        self.records = self.changed = self.restated = self.slices = 0
        self._database = ledger.database
        self._stream = stream
        self._connection = connection
        self._context = context
        self._workers = workers
        self._listener = listener
        self._now = utc(context.now)
        self._zone = context.account.zone
        self._today = local_day(self._now, self._zone).toordinal()
        # The keys of all records that a sweep has shown; None while nothing is swept.
        self._seen: set[bytes] | None = None
        self._collector = Collector(stream, context.account, connection.salt)

    def run(self) -> None:
        """Read what is missing and land it, slice by slice.

        Raises:
            KpitapsError: what the source or the tap said; the slices that landed before stay.
        """
        generation = self._generation()
        book = SeriesBook(generation.id, self._stream.feeds)
        done = read_spans(self._database, generation.id)
        if self._stream.kind is StreamKind.RECORDS:
            self._read_records(generation, book, done)
        elif self._stream.kind is StreamKind.PERIODS:
            self._read_periods(generation, book, done)
        else:
            self._read_snapshot(book, done)
        if not generation.is_active:
            activate(self._database, generation.id)

    def _generation(self) -> Generation:
        account = self._context.account
        first_day = local_day(self._now - self._stream.history, self._zone)
        return current_generation(
            self._database,
            self._connection.id,
            self._stream,
            fingerprint(self._stream, account.time_zone, self._connection.settings),
            time_zone=account.time_zone,
            history_from=day_start(first_day, self._zone),
            now=self._now,
        )

    def _read_records(self, generation: Generation, book: SeriesBook, done: Spans) -> None:
        aim = max(self._stream.slice_limit // _AIM_OF_LIMIT, 1)
        closed_before = self._closed_before(generation, done)
        swept = None if self._stream.sweep is None else last_sweep(self._database, generation.id)
        if self._stream.sweep is not None and swept is not None and self._now - swept >= self._stream.sweep:
            self._seen, done = set(), Spans()
        plan = Plan(Span(generation.history_from, self._now), done, aim=aim)
        pace = _Pace(plan)
        waiting: dict[Future[Landing], Span] = {}
        failure: BaseException | None = None
        with _pool(self._workers, f"{self._connection.tap}-{self._stream.name}") as pool:
            while True:
                while failure is None and len(waiting) < self._workers and (slice_ := plan.take()):
                    waiting[pool.submit(self._read_slice, book, slice_, closed_before)] = slice_
                if not waiting:
                    break
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    failure = self._settle(plan, waiting.pop(future), future) or failure
                self._tell(plan.fraction, pace.seconds_left())
        if failure is not None:
            raise failure
        if self._stream.sweep is not None and (swept is None or self._seen is not None):
            gone = sweep(self._database, book, self._seen, observed_at=self._now, restates_before=closed_before)
            self.changed += gone.changed
            self.restated += gone.restated

    def _settle(self, plan: Plan, slice_: Span, future: Future[Landing]) -> BaseException | None:
        error = future.exception()
        if error is None:
            landing = future.result()
            self._count(landing)
            plan.landed(slice_, landing.records)
        elif isinstance(error, _OverflowedError):
            plan.overflowed(slice_)
        else:
            return error
        return None

    def _read_slice(self, book: SeriesBook, slice_: Span, closed_before: int) -> Landing:
        is_fresh = slice_.end == self._now
        http = self._context.http.urgent() if is_fresh else self._context.http.patient()
        limit = self._stream.slice_limit if slice_.length > SMALLEST else None
        records: list[LandedRecord] = []
        for record in self._collector.records(self._stream.read(replace(self._context, http=http), slice_)):
            records.append(record)
            if self._seen is not None:
                self._seen.add(record.record)
            if limit is not None and len(records) > limit:
                raise _OverflowedError
        return land_records(
            self._database,
            book,
            records,
            self._kept(slice_),
            observed_at=self._now,
            restates_before=closed_before,
        )

    def _kept(self, slice_: Span) -> Span | None:
        """Return what counts as read: the source's index may not show the last moments yet.

        Of the second in which they begin nothing counts: clocks that tick in seconds date what is written at its end by
        its start.
        """
        end = min(slice_.end, (self._now - self._stream.lag).replace(microsecond=0))
        return Span(slice_.start, end) if end > slice_.start else None

    def _closed_before(self, generation: Generation, done: Spans) -> int:
        """Return the ordinal of the first day that had not ended when it was last read.

        Changes to the days before it are restatements; while history is being filled in there are none (0), because
        nobody has seen a day complete.
        """
        if done.newest is None or done.newest.start > generation.history_from:
            return 0
        return local_day(done.newest.end, self._zone).toordinal()

    def _read_periods(self, generation: Generation, book: SeriesBook, done: Spans) -> None:
        unsettled = day_start(local_day(self._now - self._stream.settles, self._zone), self._zone)
        left = Spans([Span(generation.history_from, self._now)]) - done | Spans([Span(unsettled, self._now)])
        closed_before = self._closed_before(generation, done)
        pieces: list[range] = []
        for span in reversed(list(left)):
            stop = local_day(span.end - timedelta(microseconds=1), self._zone).toordinal() + 1
            first = local_day(span.start, self._zone).toordinal()
            pieces += [range(max(first, end - _PERIOD_DAYS), end) for end in range(stop, first, -_PERIOD_DAYS)]
        for number, days in enumerate(pieces, start=1):
            self._land_days(book, days, closed_before)
            self._tell(number / len(pieces), None)

    def _land_days(self, book: SeriesBook, days: range, closed_before: int) -> None:
        start = day_start(date.fromordinal(days.start), self._zone)
        end = min(day_end(date.fromordinal(days.stop - 1), self._zone), self._now)
        fresh = self._context.http.urgent() if end == self._now else self._context.http.patient()
        span = Span(start, end)
        answers = self._stream.read(replace(self._context, http=fresh), span)
        entries = [entry for entry in self._collector.entries(answers) if entry.day in days]
        self._count(
            land_days(
                self._database,
                book,
                entries,
                days,
                span,
                observed_at=self._now,
                restates_before=closed_before,
            )
        )

    def _read_snapshot(self, book: SeriesBook, done: Spans) -> None:
        entries = list(
            self._collector.entries(self._stream.read(replace(self._context, http=self._context.http.urgent())))
        )
        for entry in entries:
            if entry.day != self._today:
                raise TapBug(
                    f"stream {self._stream.name} is a snapshot, but dates {entry.series[0]} "
                    f"{date.fromordinal(entry.day)}: a snapshot's levels are those of ctx.now"
                )
        start = day_start(date.fromordinal(self._today), self._zone)
        carried = done.newest is not None and start - done.newest.end <= self._stream.settles
        span = Span(min(start, done.newest.end) if carried and done.newest else start, self._now)
        self._count(land_levels(self._database, book, entries, self._today, span, observed_at=self._now))
        self._tell(1.0, None)

    def _count(self, landing: Landing) -> None:
        self.records += landing.records
        self.changed += landing.changed
        self.restated += landing.restated
        self.slices += 1

    def _tell(self, fraction: float, seconds_left: float | None) -> None:
        self._listener(Progress(self._connection.name, self._stream.name, fraction, self.records, seconds_left))


@contextmanager
def _pool(workers: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """Give threads for the length of the context; whoever is interrupted (Ctrl-C) does not wait for a slow source."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


class _Pace:
    """Estimates how long the rest takes, from how fast the time behind was read."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._started = time.monotonic()
        self._at_start = plan.time_left

    def seconds_left(self) -> float | None:
        read = self._at_start - self._plan.time_left
        if not read:
            return None
        return (time.monotonic() - self._started) * (self._plan.time_left / read)
