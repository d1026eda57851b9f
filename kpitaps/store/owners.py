"""Owners: which tap's word counts for a measure that several taps of a company feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.store.tables import connection as connection_table
from kpitaps.store.tables import owner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpitaps.store.engine import Database


def list_owners(database: Database, company_id: int) -> dict[str, str]:
    """Return the tap that owns each measure of a company for which one was chosen."""
    with database.read() as connection:
        return owners_of(connection, company_id)


def owners_of(connection: sa.Connection, company_id: int) -> dict[str, str]:
    """Return the same, as of a transaction that is open."""
    mine = sa.select(owner.c.measure, owner.c.tap).where(owner.c.company_id == company_id)
    return {row.measure: row.tap for row in connection.execute(mine)}


def set_owner(database: Database, company_id: int, tap: str, measures: Iterable[str]) -> None:
    """Let a tap own measures of a company, whoever owned them before."""
    wanted = sorted(set(measures))
    if not wanted:
        return
    with database.write() as connection:
        connection.execute(sa.delete(owner).where(owner.c.company_id == company_id, owner.c.measure.in_(wanted)))
        rows = [{"company_id": company_id, "measure": measure, "tap": tap} for measure in wanted]
        connection.execute(sa.insert(owner), rows)


def connected_taps(database: Database, company_id: int) -> list[str]:
    """Return the taps that a company has connections of, the one that was connected first at the head."""
    first = sa.func.min(connection_table.c.id)
    query = (
        sa.select(connection_table.c.tap)
        .where(connection_table.c.company_id == company_id)
        .group_by(connection_table.c.tap)
        .order_by(first)
    )
    with database.read() as connection:
        return list(connection.execute(query).scalars())
