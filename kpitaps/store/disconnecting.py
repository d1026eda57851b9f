"""Disconnecting: a connection stops and keeps its history, or leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.store.grants import Grants, forget_unused_grants
from kpitaps.store.instants import to_micros
from kpitaps.store.kpi_days import forget_kpis
from kpitaps.store.tables import connection as table
from kpitaps.store.tables import digest_sending, generation, goal_day, owner, repair

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps.store.connections import Connection
    from kpitaps.store.engine import Database
    from kpitaps.store.secrets import Vault


def stop_connection(database: Database, vault: Vault, stopped: Connection, *, now: datetime) -> None:
    """Forget a connection's secrets, and its grant unless another connection uses it; what was read stays."""
    mine = table.c.id == stopped.id
    nothing = {"secrets": vault.seal({}), "grant_key": None, "stopped_at": to_micros(now)}
    with database.write() as connection:
        connection.execute(sa.update(table).where(mine).values(nothing))
        still_open = sa.and_(repair.c.connection_id == stopped.id, repair.c.closed_at.is_(None))
        connection.execute(sa.update(repair).where(still_open).values(closed_at=to_micros(now)))
        forget_unused_grants(connection)
    Grants(database, vault).flush()


def purge_connection(database: Database, purged: Connection) -> None:
    """Delete a connection with all that was read of it, and its grant unless another connection uses it.

    Owners go too that were chosen for its tap, if the company has no other connection of it. Of SQLite's file the
    freed pages are overwritten: what was deleted cannot be found in it any more.

    Raises:
        LedgerUnavailable: if other processes do not let go of the file for a minute; the rows are gone all the same.
    """
    with database.write() as connection:
        # First what a sync holds while it lands: it may need the connection's row, and each would wait for the other.
        mine = generation.c.connection_id == purged.id
        connection.execute(sa.select(generation.c.id).where(mine).order_by(generation.c.id).with_for_update())
        connection.execute(sa.delete(table).where(table.c.id == purged.id))
        # Figures of the company were made of it.
        forget_kpis(connection, purged.company_id)
        connection.execute(sa.delete(goal_day).where(goal_day.c.company_id == purged.company_id))
        told = digest_sending.c.company_id == purged.company_id
        connection.execute(sa.update(digest_sending).where(told).values(told="{}"))
        forget_unused_grants(connection)
        rest = sa.select(table.c.tap).where(table.c.company_id == purged.company_id)
        lost = sa.and_(owner.c.company_id == purged.company_id, owner.c.tap == purged.tap, owner.c.tap.not_in(rest))
        connection.execute(sa.delete(owner).where(lost))
    database.compact()
