"""How the connections are: what was read, when, and what keeps them from being read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.app.flagged import FlagStatus, flag_statuses
from kpitaps.store import (
    generation_progress,
    latest_runs,
    list_companies,
    list_connections,
    open_repairs,
    withheld_streams,
)
from kpitaps.sync import feeding_streams
from kpitaps.tap.stream import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from kpitaps.app.runtime import Runtime
    from kpitaps.store import Connection, Repair, Run
    from kpitaps.tap import Tap


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """One stream of a connection.

    Attributes:
        name: The stream's name.
        run: Its last run; None if it was never read.
        through: The instant up to which it has been read.
        loaded: How much of its history is in, from 0 to 1.
    """

    name: str
    run: Run | None
    through: datetime | None
    loaded: float


@dataclass(frozen=True, slots=True)
class CheckStatus:
    """One check of a connection.

    Attributes:
        name: The check's name.
        run: Its last run; None if it was never run.
        withheld: Streams that it looks at of which the source keeps something from us: it is not run then.
    """

    name: str
    run: Run | None
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """A connection, its streams and its repairs.

    Attributes:
        company: The key of the company it belongs to.
        connection: The connection.
        state: ``ok``, ``loading`` (history is not complete), ``new``, or the outcome of the run that failed.
        message: What went wrong; empty if nothing did.
        streams: Its streams.
        repairs: What a person must do.
        flags: What its streams and checks say against its figures, if it was asked for.
        checks: Its tap's checks. One that failed leaves the state alone: there is a repair for it.
    """

    company: str
    connection: Connection
    state: str
    message: str
    streams: tuple[StreamStatus, ...]
    repairs: tuple[Repair, ...]
    flags: tuple[FlagStatus, ...] = ()
    checks: tuple[CheckStatus, ...] = ()


def connection_statuses(runtime: Runtime, *, with_flags: bool = False) -> list[ConnectionStatus]:
    """Return how each connection is; with its flags only for who shows them: there may be very many."""
    database = runtime.ledger.database
    companies = {company.id: company.key for company in list_companies(database)}
    runs = {(run.connection_id, run.stream): run for run in latest_runs(database)}
    repairs = open_repairs(database)
    withheld = withheld_streams(database)
    flags: dict[int, list[FlagStatus]] = defaultdict(list)
    for flag in flag_statuses(database) if with_flags else ():
        flags[flag.connection_id].append(flag)
    statuses = []
    for connection in list_connections(database):
        progress = generation_progress(database, connection.id)
        tap = runtime.plugins.taps.get(connection.tap)
        names = list(tap.streams) if tap else sorted(progress)
        streams = tuple(
            StreamStatus(name, runs.get((connection.id, name)), *progress.get(name, (None, 0.0))) for name in names
        )
        state, message = _state(streams, runs.get((connection.id, ACCOUNT)))
        mine = tuple(repair for repair in repairs if repair.connection_id == connection.id)
        said = tuple(flags[connection.id])
        company = companies[connection.company_id]
        hidden = {stream for number, stream in withheld if number == connection.id}
        checks = tuple(
            CheckStatus(name, runs.get((connection.id, name)), names)
            for name, names in (_withheld(tap, hidden) if tap else ())
        )
        statuses.append(ConnectionStatus(company, connection, state, message, streams, mine, said, checks))
    return statuses


def _withheld(tap: Tap, hidden: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each check, and which of the streams that it looks at are hidden in part."""
    for check in tap.checks.values():
        names = (stream.name for stream in feeding_streams(tap, check))
        yield check.name, tuple(name for name in names if name in hidden)


def _state(streams: tuple[StreamStatus, ...], account: Run | None) -> tuple[str, str]:
    runs = [stream.run for stream in streams if stream.run]
    latest = max((run.started_at for run in runs), default=None)
    well_since = account.started_at if account and account.outcome == "ok" else None
    if account is not None and well_since is None and (latest is None or account.started_at > latest):
        return account.outcome, _message(account)
    for run in runs:
        if run.outcome != "ok" and not (well_since and well_since >= run.started_at):
            return run.outcome, _message(run)
    if not runs:
        return "new", ""
    return ("ok", "") if all(stream.loaded >= 1.0 for stream in streams) else ("loading", "")


def _message(run: Run) -> str:
    """Return what went wrong, and until when the source wants to be left alone."""
    return run.message if run.retry_at is None else f"{run.message} (waiting until {run.retry_at:%Y-%m-%d %H:%M} UTC)"
