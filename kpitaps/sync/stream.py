"""Syncing one stream: what is missing is read in slices, several at once, newest first."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from kpitaps.calendar import Span, Spans, day_end, day_start, local_day, utc
from kpitaps.errors import TapBug
from kpitaps.store import (
    Generation,
    Landing,
    SeriesBook,
    activate,
    current_generation,
    fingerprint,
    land_days,
    land_levels,
    land_records,
    land_windows,
    read_spans,
    windows_over,
)
from kpitaps.sync.collect import Collector
from kpitaps.sync.days import DayPlan
from kpitaps.sync.listing import Listing, believe_empty
from kpitaps.sync.plan import SMALLEST, Pace, Plan
from kpitaps.sync.pool import reading_pool
from kpitaps.sync.progress import Progress
from kpitaps.sync.slices import Blindness, OverflowedError, Slice, read_slice
from kpitaps.sync.sweeping import Sweeping
from kpitaps.sync.windows import company_calendar, landed_windows, windows_to_ask
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from kpitaps.http import Http
    from kpitaps.store import Connection, Ledger
    from kpitaps.sync.progress import ProgressListener
    from kpitaps.tap import Context, Stream

_AIM_OF_LIMIT = 10
"""A slice aims at a tenth of its limit, so that a busy week seldom overflows it."""

_MEANWHILE = timedelta(days=1)
"""Longer than any reading takes."""

_RECENT = timedelta(days=35)
"""What is read of every stream before any stream's history: this month, and the one it is compared with for a start."""


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
        self.records = self.changed = self.restated = self.slices = self._days_read = 0
        self._database = ledger.database
        self._stream = stream
        self._connection = connection
        self._context = context
        self._workers = workers
        self._listener = listener
        self._now = utc(context.now)
        self._zone = context.account.zone
        self._today = local_day(self._now, self._zone).toordinal()
        # The hashed keys of all records, while they are read once more.
        self._shown: set[bytes] | None = None
        self._collector = Collector(stream, context.account, connection.salt)
        self._blindness = Blindness(stream)

    def read_fresh(self) -> None:
        """Read what is new of the last weeks, and land it slice by slice.

        A listing that was never read before is left to `read_rest`: it can only be read as a whole.

        Raises:
            KpitapsError: what the source or the tap said; the slices that landed before stay.
        """
        if self._stream.kind is StreamKind.RECORDS:
            _ = self._sweeping  # it looks at what is there before anything lands
            self._read_slices(self._plan(self._recent), lambda: False)
        elif self._stream.kind is StreamKind.PERIODS:
            # The oldest first: a run that is killed has not passed over days that had not settled.
            self._read_days(self._days.pieces(self._recent)[::-1], lambda: False)
        elif self._stream.kind is StreamKind.SNAPSHOT:
            self._read_snapshot()
        elif self._stream.kind is StreamKind.WINDOWS:
            self._read_windows()
        elif self._done.newest is not None:
            self._read_listing(lambda: False)

    def read_rest(self, enough: Callable[[], bool]) -> bool:
        """Read the history that is still missing, until it is all there or it is ``enough``.

        Returns:
            Whether everything is there.

        Raises:
            KpitapsError: what the source or the tap said; the slices that landed before stay.
        """
        if not self._read_older(enough):
            return False
        if not self._generation.is_active:
            activate(self._database, self._generation.id)
        return True

    def _read_older(self, enough: Callable[[], bool]) -> bool:
        if self._stream.kind is StreamKind.PERIODS:
            return self._read_days(self._days.pieces(self._older), enough) and self._read_mended(enough)
        if self._stream.kind is StreamKind.LISTING:
            return self._done.newest is not None or self._read_listing(enough)
        if self._stream.kind in (StreamKind.SNAPSHOT, StreamKind.WINDOWS):
            return True
        return self._read_slices(self._plan(self._older), enough) and self._swept()

    @cached_property
    def _generation(self) -> Generation:
        account = self._context.account
        first_day = local_day(self._now - self._stream.history, self._zone)
        return current_generation(
            self._database,
            self._connection.id,
            self._stream,
            fingerprint(self._stream, account.time_zone, self._connection.settings, account.epoch),
            time_zone=account.time_zone,
            history_from=day_start(first_day, self._zone),
            now=self._now,
        )

    @cached_property
    def _book(self) -> SeriesBook:
        return SeriesBook(self._generation.id, self._stream.feeds)

    @cached_property
    def _done(self) -> Spans:
        """What had been read before this run."""
        return read_spans(self._database, self._generation.id)

    @property
    def _is_withheld(self) -> bool:
        """Whether the source keeps something of every day from us: what it does not show need not be gone then."""
        gaps = self._context.account.incomplete
        return any(gap.before is None and self._stream.name in gap.streams for gap in gaps)

    @property
    def _whole(self) -> Span:
        return Span(self._generation.history_from, self._now)

    @property
    def _recent(self) -> Span:
        recent = day_start(local_day(self._now - _RECENT - self._stream.ahead, self._zone), self._zone)
        if self._stream.kind is StreamKind.PERIODS:
            recent = min(recent, self._days.unsettled)
        return Span(max(self._generation.history_from, recent), self._now)

    @cached_property
    def _days(self) -> DayPlan:
        return DayPlan(self._database, self._generation, self._done, self._stream.settles, self._zone, self._now)

    @property
    def _older(self) -> Span:
        return Span(self._generation.history_from, self._recent.start)

    def _plan(self, within: Span) -> Plan:
        aim = max(self._stream.slice_limit // _AIM_OF_LIMIT, 1)
        # By the time that older slices are read, the recent ones have been.
        known = self._done | Spans([self._recent]) if within == self._older else self._done
        return Plan(self._whole, known, aim=aim, within=within)

    def _read_slices(self, plan: Plan, enough: Callable[[], bool]) -> bool:
        """Read the slices of a plan, several at once, and return whether that was all of it."""
        pace = Pace(plan)
        waiting: dict[Future[tuple[Slice, Landing]], Span] = {}
        failure: BaseException | None = None
        with reading_pool(self._workers, f"{self._connection.tap}-{self._stream.name}") as pool:
            while True:
                while failure is None and len(waiting) < self._workers and not enough() and (slice_ := plan.take()):
                    waiting[pool.submit(self._read_slice, slice_)] = slice_
                if not waiting:
                    break
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    failure = self._settle(plan, waiting.pop(future), future) or failure
                self._tell(plan.fraction, pace.seconds_left())
        if failure is not None:
            raise failure
        return plan.is_empty

    def _swept(self) -> bool:
        """Delete what the source has no more, if it is time to look, and return True.

        That takes one complete reading: of all records, or of their keys. Where the source keeps a part from us, there
        is none: what it does not show may just be hidden.
        """
        is_kept_back = any(self._stream.name in gap.streams for gap in self._context.account.incomplete)
        if is_kept_back or not (self._sweeping.is_first or self._sweeping.is_due):
            return True
        if self._sweeping.is_due:
            self._sweeping.seen |= self._listed_keys(self._stream.keys) if self._stream.keys else self._read_again()
        gone = self._sweeping.end(restates_before=self._closed_before)
        self.changed += gone.changed
        self.restated += gone.restated
        return True

    def _read_again(self) -> set[bytes]:
        """Read all records once more, and return their hashed keys."""
        _ = self._closed_before  # as it was before everything counts as unread
        self._shown, self._done = set(), Spans()
        self._read_slices(self._plan(self._whole), lambda: False)
        # What was changed meanwhile has left its slice for the present, which is read on: it is not gone.
        self._read_slice(Span(self._now - max(self._stream.lag, SMALLEST), self._now + _MEANWHILE))
        return self._shown

    def _listed_keys(self, listed: Callable[..., Iterable[str]]) -> set[bytes]:
        """Return the hashed keys of all records that the source says it has."""
        http = self._context.http.patient()
        keys = set(self._collector.keys(listed(replace(self._context, http=http))))
        if not keys:
            believe_empty(self._database, self._generation.id, self._stream.name)
        return keys

    @cached_property
    def _sweeping(self) -> Sweeping:
        return Sweeping(self._database, self._book, self._stream, self._now)

    def _settle(self, plan: Plan, slice_: Span, future: Future[tuple[Slice, Landing]]) -> BaseException | None:
        error = future.exception()
        if error is None:
            answered, landing = future.result()
            self._count(landing)
            plan.landed(slice_, self._blindness.inside(answered))
            return self._blindness.error
        if isinstance(error, OverflowedError):
            plan.overflowed(slice_)
            return None
        return error

    def _read_slice(self, slice_: Span) -> tuple[Slice, Landing]:
        context = replace(self._context, http=self._http(slice_.start))
        answers = self._collector.records(self._stream.read(context, slice_))
        answered = read_slice(answers, slice_, self._stream.slice_limit)
        self._sweeping.saw(answered.records)
        if self._shown is not None:
            self._shown.update(record.record for record in answered.records)
        landing = land_records(
            self._database,
            self._book,
            answered.records,
            self._kept(slice_),
            observed_at=self._now,
            restates_before=self._closed_before,
        )
        return answered, landing

    def _http(self, start: datetime) -> Http:
        """Return the client for what begins at ``start``: history leaves a part of every budget to what is new."""
        return self._context.http.urgent() if start >= self._recent.start else self._context.http.patient()

    def _kept(self, slice_: Span) -> Span | None:
        """Return what counts as read: the source's index may not show the last moments yet.

        Of the second in which they begin nothing counts: clocks that tick in seconds date what is written at its end by
        its start.
        """
        end = min(slice_.end, (self._now - self._stream.lag).replace(microsecond=0))
        return Span(slice_.start, end) if end > slice_.start else None

    @cached_property
    def _closed_before(self) -> int:
        """Return the ordinal of the first day that had not ended when it was last read.

        Changes to the days before it are restatements; while history is being filled in there are none (0), because
        nobody has seen a day complete.
        """
        newest = self._done.newest
        if newest is None or newest.start > self._generation.history_from:
            return 0
        return local_day(newest.end, self._zone).toordinal()

    def _read_listing(self, enough: Callable[[], bool]) -> bool:
        """Read all there is, and return whether that was all of it; what was not reached stays as it was."""
        http = self._context.http.patient() if self._done.newest is None else self._context.http.urgent()
        listing = Listing(
            self._database,
            self._book,
            self._stream,
            self._collector,
            observed_at=self._now,
            restates_before=self._closed_before,
            is_withheld=self._is_withheld,
        )
        for landing in listing.read(replace(self._context, http=http), self._whole, enough):
            self._count(landing)
            # How many records there are, nobody knows before the end.
            self._tell(0.0, None)
        if listing.is_whole:
            self._tell(1.0, None)
        return listing.is_whole

    def _read_days(self, pieces: list[range], enough: Callable[[], bool]) -> bool:
        """Read totals per day, and return whether that was all of them."""
        for days in pieces:
            if enough():
                return False
            self._land_days(days)
            self._days_read += len(days)
            self._tell(self._days_read / self._days_missing, None)
        return True

    def _read_mended(self, enough: Callable[[], bool]) -> bool:
        """Read totals once more that somebody may have mended, as far as there is time, and return True."""
        for days in self._days.mended():
            if not enough():
                self._land_days(days)
        return True

    @cached_property
    def _days_missing(self) -> int:
        return sum(len(days) for days in (*self._days.pieces(self._recent), *self._days.pieces(self._older)))

    def _land_days(self, days: range) -> None:
        start = day_start(date.fromordinal(days.start), self._zone)
        end = min(day_end(date.fromordinal(days.stop - 1), self._zone), self._now)
        span = Span(start, end)
        answers = self._stream.read(replace(self._context, http=self._http(start)), span)
        entries, flags = self._collector.totals(answers, days)
        self._count(
            land_days(
                self._database,
                self._book,
                entries,
                days,
                span,
                observed_at=self._now,
                restates_before=self._closed_before,
                flags=flags,
            )
        )

    def _read_snapshot(self) -> None:
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
        newest = self._done.newest
        carried = newest is not None and start - newest.end <= self._stream.settles
        span = Span(min(start, newest.end) if carried and newest else start, self._now)
        self._count(land_levels(self._database, self._book, entries, self._today, span, observed_at=self._now))
        self._tell(1.0, None)

    def _read_windows(self) -> None:
        calendar = company_calendar(self._database, self._connection.company_id)
        today = calendar.today(self._now)
        known = windows_over(self._database, self._generation.id, self._stream.settles)
        windows = windows_to_ask(calendar, today, known)
        answers = self._stream.read(replace(self._context, http=self._context.http.urgent()), windows)
        landed, flags = landed_windows(self._stream, answers, windows)
        landing = land_windows(
            self._database, self._book, landed, today, self._whole, observed_at=self._now, flags=flags
        )
        self._count(landing)
        self._tell(1.0, None)

    def _count(self, landing: Landing) -> None:
        self.records += landing.records
        self.changed += landing.changed
        self.restated += landing.restated
        self.slices += 1

    def _tell(self, fraction: float, seconds_left: float | None) -> None:
        self._listener(Progress(self._connection.name, self._stream.name, fraction, self.records, seconds_left))
