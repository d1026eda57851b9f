"""Sweeping: what a complete read did not show any more has been deleted at the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.store.clocks import NONE, is_numbered
from kpitaps.store.instants import from_micros, to_micros
from kpitaps.store.landing import LandedRecord, Landing, land, writing
from kpitaps.store.tables import contribution, generation

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import datetime

    from kpitaps.store.engine import Database
    from kpitaps.store.series import SeriesBook


def last_sweep(database: Database, number: int) -> datetime | None:
    """Return when a generation was last read completely; None if it never was."""
    with database.read() as connection:
        swept = connection.execute(sa.select(generation.c.swept_at).where(generation.c.id == number)).scalar()
    return None if swept is None else from_micros(swept)


def highest_number(database: Database, number: int) -> int | None:
    """Return the highest clock among a generation's records that are numbered; None if none is.

    What its source changes from now on has a higher one.
    """
    is_mine = sa.and_(contribution.c.generation_id == number, contribution.c.updated_at < NONE)
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.max(contribution.c.updated_at)).where(is_mine)).scalar()


def count_records(database: Database, number: int) -> int:
    """Return how many records a generation holds that contribute something."""
    query = sa.select(sa.func.count()).select_from(contribution).where(_contributing(number))
    with database.read() as connection:
        return connection.execute(query).scalar_one()


def sweep(
    database: Database,
    book: SeriesBook,
    seen: Container[bytes] | None,
    *,
    observed_at: datetime,
    restates_before: int,
    older_than: datetime,
    up_to: int | None = None,
) -> Landing:
    """Delete what the records that were not ``seen`` contribute, and keep that the generation was read completely.

    Args:
        database: The ledger's database.
        book: The series of the generation that was read.
        seen: The hashed keys of all records that the source still has; None after the first load, which misses nothing.
        observed_at: When the read began.
        restates_before: Ordinal day; a change to an earlier day counts as a restatement.
        older_than: Records that were updated at this instant or later are left alone.
        up_to: Of records that have a number in place of a time, those with a higher clock are left alone: see
            `highest_number`. None leaves all of them.

    Raises:
        LedgerUnavailable: if the database cannot be written; nothing has changed then.
    """
    with writing(database, book) as (connection, mine):
        gone = {} if seen is None else _missing(connection, book.generation, seen, to_micros(older_than), up_to)
        landing = land(connection, mine, gone, to_micros(observed_at), restates_before)
        connection.execute(
            sa.update(generation).where(generation.c.id == book.generation).values(swept_at=to_micros(observed_at))
        )
    return landing


def _missing(
    connection: sa.Connection, number: int, seen: Container[bytes], before: int, up_to: int | None
) -> dict[bytes, LandedRecord]:
    rows = connection.execute(sa.select(contribution.c.record, contribution.c.updated_at).where(_contributing(number)))
    return {
        record: LandedRecord(record, clock, ())
        for record, clock in rows
        if record not in seen and (up_to is not None and clock <= up_to if is_numbered(clock) else clock < before)
    }


def _contributing(number: int) -> sa.ColumnElement[bool]:
    return sa.and_(contribution.c.generation_id == number, contribution.c.entries != b"")
