"""Running a tap's checks at the end of a sync, when all that they look at has just been read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kpitaps.errors import KpitapsError, TapBug
from kpitaps.store import ConnectionTotals, LandedFlag, Run, flag_checked, flagging_checks, latest_runs
from kpitaps.sync.outcomes import attempt, failed
from kpitaps.tap import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from kpitaps.store import Connection, Ledger
    from kpitaps.store.engine import Database
    from kpitaps.tap import Check, Context, Stream, Tap

_NEARLY = 0.95
"""The part of its interval after which a check is due: whoever syncs once a day is not punctual to the second."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one run of a check went.

    Attributes:
        run: As it is in the run log, among those of streams.
        flags: What the check says against the ledger's numbers; nothing if it failed.
        error: What went wrong.
    """

    run: Run
    flags: tuple[Flag, ...] = ()
    error: KpitapsError | None = None


def run_checks(
    ledger: Ledger,
    tap: Tap,
    connection: Connection,
    context: Context,
    *,
    read: Collection[str],
    now: Callable[[], datetime],
) -> list[CheckResult]:
    """Run the checks that are due and can judge; what one finds replaces what it found last time.

    Args:
        ledger: Where the numbers are.
        tap: The connection's tap.
        connection: Which connection.
        context: What the sync's streams have got.
        read: The streams that have been read in this sync, and have their whole history.
        now: The clock, in UTC.

    Raises:
        LedgerUnavailable: if the ledger cannot be written. Whatever a check does wrong is in its result.
    """
    hidden = {stream for gap in context.account.incomplete for stream in gap.streams}
    last = {run.stream: run for run in latest_runs(ledger.database, connection.id)}
    _forget_gone(ledger.database, tap, connection)
    whole = {*read} - hidden
    results = []
    for check in tap.checks.values():
        streams = feeding_streams(tap, check)
        can_judge = all(stream.name in whole for stream in streams)
        if can_judge and check_is_due(check, last.get(check.name), context.now):
            others = [stream for stream in tap.streams.values() if stream not in streams]
            totals = ConnectionTotals(ledger.database, connection.id, context.account.currency, streams, others)
            results.append(_run(ledger, connection, context, check, totals, streams, now))
    return results


def check_is_due(check: Check, last: Run | None, now: datetime) -> bool:
    """Return whether a check should be run; one that has failed should with the next sync, or when its source said."""
    if last is None:
        return True
    if last.outcome == "ok":
        return now - last.started_at >= check.every * _NEARLY
    return last.retry_at is None or now >= last.retry_at


def feeding_streams(tap: Tap, check: Check) -> list[Stream]:
    """Return the streams that feed what a check looks at."""
    return [stream for stream in tap.streams.values() if not set(check.of).isdisjoint(stream.feeds)]


def _run(
    ledger: Ledger,
    connection: Connection,
    context: Context,
    check: Check,
    totals: ConnectionTotals,
    streams: list[Stream],
    now: Callable[[], datetime],
) -> CheckResult:
    # From when the sync began, so that a check that takes long is not put off more and more.
    run = Run(connection.id, check.name, context.now)
    flags: list[Flag] = []

    def read() -> None:
        flags.extend(_checked(check, streams, check.read(replace(context, http=context.http.urgent()), totals)))

    if error := attempt(read, f"check {check.name}", connection.name):
        return CheckResult(failed(run, error, now()), (), error)
    flag_checked(ledger.database, connection.id, check.name, {*_landed(flags)})
    return CheckResult(replace(run, ended_at=now(), outcome="ok"), tuple(flags))


def _checked(check: Check, streams: list[Stream], answers: Iterable[object]) -> Iterator[Flag]:
    fed = {measure for stream in streams for measure in stream.feeds}
    if orphans := [measure.key for measure in check.of if measure not in fed]:
        raise TapBug(f"check {check.name} looks at {orphans[0]}, which no stream feeds")
    for answer in answers:
        if not isinstance(answer, Flag):
            raise TapBug(f"check {check.name} yielded a {type(answer).__name__}; it yields Flag objects")
        if strange := [measure.key for measure in answer.measures if measure not in fed]:
            raise TapBug(
                f"check {check.name} flags {strange[0]}, which no stream of what it looks at feeds: name it in of="
            )
        yield answer


def _landed(flags: Iterable[Flag]) -> Iterator[LandedFlag]:
    for flag in flags:
        days = flag.first.toordinal(), flag.last.toordinal()
        for measure in flag.measures:
            yield LandedFlag(measure.key, *days, flag.quality.value, flag.reason, flag.fix)


def _forget_gone(database: Database, tap: Tap, connection: Connection) -> None:
    """Forget what checks have said that the tap has no more."""
    for gone in flagging_checks(database, connection.id) - tap.checks.keys():
        flag_checked(database, connection.id, gone, ())
