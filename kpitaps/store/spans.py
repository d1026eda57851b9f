"""Which spans of a stream's clock have been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.calendar import Span, Spans
from kpitaps.store.instants import from_micros, to_micros
from kpitaps.store.tables import span as table

if TYPE_CHECKING:
    from kpitaps.store.engine import Database


def read_spans(database: Database, generation: int) -> Spans:
    """Return the spans that a generation has read."""
    with database.read() as connection:
        return stored_spans(connection, generation)


def stored_spans(connection: sa.Connection, generation: int) -> Spans:
    """Return the spans that a generation has read, inside an open transaction."""
    rows = connection.execute(sa.select(table.c.start_at, table.c.end_at).where(table.c.generation_id == generation))
    return Spans(Span(from_micros(start), from_micros(end)) for start, end in rows)


def keep_span(connection: sa.Connection, generation: int, span: Span) -> None:
    """Keep ``span`` as read, merged with those it touches."""
    before = stored_spans(connection, generation)
    after = before | Spans([span])
    if after == before:
        return
    for gone in set(before) - set(after):
        connection.execute(
            sa.delete(table).where(table.c.generation_id == generation, table.c.start_at == to_micros(gone.start))
        )
    new = [
        {"generation_id": generation, "start_at": to_micros(kept.start), "end_at": to_micros(kept.end)}
        for kept in set(after) - set(before)
    ]
    connection.execute(sa.insert(table), new)


def forget_spans(connection: sa.Connection, generation: int) -> None:
    """Forget all that was read: the next sync reads the whole history again, beside the numbers that are there."""
    connection.execute(sa.delete(table).where(table.c.generation_id == generation))
