"""Keeping everything fresh: each stream at its own pace, each connection by itself.

A connection that is slow or hangs delays nobody: it keeps its own thread, and is not started again before it is done.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.app.outages import is_outage
from kpitaps.app.rates import RateKeeper
from kpitaps.app.syncing import sync_one
from kpitaps.calendar import local_day
from kpitaps.errors import KpitapsError, LedgerUnavailable
from kpitaps.store import latest_runs, list_companies, list_connections, withheld_streams
from kpitaps.sync import check_is_due, feeding_streams
from kpitaps.tap.stream import ACCOUNT, StreamKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from kpitaps.app.runtime import Runtime
    from kpitaps.store import Connection, Run
    from kpitaps.sync import ProgressListener, SyncResult
    from kpitaps.tap import Stream, Tap

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two looks at what is due."""

PORTION = 300.0
"""Seconds of one sync that may go to history: what is new is never older than that, and its own reading."""

_AFTER_FAILURE = timedelta(minutes=1)
_AFTER_OUTAGE = timedelta(seconds=5)
_AFTER_REFUSAL = timedelta(minutes=15)
_PARTS = 24
"""A check of every day that cannot judge yet has its streams read once an hour at most."""

_AT_LEAST = timedelta(seconds=10)
"""A source that asks to be called again at once has failed a moment ago."""


