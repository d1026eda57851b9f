"""Syncing one connection: its account is checked, then each stream is read; one that fails leaves the others alone."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kpitaps.errors import BadSettings, KpitapsError, NeedsAuth, TapBug
from kpitaps.store import Run, log_run, note_account, set_repairs
from kpitaps.sync.checks import CheckResult, run_checks
from kpitaps.sync.flagged import flag_repairs
from kpitaps.sync.outcomes import FIXES, attempt, failed, sentence
from kpitaps.sync.stream import StreamSync
from kpitaps.tap import Account, Context, StreamKind
from kpitaps.tap.stream import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from kpitaps.http import Http
    from kpitaps.store import Connection, Ledger
    from kpitaps.sync.progress import ProgressListener
    from kpitaps.tap import Settings, Stream, Tap


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync of a connection did, stream by stream.

    Attributes:
        connection: Which connection.
        runs: One per stream that was read; a single one named ``account`` if the account itself refused.
        errors: What went wrong, by stream or check.
        unfinished: Streams whose history has still to be read, because it was enough for one run.
        checks: One per check that was run.
    """

    connection: Connection
    runs: tuple[Run, ...]
    errors: dict[str, KpitapsError]
    unfinished: frozenset[str] = frozenset()
    checks: tuple[CheckResult, ...] = ()

    @property
    def changed(self) -> int:
        """How many records' contributions changed."""
        return sum(run.changed for run in self.runs)


def sync_connection(
    ledger: Ledger,
    tap: Tap,
    connection: Connection,
    settings: Settings,
    http: Http,
    *,
    now: Callable[[], datetime],
    workers: int,
    streams: Collection[str] | None = None,
    portion: float = math.inf,
    monotonic: Callable[[], float] = time.monotonic,
    listener: ProgressListener = lambda _: None,
) -> SyncResult:
    """Read all that is new of a connection, and history that is still missing.

    No stream's history is read before every stream has had what is new: years of orders never delay today's tickets.

    Args:
        ledger: Where it lands.
        tap: The connection's tap.
        connection: Which connection.
        settings: Its settings, secrets included.
        http: Its client.
        now: The clock, in UTC.
        workers: Slices read at the same time.
        streams: Names of the streams to read; None for all.
        portion: Seconds of history after which the rest is left to another run, which begins with what is new again.
        monotonic: Seconds on a clock that never goes back.
        listener: Is told the progress.

    Raises:
        LedgerUnavailable: if the ledger cannot be written. Whatever the source or the tap does wrong is in the result.
    """
    started = now()
    context = Context(http, settings, started)
    try:
        account = ask_account(tap, context)
        _same(account, connection)
    except KpitapsError as error:
        return refused(ledger, connection, error, now())
    note_account(ledger.database, connection.id, account)
    context = replace(context, connected=account)
    reads = [
        _Reading(StreamSync(ledger, stream, connection, context, workers, listener), connection, stream, started, now)
        for stream in tap.streams.values()
        if streams is None or stream.name in streams
    ]
    for reading in reads:
        reading.fresh()
    deadline = monotonic() + portion
    # A listing has nothing to show until it was read as a whole.
    for reading in sorted(reads, key=lambda each: not each.is_listing):
        reading.rest(lambda: monotonic() >= deadline)
    return _ended(ledger, tap, connection, context, reads, now)


def refused(ledger: Ledger, connection: Connection, error: KpitapsError, at: datetime) -> SyncResult:
    """Log that a connection could not be read at all, open the repair, and return the result that says so."""
    run = failed(Run(connection.id, ACCOUNT, at), error, at)
    _finish(ledger, connection, [run], at)
    return SyncResult(connection, (run,), {ACCOUNT: error})


def ask_account(tap: Tap, context: Context) -> Account:
    """Ask the source whose account this is.

    Raises:
        NeedsAuth: if it refuses.
        BadSettings: if the settings name nothing.
        RetryLater: if it cannot answer now.
        TapBug: if the tap's function fails in any other way.
    """
    if tap.read_account is None:
        raise TapBug(f"tap {tap.name} has no @tap.account function")
    try:
        account = tap.read_account(replace(context, http=context.http.urgent()))
    except KpitapsError:
        raise
    except (Exception, SystemExit) as error:
        raise TapBug(f"tap {tap.name}: its account function failed: {sentence(error)}") from error
    if not isinstance(account, Account):
        raise TapBug(f"tap {tap.name}: its account function returned a {type(account).__name__}, which is no Account")
    return account


