"""Companies: whose KPIs these are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.errors import BadUse
from kpitaps.store.tables import company

if TYPE_CHECKING:
    from kpitaps.store.engine import Database


@dataclass(frozen=True, slots=True)
class Company:
    """A company as it is stored.

    Attributes:
        id: Its number.
        key: The value of the label ``company``.
        name: What people call it.
        currency: Its reporting currency, ISO 4217.
        time_zone: IANA name of the zone its calendar runs in.
        week_start: 0 for Monday to 6 for Sunday.
        fiscal_year_start: The month, 1 to 12, in which its fiscal year starts.
    """

    id: int
    key: str
    name: str
    currency: str
    time_zone: str
    week_start: int = 0
    fiscal_year_start: int = 1


def list_companies(database: Database) -> list[Company]:
    """Return all companies by key."""
    with database.read() as connection:
        return [Company(*row) for row in connection.execute(sa.select(company).order_by(company.c.key))]


def find_company(database: Database, key: str) -> Company:
    """Return the company with that key.

    Raises:
        BadUse: if there is none.
    """
    companies = list_companies(database)
    for found in companies:
        if found.key == key:
            return found
    raise BadUse(f"there is no company {key!r}: there are {', '.join(c.key for c in companies) or 'none yet'}")


def put_company(database: Database, wanted: Company) -> Company:
    """Create the company, or bring the one with the same key up to date; its id is given by the ledger."""
    values = {
        "key": wanted.key,
        "name": wanted.name,
        "currency": wanted.currency,
        "time_zone": wanted.time_zone,
        "week_start": wanted.week_start,
        "fiscal_year_start": wanted.fiscal_year_start,
    }
    with database.write() as connection:
        known = connection.execute(sa.select(company.c.id).where(company.c.key == wanted.key)).scalar()
        if known is None:
            known = connection.execute(sa.insert(company).values(values).returning(company.c.id)).scalar_one()
        else:
            connection.execute(sa.update(company).where(company.c.id == known).values(values))
    return replace(wanted, id=known)
