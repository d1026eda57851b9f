"""Landing listings: records of a source that can only be read as a whole, known by their version instead of a clock.

A listing has no use for the column of a contribution that holds the update clock of other streams; it keeps the
record's version there. So a version costs no room, and is written in the same row as what it stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.store import bulk
from kpitaps.store.instants import to_micros
from kpitaps.store.landing import LandedRecord, Landing, land, writing
from kpitaps.store.spans import keep_span
from kpitaps.store.tables import contribution, generation

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from datetime import datetime

    from kpitaps.calendar import Span
    from kpitaps.store.engine import Database
    from kpitaps.store.series import SeriesBook


def known_versions(database: Database, number: int) -> dict[bytes, int]:
    """Return the version of each record that a generation holds, by hashed key; 0 where it has none."""
    with database.read() as connection:
        return _versions(connection, number)


def land_listed(
    database: Database,
    book: SeriesBook,
    records: Iterable[LandedRecord],
    *,
    observed_at: datetime,
    restates_before: int,
) -> Landing:
    """Replace the contributions of some records of a listing; the last of doubles counts.

    Args:
        database: The ledger's database.
        book: The series of the generation that is read.
        records: What was listed; ``updated_at`` is the version.
        observed_at: When the listing began.
        restates_before: Ordinal day; a change to an earlier day counts as a restatement.

    Raises:
        LedgerUnavailable: if the database cannot be written; nothing has changed then.
    """
    last = {record.record: record for record in records}
    with writing(database, book) as (connection, mine):
        if _is_overtaken(connection, book.generation, observed_at):
            return Landing(len(last), 0, 0)
        return land(connection, mine, last, to_micros(observed_at), restates_before, by_clock=False)


def end_listing(
    database: Database,
    book: SeriesBook,
    seen: Container[bytes] | None,
    span: Span,
    *,
    observed_at: datetime,
    restates_before: int,
) -> Landing:
    """Say that a listing was read completely: what it did not show is deleted, and its time is known.

    Args:
        database: The ledger's database.
        book: The series of the generation that was read.
        seen: The hashed keys of all records that were listed; None deletes nothing.
        span: The time of which everything is known now.
        observed_at: When the listing began.
        restates_before: Ordinal day; a change to an earlier day counts as a restatement.

    Raises:
        LedgerUnavailable: if the database cannot be written; nothing has changed then.
    """
    at = to_micros(observed_at)
    with writing(database, book) as (connection, mine):
        if _is_overtaken(connection, book.generation, observed_at):
            return Landing(0, 0, 0)
        known = () if seen is None else _versions(connection, book.generation)
        gone = [record for record in known if seen is not None and record not in seen]
        emptied = {record: LandedRecord(record, 0, ()) for record in gone}
        landing = land(connection, mine, emptied, at, restates_before, by_clock=False)
        # Without clocks there is no late version that a gravestone would have to keep out.
        bulk.drop_contributions(connection, book.generation, gone)
        keep_span(connection, book.generation, span)
        connection.execute(sa.update(generation).where(generation.c.id == book.generation).values(swept_at=at))
    return Landing(0, landing.changed, landing.restated)


def forget_versions(connection: sa.Connection, number: int) -> None:
    """Forget at which version records were read: the next listing asks for all of their details again.

    What they contribute stays until then.
    """
    mine = contribution.c.generation_id == number
    connection.execute(sa.update(contribution).where(mine).values(updated_at=0))


def _versions(connection: sa.Connection, number: int) -> dict[bytes, int]:
    columns = (contribution.c.record, contribution.c.updated_at)
    rows = connection.execute(sa.select(*columns).where(contribution.c.generation_id == number))
    return {bytes(record): version for record, version in rows}


def _is_overtaken(connection: sa.Connection, number: int, observed_at: datetime) -> bool:
    """Return whether another process has ended a listing that began later: without clocks, the later one counts."""
    swept = connection.execute(sa.select(generation.c.swept_at).where(generation.c.id == number)).scalar()
    return swept is not None and swept > to_micros(observed_at)
