"""A ledger with one company, one connection and one generation to land into."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet

from kpitaps import VOCABULARY, Account, Measure
from kpitaps.store import (
    Company,
    Connection,
    Generation,
    LandedEntry,
    LandedRecord,
    Ledger,
    Vault,
    add_connection,
    current_generation,
    put_company,
)
from kpitaps.store.tables import metadata
from kpitaps.tap import Stream, StreamKind

NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)
DAY = date(2025, 3, 1).toordinal()
ACCOUNT = Account("shop-1", "Acme", "Europe/Amsterdam", "EUR")
REVENUE, ORDERS, BUYERS, DEALS = (VOCABULARY[key] for key in ("order_revenue", "orders", "buyers", "pipeline_value"))
FEEDS = (REVENUE, ORDERS, BUYERS, DEALS)
KEY = Fernet.generate_key().decode()
EURO = 1_000_000


def open_ledger(url: str, key: str = KEY) -> Ledger:
    """Open a ledger with a key that is the same all session long."""
    return Ledger(url, Vault(key))


def a_connection(ledger: Ledger, name: str = "acme", account: Account = ACCOUNT, **more: Any) -> Connection:
    """Add a connection to the company ``main``, which is made if need be."""
    company = put_company(ledger.database, Company(0, "main", "Acme", "EUR", "Europe/Amsterdam"))
    terms: dict[str, Any] = {"tap": "toy", "plain": {}, "secrets": {"token": "t"}, "now": NOW}
    return add_connection(
        ledger.database, ledger.vault, company_id=company.id, name=name, account=account, **{**terms, **more}
    )


def a_stream(kind: StreamKind = StreamKind.RECORDS, name: str = "orders", **more: Any) -> Stream:
    """Return a stream that feeds every kind of measure."""
    terms: dict[str, Any] = {"read": list, "feeds": FEEDS, "every": timedelta(hours=1)}
    return Stream(name, kind, **{**terms, **more})


def a_generation(
    ledger: Ledger, connection: Connection, stream: Stream, mark: str = "first", **more: Any
) -> Generation:
    """Return the generation with that fingerprint."""
    terms: dict[str, Any] = {"time_zone": connection.time_zone, "history_from": datetime(2025, 1, 1, tzinfo=UTC)}
    return current_generation(ledger.database, connection.id, stream, mark, **{**terms, "now": NOW, **more})


def entry(measure: Measure, amount: int, day: int = DAY, of: int = 0, currency: str = "", **labels: str) -> LandedEntry:
    """Return an entry of so many units."""
    if measure is REVENUE or measure is DEALS:
        currency = currency or "EUR"
    return LandedEntry((measure.key, measure.label_values(labels), currency), day, amount * EURO, of * EURO)


def meets(who: int, day: int = DAY) -> LandedEntry:
    """Return an entry that counts a buyer."""
    return LandedEntry((BUYERS.key, (), ""), day, who, -who)


def record(key: str, clock: int, *entries: LandedEntry) -> LandedRecord:
    """Return a record; without entries it was deleted."""
    return LandedRecord(key.encode().ljust(16, b"."), clock, entries)


def dump(ledger: Ledger, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of the tables, sorted."""
    found = {}
    with ledger.database.read() as connection:
        for name in tables or ("contribution", "measurement", "member"):
            found[name] = sorted(tuple(row) for row in connection.execute(sa.select(metadata.tables[name])))
    return found


def sums(ledger: Ledger) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Return what is not zero: (measure, labels, currency, ordinal day) → numerator and denominator in millionths."""
    query = sa.text(
        "SELECT s.measure, s.labels, s.currency, m.day, m.numerator, m.denominator FROM measurement m"
        " JOIN series s ON s.id = m.series_id JOIN generation g ON g.id = s.generation_id AND g.state = 'active'"
        " WHERE m.numerator <> 0 OR m.denominator <> 0"
    )
    with ledger.database.read() as connection:
        return {tuple(row[:4]): (row[4], row[5]) for row in connection.execute(query)}
