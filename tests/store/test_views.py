"""Views for people."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from store.shelf import DAY, NOW, ORDERS, a_generation, a_stream, entry, meets, record

from kpitaps.store import LandedEntry, LandedFlag, Run, SeriesBook, activate, flag_checked, land_days, log_run

if TYPE_CHECKING:
    from conftest import Desk


def view(desk: Desk, name: str) -> list[dict[str, Any]]:
    with desk.ledger.database.read() as connection:
        return [dict(row) for row in connection.execute(sa.text(f"SELECT * FROM {name}")).mappings()]


def test_measurements_are_readable(desk: Desk) -> None:
    """One row per measure, labels and day: names, a date, units instead of millionths, exact on PostgreSQL."""
    cents = LandedEntry(("order_revenue", ("web", "", "mug"), "EUR"), DAY, 9_007_199_254_740_990_000 + 10_000, 0)
    desk.land(record("a", 1, cents, meets(1)))
    row, *others = view(desk, "measurements")
    assert others == []
    assert json.loads(row["labels"]) == {"product": "mug", "sales_channel": "web"}
    assert str(row["day"]) == "2025-03-01"
    if desk.ledger.database.is_sqlite:
        assert row["observed_at"] == "2025-03-10T12:00:00Z"
    else:
        assert (row["observed_at"], row["amount"]) == (NOW, Decimal("9007199254741.00"))
    assert {name: row[name] for name in ("company", "connection", "tap", "stream", "measure", "currency", "of")} == {
        "company": "main",
        "connection": "acme",
        "tap": "toy",
        "stream": "orders",
        "measure": "order_revenue",
        "currency": "EUR",
        "of": 0,
    }
    assert (row["unit"], row["kind"], row["revision"]) == ("money", "flow", 0)


def test_every_day_of_the_calendar_is_shown_right(desk: Desk) -> None:
    """Ordinals become the dates they stand for, leap days and centuries included."""
    days = [
        date(1, 1, 1),
        date(1900, 2, 28),
        date(1999, 12, 31),
        date(2000, 2, 29),
        date(2024, 12, 31),
        date(9999, 1, 1),
    ]
    desk.land(record("a", 1, *(entry(ORDERS, 1, day.toordinal()) for day in days)))
    assert sorted(str(row["day"]) for row in view(desk, "measurements")) == [day.isoformat() for day in days]


def test_only_what_figures_are_made_of_is_shown(desk: Desk) -> None:
    """A day that became zero, and a generation that is still loading, are not shown."""
    desk.land(record("a", 1, entry(ORDERS, 1)), record("b", 1, entry(ORDERS, 2, DAY + 1)))
    desk.land(record("a", 2))
    loading = a_generation(desk.ledger, desk.connection, a_stream(), "second")
    desk.book.generation = loading.id
    assert [row["amount"] for row in view(desk, "measurements")] == [2]
    activate(desk.ledger.database, loading.id)
    assert view(desk, "measurements") == []


def test_flags_are_readable(desk: Desk) -> None:
    """What is said against days, in dates and words; what a way of reading says that is still loading is left out."""
    flag = LandedFlag("orders", DAY, DAY + 13, "sampled", "A sample.", "Ask for less.")
    loading = a_generation(desk.ledger, desk.connection, a_stream(), "second")
    for generation in (desk.generation, loading):
        book = SeriesBook(generation.id, [ORDERS])
        land_days(desk.ledger.database, book, [], range(DAY, DAY + 14), None, observed_at=NOW, flags=[flag])
    flag_checked(desk.ledger.database, desk.connection.id, "books", [flag._replace(fix="")])
    (row, other) = sorted(view(desk, "flags"), key=lambda row: row["origin"], reverse=True)
    assert {name: str(value) for name, value in row.items()} == {
        "company": "main",
        "connection": "acme",
        "tap": "toy",
        "origin": "orders",
        "measure": "orders",
        "first_day": "2025-03-01",
        "last_day": "2025-03-14",
        "quality": "sampled",
        "reason": "A sample.",
        "fix": "Ask for less.",
    }
    assert (other["origin"], other["fix"]) == ("books", "")


def test_runs_are_readable(desk: Desk) -> None:
    """The run log with names and instants; a run that has not ended has no end."""
    start = datetime(2025, 3, 10, 11, 59, 58, tzinfo=UTC)
    log_run(
        desk.ledger.database, Run(desk.connection.id, "orders", start, start + timedelta(seconds=2), "ok", "", None, 7)
    )
    log_run(desk.ledger.database, Run(desk.connection.id, "orders", start))
    done, going = view(desk, "runs")
    assert (done["connection"], done["stream"], done["outcome"], done["records"]) == ("acme", "orders", "ok", 7)
    sqlite = desk.ledger.database.is_sqlite
    assert done["started_at"] == ("2025-03-10T11:59:58Z" if sqlite else start)
    assert done["ended_at"] == ("2025-03-10T12:00:00Z" if sqlite else start + timedelta(seconds=2))
    assert going["ended_at"] is None