class Scheduler:
    """Syncs what is due, until it is stopped.

    Args:
        runtime: The process.
        synced: Is called with the result of each sync.
        published: Is called when figures may have changed: after a sync, and when a new minute began, which also shows
            what another process has read.
        listener: Is told the progress of syncs.
        portion: Seconds of one sync that may go to history.
        monotonic: By what clock, one that never goes back.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        synced: Callable[[SyncResult], None],
        published: Callable[[], None],
        listener: ProgressListener = lambda _: None,
        portion: float = PORTION,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._portion = portion
        self._monotonic = monotonic
        self._unfinished: dict[int, frozenset[str]] = {}
        self._runtime = runtime
        self._synced = synced
        self._published = published
        self._listener = listener
        self._stopping = threading.Event()
        self._rates = RateKeeper(runtime, published)
        self._working: dict[int, threading.Thread] = {}
        self._resting: dict[int, datetime] = {}
        self._minute: datetime | None = None
        self._is_out = False
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience: float = 3.0) -> bool:
        """Start nothing more, and wait so many seconds for what is under way; what lands late lands whole.

        Returns:
            Whether everything has ended.
        """
        self._stopping.set()
        deadline = time.monotonic() + patience
        self._thread.join(patience)
        working = list(self._working.values())
        for thread in working:
            thread.join(max(0.0, deadline - time.monotonic()))
        ended = self._rates.join(max(0.0, deadline - time.monotonic()))
        return ended and not any(thread.is_alive() for thread in (self._thread, *working))

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except LedgerUnavailable as error:
                self._lose(error)
                self._stopping.wait(_AFTER_OUTAGE.total_seconds())
            # Whatever it was: figures that stop moving, with nobody told, would be worse than another try.
            except Exception as error:  # noqa: BLE001 - it is logged
                _log("the scheduler waits a moment", error)
                self._stopping.wait(_AFTER_FAILURE.total_seconds())
            self._stopping.wait(TICK)

    def _look(self) -> None:
        self._start_due()
        minute = self._runtime.now().replace(second=0, microsecond=0)
        if minute != self._minute:
            self._rates.look()
            self._published()
            self._minute = minute
        if self._is_out:
            self._is_out = False
            log.warning("the ledger can be used again, and the figures move on")

    def _lose(self, error: LedgerUnavailable) -> None:
        """Say once that the ledger is gone; when it is back, the figures are made at once."""
        self._minute = None
        if not self._is_out:
            self._is_out = True
            log.error("the figures stay as they are until the ledger can be used again: %s", error)

    def _start_due(self) -> None:
        runs = {(run.connection_id, run.stream): run for run in latest_runs(self._runtime.ledger.database)}
        withheld = withheld_streams(self._runtime.ledger.database)
        zones = {each.id: ZoneInfo(each.time_zone) for each in list_companies(self._runtime.ledger.database)}
        now = self._runtime.now()
        for connection in list_connections(self._runtime.ledger.database):
            busy = self._working.get(connection.id)
            tap = self._runtime.plugins.taps.get(connection.tap)
            if tap is None or (busy is not None and busy.is_alive()) or now < self._resting.get(connection.id, now):
                continue
            unfinished = self._unfinished.get(connection.id, frozenset())
            streams = due_streams(tap, connection, runs, now, zones[connection.company_id]) | unfinished
            if not unfinished:
                streams |= checked_streams(tap, connection, runs, now, withheld)
            if streams:
                thread = threading.Thread(
                    target=self._sync, args=(connection, streams), name=f"sync-{connection.name}", daemon=True
                )
                self._working[connection.id] = thread
                thread.start()

    def _sync(self, connection: Connection, streams: frozenset[str]) -> None:
        try:
            result = sync_one(
                self._runtime,
                connection,
                streams=streams,
                portion=self._portion,
                monotonic=self._monotonic,
                listener=self._listener,
            )
            self._unfinished[connection.id] = result.unfinished
            self._synced(result)
            for stream, error in result.errors.items():
                log.warning("%s, %s: %s", connection.name, stream, error)
            self._published()
        # No run was logged that would say when to come back.
        except Exception as error:  # noqa: BLE001 - it is logged
            self._resting[connection.id] = self._runtime.now() + _AFTER_FAILURE
            if not is_outage(self._runtime, error):
                _log(connection.name, error)


def _log(who: str, error: Exception) -> None:
    """A kpitaps error is a sentence; anything else is a bug, whose place is worth knowing."""
    log.error("%s: %s", who, error, exc_info=None if isinstance(error, KpitapsError) else error)


def due_streams(
    tap: Tap, connection: Connection, runs: Mapping[tuple[int, str], Run], now: datetime, zone: ZoneInfo
) -> frozenset[str]:
    """Return which streams of a connection should be read now.

    A stream is due when its interval has passed since its last run began; after a failure in a minute, or when the
    source said; after a refusal that a person must mend, every quarter of an hour, or at once when it has been mended.
    Windows are also due when a day has begun in the company's ``zone``: nothing is known of that day's windows yet.
    """
    account = runs.get((connection.id, ACCOUNT))
    due = set()
    for stream in tap.streams.values():
        last = runs.get((connection.id, stream.name))
        if account is not None and account.outcome == "ok":
            last = None if last and last.outcome != "ok" and account.started_at >= last.started_at else last
        elif account is not None and (last is None or account.started_at > last.started_at):
            last = account
        if last is None or now >= _next(last, stream.every) or _is_of_yesterday(stream, last, now, zone):
            due.add(stream.name)
    return frozenset(due)


def checked_streams(
    tap: Tap,
    connection: Connection,
    runs: Mapping[tuple[int, str], Run],
    now: datetime,
    withheld: Collection[tuple[int, str]] = (),
) -> frozenset[str]:
    """Return which streams of a connection should be read now because a check is due that looks at them.

    A check only judges what was read in the same sync. It waits until all streams are well; where their sync did not
    let it judge, they are left alone for a part of its interval. Where the source keeps something of them from us
    (``withheld``), it is not run, and nothing is read for its sake.
    """
    streams: set[str] = set()
    for check in tap.checks.values():
        fed = {stream.name for stream in feeding_streams(tap, check)}
        last = [runs.get((connection.id, name)) for name in tap.streams]
        if any(run is None or run.outcome != "ok" for run in last) or any((connection.id, n) in withheld for n in fed):
            continue
        rest = max(_AFTER_REFUSAL, check.every / _PARTS)
        rested = all(now >= run.started_at + rest for run in last if run and run.stream in fed)
        if rested and check_is_due(check, runs.get((connection.id, check.name)), now):
            streams |= fed
    return frozenset(streams)


def _is_of_yesterday(stream: Stream, last: Run, now: datetime, zone: ZoneInfo) -> bool:
    if stream.kind is not StreamKind.WINDOWS or last.outcome != "ok":
        return False
    return local_day(last.started_at, zone) < local_day(now, zone)


def _next(last: Run, every: timedelta) -> datetime:
    if last.outcome == "ok":
        return last.started_at + every
    ended = last.ended_at or last.started_at
    if last.retry_at is not None:
        return max(last.retry_at, ended + _AT_LEAST)
    return ended + (_AFTER_FAILURE if last.outcome == "retry_later" else min(every, _AFTER_REFUSAL))
