"""Syncing one connection: its account is checked, then each stream is read; one that fails leaves the others alone."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from kpitaps.errors import BadSettings, BadUse, KpitapsError, LedgerUnavailable, NeedsAuth, RetryLater, TapBug
from kpitaps.store import Run, log_run, note_account, set_repairs
from kpitaps.sync.stream import StreamSync
from kpitaps.tap import Account, Context
from kpitaps.tap.stream import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from kpitaps.http import Http
    from kpitaps.store import Connection, Ledger
    from kpitaps.sync.progress import ProgressListener
    from kpitaps.tap import Settings, Stream, Tap

log = logging.getLogger(__name__)

_LONGEST_MESSAGE = 300

_OUTCOMES: tuple[tuple[type[KpitapsError], str], ...] = (
    (NeedsAuth, "needs_auth"),
    (RetryLater, "retry_later"),
    (BadSettings, "bad_settings"),
    (TapBug, "tap_bug"),
    # The tap is not installed, or the vault's key is another one: nothing that a tap's author could mend.
    (BadUse, "bad_settings"),
    (LedgerUnavailable, "bad_settings"),
)
_FIXES = {
    "needs_auth": "Authorise the connection again, or grant the scope: kpitaps add {tap} --name {name!r}",
    "bad_settings": "Correct the settings: kpitaps add {tap} --name {name!r}",
    "tap_bug": "Upgrade the tap, or report this to its author",
}


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync of a connection did, stream by stream.

    Attributes:
        connection: Which connection.
        runs: One per stream that was read; a single one named ``account`` if the account itself refused.
        errors: What went wrong, by stream.
    """

    connection: Connection
    runs: tuple[Run, ...]
    errors: dict[str, KpitapsError]

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
    listener: ProgressListener = lambda _: None,
) -> SyncResult:
    """Read all that is new of a connection, and history that is still missing.

    Args:
        ledger: Where it lands.
        tap: The connection's tap.
        connection: Which connection.
        settings: Its settings, secrets included.
        http: Its client.
        now: The clock, in UTC.
        workers: Slices read at the same time.
        streams: Names of the streams to read; None for all.
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
    runs: list[Run] = []
    errors: dict[str, KpitapsError] = {}
    for stream in tap.streams.values():
        if streams is not None and stream.name not in streams:
            continue
        run, error_or_none = _sync_stream(ledger, stream, connection, account, context, now, workers, listener)
        runs.append(run)
        if error_or_none is not None:
            errors[stream.name] = error_or_none
    read = {run.stream for run in runs if run.outcome != "retry_later"}
    _finish(ledger, connection, runs, now(), account, unread=tap.streams.keys() - read)
    return SyncResult(connection, tuple(runs), errors)


def refused(ledger: Ledger, connection: Connection, error: KpitapsError, at: datetime) -> SyncResult:
    """Log that a connection could not be read at all, open the repair, and return the result that says so."""
    run = _failed(Run(connection.id, ACCOUNT, at), error, at)
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
        raise TapBug(f"tap {tap.name}: its account function failed: {_sentence(error)}") from error
    if not isinstance(account, Account):
        raise TapBug(f"tap {tap.name}: its account function returned a {type(account).__name__}, which is no Account")
    return account


def _sync_stream(
    ledger: Ledger,
    stream: Stream,
    connection: Connection,
    account: Account,
    context: Context,
    now: Callable[[], datetime],
    workers: int,
    listener: ProgressListener,
) -> tuple[Run, KpitapsError | None]:
    run = Run(connection.id, stream.name, now())
    work = StreamSync(ledger, stream, connection, replace(context, connected=account), workers, listener)
    error: KpitapsError | None = None
    try:
        work.run()
    except LedgerUnavailable:
        raise
    except KpitapsError as known:
        error = known
    # SystemExit too: a tap that gives up ends its stream, not the process.
    except (Exception, SystemExit) as unknown:
        log.warning("stream %s of %s failed", stream.name, connection.name, exc_info=True)
        error = TapBug(f"stream {stream.name} failed: {_sentence(unknown)}")
    run = replace(run, records=work.records, changed=work.changed, restated=work.restated, slices=work.slices)
    if error is None:
        return replace(run, ended_at=now(), outcome="ok"), None
    return _failed(run, error, now()), error


def _same(account: Account, connection: Connection) -> None:
    if account.id != connection.account_id:
        raise BadSettings(
            f"connection {connection.name} now answers as {account.name} ({account.id}) instead of "
            f"{connection.account_name} ({connection.account_id}): add that account as a connection of its own"
        )


def _failed(run: Run, error: KpitapsError, at: datetime) -> Run:
    outcome = next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "tap_bug")
    after = error.after if isinstance(error, RetryLater) else None
    retry_at = None if after is None else at + timedelta(seconds=after)
    return replace(run, ended_at=at, outcome=outcome, message=str(error), retry_at=retry_at)


def _finish(
    ledger: Ledger,
    connection: Connection,
    runs: list[Run],
    at: datetime,
    account: Account | None = None,
    *,
    unread: Collection[str] = (),
) -> None:
    """Log the runs, open the repairs they ask for, and close those that they show to be done."""
    wanted: dict[str, tuple[str, str]] = {}
    for run in runs:
        log_run(ledger.database, run)
        if fix := _FIXES.get(run.outcome):
            wanted[f"{run.outcome}:{run.stream}"] = (run.message, fix.format(tap=connection.tap, name=connection.name))
    for gap in account.incomplete if account else ():
        for stream in gap.streams:
            wanted[f"incomplete:{stream}"] = (gap.reason, gap.fix)
    for advice in account.advice if account else ():
        wanted[f"advice:{advice.code}"] = (advice.message, advice.fix)
    refusal = None if account else runs[0].outcome

    def judged(code: str) -> bool:
        """Say whether these runs have shown how things are: a stream that was not read may be as broken as before."""
        kind, _, stream = code.partition(":")
        if refusal is not None:
            return stream == ACCOUNT and refusal != "retry_later"
        return kind not in _FIXES or stream not in unread

    set_repairs(ledger.database, connection.id, wanted, now=at, judged=judged)


def _sentence(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        # Not its text: that holds what the source sent, names and addresses included.
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        text = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)
    else:
        text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:_LONGEST_MESSAGE]}"
