"""Reference rates, as the European Central Bank publishes them, and how reading them went.

What is kept is one stretch of days without a gap: a day inside it that has no rates never had any.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from kpitaps.errors import BadUse
from kpitaps.store.instants import from_micros, to_micros
from kpitaps.store.tables import company, rate, rate_feed, series
from kpitaps.store.tables import connection as connection_table
from kpitaps.store.tables import generation as generation_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpitaps.store.engine import Database

_CHUNK = 5_000
"""Rows that are written at once."""

_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class RateDay:
    """The rates of one day: how many millionths of each currency a euro was worth."""

    day: date
    per_euro: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RateFeed:
    """What is known of reference rates, and how reading them went.

    Attributes:
        first: The first day with rates; None while there are none.
        last: The last day with rates.
        changes: How often anything was changed.
        read_at: When they were last read without trouble.
        tried_at: When that was last tried.
        retry_at: When the source asked to be called again; None if it did not.
        message: What went wrong the last time; empty if nothing did.
    """

    first: date | None
    last: date | None
    changes: int
    read_at: datetime | None
    tried_at: datetime | None
    retry_at: datetime | None
    message: str


def next_weekday(day: date) -> date:
    """Return the next day from Monday to Friday: between the two no rates are ever published."""
    day += timedelta(days=1)
    while day.weekday() >= _WEEKEND:
        day += timedelta(days=1)
    return day


def find_rate_feed(database: Database) -> RateFeed:
    """Return what is known of reference rates."""
    with database.read() as connection:
        return _feed(connection)


def list_rates(database: Database, currency: str) -> dict[int, int]:
    """Return how many millionths of a currency a euro was worth, by day (an ordinal)."""
    mine = sa.select(rate.c.day, rate.c.per_euro).where(rate.c.currency == currency)
    with database.read() as connection:
        return {row.day: row.per_euro for row in connection.execute(mine)}


def last_rates(database: Database) -> dict[str, date]:
    """Return the last day that each currency has a rate of."""
    last = sa.select(rate.c.currency, sa.func.max(rate.c.day)).group_by(rate.c.currency)
    with database.read() as connection:
        return {currency: date.fromordinal(day) for currency, day in connection.execute(last)}


def land_rates(database: Database, days: Sequence[RateDay], now: datetime) -> int:
    """Store the rates of some days, without a gap between the first and the last one, and return how many are new.

    Rates that are stored already are replaced where they differ; none is taken away.

    Raises:
        BadUse: if there is a gap between these days and those that are stored: it would count as days without rates.
    """
    with database.write() as connection:
        # One writer at a time on PostgreSQL as well: two would both insert the day that is new.
        connection.execute(sa.select(rate_feed.c.id).with_for_update())
        feed = _feed(connection)
        first, last = days[0].day, days[-1].day
        _refuse_gap(feed, first, last)
        changed, in_place = _changed(connection, days, to_micros(now))
        _replace(connection, changed, in_place)
        values = {
            "first_day": min(first, feed.first or first).toordinal(),
            "last_day": max(last, feed.last or last).toordinal(),
            "changes": feed.changes + bool(changed),
            "read_at": to_micros(now),
            "tried_at": to_micros(now),
            "retry_at": None,
            "message": "",
        }
        connection.execute(sa.update(rate_feed).values(values))
    return len(changed)


def note_rates_failure(database: Database, message: str, now: datetime, retry_at: datetime | None) -> None:
    """Write down that rates could not be read."""
    values = {"tried_at": to_micros(now), "message": message, "retry_at": None if not retry_at else to_micros(retry_at)}
    with database.write() as connection:
        connection.execute(sa.update(rate_feed).values(values))


def foreign_currencies(database: Database) -> dict[int, set[str]]:
    """Return, by company, the currencies of its money and of its accounts that are not the one it reports in."""
    of_series = (
        sa.select(connection_table.c.company_id, series.c.currency)
        .join(generation_table, generation_table.c.id == series.c.generation_id)
        .join(connection_table, connection_table.c.id == generation_table.c.connection_id)
    )
    of_accounts = sa.select(connection_table.c.company_id, connection_table.c.currency)
    used = sa.union(of_series, of_accounts).subquery()
    foreign = (
        sa.select(used.c.company_id, used.c.currency)
        .join(company, company.c.id == used.c.company_id)
        .where(used.c.currency != "", used.c.currency != company.c.currency)
    )
    found: dict[int, set[str]] = defaultdict(set)
    with database.read() as connection:
        for key, currency in connection.execute(foreign):
            found[key].add(currency)
    return dict(found)


def _feed(connection: sa.Connection) -> RateFeed:
    row = connection.execute(sa.select(rate_feed)).one()
    first, last = (None if day is None else date.fromordinal(day) for day in (row.first_day, row.last_day))
    read, tried, retry = (None if at is None else from_micros(at) for at in (row.read_at, row.tried_at, row.retry_at))
    return RateFeed(first, last, row.changes, read, tried, retry, row.message)


def _refuse_gap(feed: RateFeed, first: date, last: date) -> None:
    if feed.first is None or feed.last is None:
        return
    if first > next_weekday(feed.last) or feed.first > next_weekday(last):
        raise BadUse(
            f"the rates of {first} to {last} leave a gap to those that are there, of {feed.first} to {feed.last}: "
            "load a file that reaches from one to the other"
        )


def _changed(
    connection: sa.Connection, days: Sequence[RateDay], observed_at: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows that differ from what is stored, and the keys of those that are in their place."""
    inside = rate.c.day.between(days[0].day.toordinal(), days[-1].day.toordinal())
    stored = {(row.currency, row.day): row.per_euro for row in connection.execute(sa.select(rate).where(inside))}
    rows = [
        {"currency": currency, "day": day, "per_euro": per_euro, "observed_at": observed_at}
        for each in days
        for day in (each.day.toordinal(),)
        for currency, per_euro in each.per_euro.items()
        if stored.get((currency, day)) != per_euro
    ]
    keys = ((row["currency"], row["day"]) for row in rows)
    return rows, [{"of": currency, "on": day} for currency, day in keys if (currency, day) in stored]


def _replace(connection: sa.Connection, rows: Sequence[dict[str, Any]], old: Sequence[dict[str, Any]]) -> None:
    if old:
        in_place = sa.and_(rate.c.currency == sa.bindparam("of"), rate.c.day == sa.bindparam("on"))
        connection.execute(sa.delete(rate).where(in_place), list(old))
    for start in range(0, len(rows), _CHUNK):
        connection.execute(sa.insert(rate), list(rows[start : start + _CHUNK]))
