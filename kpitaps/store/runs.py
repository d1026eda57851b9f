"""The run log, and the repairs that runs open and close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.store.instants import from_micros, to_micros
from kpitaps.store.tables import repair, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kpitaps.store.engine import Database

KEPT_PER_STREAM = 500
"""Runs of a stream that the log keeps."""


@dataclass(frozen=True, slots=True)
class Run:
    """One sync of one stream, or one run of a check.

    Attributes:
        connection_id: Of which connection.
        stream: Of which stream or check.
        started_at: When it began.
        ended_at: When it ended; None while it goes on, or if it was killed.
        outcome: ``running``, ``ok``, ``needs_auth``, ``retry_later``, ``bad_settings``, ``tap_bug``.
        message: What went wrong, in one sentence.
        retry_at: Not before this instant, if the source said so.
        records: Records read.
        changed: Records whose contributions changed.
        restated: Closed days that changed.
        slices: Slices landed.
    """

    connection_id: int
    stream: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str = "running"
    message: str = ""
    retry_at: datetime | None = None
    records: int = 0
    changed: int = 0
    restated: int = 0
    slices: int = 0


@dataclass(frozen=True, slots=True)
class Repair:
    """Something a person must do."""

    connection_id: int
    code: str
    message: str
    fix: str
    opened_at: datetime


def log_run(database: Database, entry: Run) -> None:
    """Write a run that has ended into the log, and drop the oldest ones."""
    row = {
        "connection_id": entry.connection_id,
        "stream": entry.stream,
        "started_at": to_micros(entry.started_at),
        "ended_at": None if entry.ended_at is None else to_micros(entry.ended_at),
        "outcome": entry.outcome,
        "message": entry.message,
        "retry_at": None if entry.retry_at is None else to_micros(entry.retry_at),
        "records": entry.records,
        "changed": entry.changed,
        "restated": entry.restated,
        "slices": entry.slices,
    }
    mine = sa.and_(run.c.connection_id == entry.connection_id, run.c.stream == entry.stream)
    with database.write() as connection:
        connection.execute(sa.insert(run).values(row))
        old = sa.select(run.c.id).where(mine).order_by(run.c.id.desc()).offset(KEPT_PER_STREAM).limit(1)
        if (limit := connection.execute(old).scalar()) is not None:
            connection.execute(sa.delete(run).where(mine, run.c.id <= limit))


def latest_runs(database: Database, connection_id: int | None = None) -> list[Run]:
    """Return the last run of each stream and check, of one connection or of all."""
    newest = sa.select(sa.func.max(run.c.id)).group_by(run.c.connection_id, run.c.stream)
    if connection_id is not None:
        newest = newest.where(run.c.connection_id == connection_id)
    with database.read() as connection:
        rows = connection.execute(
            sa.select(run).where(run.c.id.in_(newest)).order_by(run.c.connection_id, run.c.stream)
        )
        return [
            Run(
                row.connection_id,
                row.stream,
                from_micros(row.started_at),
                None if row.ended_at is None else from_micros(row.ended_at),
                row.outcome,
                row.message,
                None if row.retry_at is None else from_micros(row.retry_at),
                row.records,
                row.changed,
                row.restated,
                row.slices,
            )
            for row in rows
        ]


def set_repairs(
    database: Database,
    connection_id: int,
    wanted: dict[str, tuple[str, str]],
    *,
    now: datetime,
    judged: Callable[[str], bool] = lambda _: True,
) -> None:
    """Open what is wanted, and close what is not.

    Args:
        database: The ledger's database.
        connection_id: Whose repairs.
        wanted: Message and fix by code.
        now: When this was found out.
        judged: Whether it was found out if a repair with this code is still needed; if not, it stays as it is.
    """
    is_open = sa.and_(repair.c.connection_id == connection_id, repair.c.closed_at.is_(None))
    with database.write() as connection:
        rows = connection.execute(sa.select(repair.c.id, repair.c.code, repair.c.message).where(is_open))
        known = {row.code: row for row in rows}
        for code in filter(judged, known.keys() - wanted.keys()):
            connection.execute(sa.update(repair).where(repair.c.id == known[code].id).values(closed_at=to_micros(now)))
        for code, (message, fix) in wanted.items():
            if code not in known:
                row = {"connection_id": connection_id, "code": code, "opened_at": to_micros(now)}
                connection.execute(sa.insert(repair).values(row | {"message": message, "fix": fix}))
            elif known[code].message != message:
                values = {"message": message, "fix": fix}
                connection.execute(sa.update(repair).where(repair.c.id == known[code].id).values(values))


def open_repairs(database: Database) -> list[Repair]:
    """Return what people must do, oldest first."""
    columns = (repair.c.connection_id, repair.c.code, repair.c.message, repair.c.fix, repair.c.opened_at)
    with database.read() as connection:
        rows = connection.execute(
            sa.select(*columns).where(repair.c.closed_at.is_(None)).order_by(repair.c.opened_at, repair.c.id)
        )
        return [Repair(*row[:4], from_micros(row.opened_at)) for row in rows]
