"""Generations: ways of reading a stream. A new way is loaded beside the old one and swapped in at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.calendar import Span, Spans
from kpitaps.store.instants import from_micros, to_micros
from kpitaps.store.spans import stored_spans
from kpitaps.store.tables import connection as connection_table
from kpitaps.store.tables import generation
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from kpitaps.store.engine import Database
    from kpitaps.tap import Stream

ACTIVE = "active"
LOADING = "loading"

_MICRO = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Generation:
    """One way of reading a stream.

    Attributes:
        id: Its number.
        stream: The stream's name.
        is_active: Whether figures are made of it.
        history_from: The first instant of the update clock that it reads.
    """

    id: int
    stream: str
    is_active: bool
    history_from: datetime


_COMPARED = (StreamKind.RECORDS, StreamKind.LISTING)
"""Kinds of streams whose records are compared with what was read of them before."""


def fingerprint(stream: Stream, time_zone: str, settings: Mapping[str, Any], epoch: str = "") -> str:
    """Return what identifies a way of reading: zone, settings (secrets left out), mapping number, measures and labels.

    So does the ``epoch`` of the source's numbers, where records are compared by them. A snapshot's past cannot be read
    again, so there is only one way of reading it: it never starts anew.
    """
    feeds = sorted([measure.key, *measure.labels] for measure in stream.feeds)
    way = [] if stream.kind is StreamKind.SNAPSHOT else [time_zone, stream.mapping, dict(settings), feeds]
    way += [epoch] if epoch and stream.kind in _COMPARED else []
    parts = json.dumps([stream.kind, *way], sort_keys=True, default=str)
    return blake2b(parts.encode(), digest_size=16).hexdigest()


def current_generation(
    database: Database,
    connection_id: int,
    stream: Stream,
    mark: str,
    *,
    time_zone: str,
    history_from: datetime,
    now: datetime,
) -> Generation:
    """Return the generation to read into: the one with this fingerprint, made if there is none yet.

    The first generation of a stream is active at once; a later one when it is complete: see `activate`.
    """
    where = sa.and_(generation.c.connection_id == connection_id, generation.c.stream == stream.name)
    terms = {
        "time_zone": time_zone,
        "feeds": json.dumps(sorted(measure.key for measure in stream.feeds)),
        "ahead": stream.ahead // _MICRO,
        "carries": stream.settles // _MICRO if stream.kind is StreamKind.SNAPSHOT else None,
        "settles": None if stream.kind is StreamKind.SNAPSHOT else stream.settles // _MICRO,
    }
    with database.write() as connection:
        # Two workers that meet a new stream at once must not both make its first generation.
        lock_connection(connection, connection_id)
        known = set(connection.scalars(sa.select(generation.c.fingerprint).where(where)))
        if mark not in known:
            row = {
                "connection_id": connection_id,
                "stream": stream.name,
                "kind": stream.kind.value,
                "fingerprint": mark,
                "state": LOADING if known else ACTIVE,
                "history_from": to_micros(history_from),
                "created_at": to_micros(now),
            }
            connection.execute(sa.insert(generation).values(row | terms))
        else:
            connection.execute(sa.update(generation).where(where, generation.c.fingerprint == mark).values(terms))
        found = connection.execute(sa.select(generation).where(where, generation.c.fingerprint == mark)).one()
    return Generation(found.id, found.stream, found.state == ACTIVE, from_micros(found.history_from))


def lock_connection(connection: sa.Connection, connection_id: int) -> None:
    """Let other workers that want the same wait until the transaction ends; SQLite has one writer anyway.

    Rows that refer to the connection may still be written meanwhile: whoever lands flags holds a generation that the
    transaction may want next, and each would wait for the other.
    """
    mine = connection_table.c.id == connection_id
    connection.execute(sa.select(connection_table.c.id).where(mine).with_for_update(key_share=True))


def activate(database: Database, number: int) -> None:
    """Make a generation the one that figures are made of, and drop the others of its stream."""
    with database.write() as connection:
        mine = connection.execute(sa.select(generation).where(generation.c.id == number)).one()
        connection.execute(sa.update(generation).where(generation.c.id == number).values(state=ACTIVE))
        connection.execute(
            sa.delete(generation).where(
                generation.c.connection_id == mine.connection_id,
                generation.c.stream == mine.stream,
                generation.c.id != number,
            )
        )


def generation_progress(database: Database, connection_id: int) -> dict[str, tuple[datetime | None, float]]:
    """Return for each stream up to when it has been read, and how much of its history is in (0 to 1).

    Of a stream that is being loaded anew, the active generation counts.
    """
    progress: dict[str, tuple[datetime | None, float]] = {}
    with database.read() as connection:
        rows = connection.execute(
            sa.select(generation).where(generation.c.connection_id == connection_id, generation.c.state == ACTIVE)
        ).all()
        for row in rows:
            read = stored_spans(connection, row.id)
            if read.newest is None:
                progress[row.stream] = (None, 0.0)
                continue
            start, through = from_micros(row.history_from), read.newest.end
            wanted = Spans([Span(min(start, through), through)])
            missing = (wanted - read).length if row.kind != StreamKind.SNAPSHOT else timedelta()
            progress[row.stream] = (through, 1.0 - missing / max(wanted.length, timedelta(microseconds=1)))
    return progress