class _Reading:
    """One stream's part in a sync: first what is new, then, when every stream has had that, its history."""

    def __init__(
        self, work: StreamSync, connection: Connection, stream: Stream, started: datetime, now: Callable[[], datetime]
    ) -> None:
        self.run = Run(connection.id, stream.name, started)
        self.error: KpitapsError | None = None
        self.is_whole = False
        self.is_listing = stream.kind is StreamKind.LISTING
        self._work = work
        self._now = now
        self._where = connection.name

    def fresh(self) -> None:
        """Read what is new."""
        self._guarded(self._work.read_fresh)

    def rest(self, enough: Callable[[], bool]) -> None:
        """Read history, until all is there or it is enough; not after a failure."""
        if self.error is None:
            self._guarded(lambda: self._read_rest(enough))

    def end(self) -> Run:
        """Return how it went."""
        work = self._work
        self.run = replace(
            self.run, records=work.records, changed=work.changed, restated=work.restated, slices=work.slices
        )
        if self.error is None:
            return replace(self.run, ended_at=self._now(), outcome="ok")
        return failed(self.run, self.error, self._now())

    def _read_rest(self, enough: Callable[[], bool]) -> None:
        self.is_whole = self._work.read_rest(enough)

    def _guarded(self, read: Callable[[], None]) -> None:
        self.error = attempt(read, f"stream {self.run.stream}", self._where)


def _ended(
    ledger: Ledger,
    tap: Tap,
    connection: Connection,
    context: Context,
    reads: list[_Reading],
    now: Callable[[], datetime],
) -> SyncResult:
    """Run the checks, unless something failed; log how everything went, and return it."""
    runs = [reading.end() for reading in reads]
    errors = {each.run.stream: each.error for each in reads if each.error is not None}
    whole = {each.run.stream for each in reads if each.is_whole}
    checks = run_checks(ledger, tap, connection, context, read=whole, now=now)
    errors |= {each.run.stream: each.error for each in checks if each.error is not None}
    logged = [*runs, *(each.run for each in checks)]
    read = {run.stream for run in logged if run.outcome != "retry_later"}
    unread = {*tap.streams, *tap.checks} - read
    _finish(ledger, connection, logged, now(), context.account, unread=unread, closed=_closed(errors))
    unfinished = frozenset(each.run.stream for each in reads if not each.is_whole and each.error is None)
    return SyncResult(connection, tuple(runs), errors, unfinished, tuple(checks))


def _same(account: Account, connection: Connection) -> None:
    if account.id != connection.account_id:
        raise BadSettings(
            f"connection {connection.name} now answers as {account.name} ({account.id}) instead of "
            f"{connection.account_name} ({connection.account_id}): add that account as a connection of its own"
        )


def _finish(
    ledger: Ledger,
    connection: Connection,
    runs: list[Run],
    at: datetime,
    account: Account | None = None,
    *,
    unread: Collection[str] = (),
    closed: Collection[str] = (),
) -> None:
    """Log the runs, open the repairs they ask for, and close those that they show to be done.

    Streams that are ``closed`` failed because the whole account is: that is one repair.
    """
    wanted: dict[str, tuple[str, str]] = {}
    for run in runs:
        log_run(ledger.database, run)
        if fix := FIXES.get(run.outcome):
            what = ACCOUNT if run.stream in closed else run.stream
            wanted[f"{run.outcome}:{what}"] = (run.message, fix.format(tap=connection.tap, name=connection.name))
    for gap in account.incomplete if account else ():
        for stream in gap.streams:
            wanted[f"incomplete:{stream}"] = (gap.reason, gap.fix)
    for advice in account.advice if account else ():
        wanted[f"advice:{advice.code}"] = (advice.message, advice.fix)
    if account:
        wanted |= flag_repairs(ledger.database, connection.id)
    refusal = None if account else runs[0].outcome

    def judged(code: str) -> bool:
        """Say whether these runs have shown how things are: a stream that was not read may be as broken as before."""
        kind, _, stream = code.partition(":")
        if refusal is not None:
            return stream == ACCOUNT and refusal != "retry_later"
        return kind not in FIXES or stream not in unread

    set_repairs(ledger.database, connection.id, wanted, now=at, judged=judged)


def _closed(errors: dict[str, KpitapsError]) -> set[str]:
    return {name for name, error in errors.items() if isinstance(error, NeedsAuth) and error.account}
