"""Connections that are disconnected: their history stays, or nothing does."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from store.shelf import (
    BUYERS,
    DAY,
    DEALS,
    EURO,
    FEEDS,
    NOW,
    ORDERS,
    a_connection,
    a_generation,
    a_stream,
    dump,
    entry,
    meets,
    record,
)

from kpitaps import Account, Incomplete
from kpitaps.calendar import Span
from kpitaps.http import Issued
from kpitaps.store import (
    Connection,
    Consent,
    DayTotal,
    Grants,
    LandedFlag,
    Ledger,
    Run,
    SeriesBook,
    flag_checked,
    land_records,
    list_connections,
    log_run,
    note_account,
    open_repairs,
    purge_connection,
    set_owner,
    set_repairs,
    stop_connection,
)
from kpitaps.store.tables import metadata

if TYPE_CHECKING:
    from store.conftest import Desk

SPAN = Span(NOW - timedelta(days=20), NOW)
TOKENS = Issued("access-secret", 600.0, "refresh-secret")
FILLED = (
    *("connection", "contribution", "edition", "flag", "generation", "incomplete", "measurement", "member"),
    *("oauth_grant", "owner", "repair", "run", "series", "span"),
)
# Figures of a company are dropped whole: nothing in them tells which connection they were made of.
OF_THE_COMPANY = {"kpi_series", "kpi_day", "kpi_figure", "goal_day", "goal_definition", "digest_sending"}
OF_THE_WORLD = {"rate", "rate_feed"}
NOT_OF_A_CONNECTION = {"company", "connection", "oauth_grant", "owner", *OF_THE_COMPANY, *OF_THE_WORLD}


def a_full_connection(ledger: Ledger, number: int, key: str = "anna@app", tap: str = "toy") -> Connection:
    """Return a connection with rows in every table that can have some."""
    account = Account(f"account-{number}", f"Shop {number}", "Europe/Amsterdam", "EUR")
    secrets = {"token": f"secret-{number}"}
    made = a_connection(ledger, f"shop {number}", account, tap=tap, secrets=secrets, grant=Consent(key, TOKENS))
    book = SeriesBook(a_generation(ledger, made, a_stream()).id, FEEDS)
    parts = [record("a", 1, entry(ORDERS, number), entry(DEALS, number), meets(number))]
    land_records(ledger.database, book, parts, SPAN, observed_at=NOW)
    gap = Incomplete(("orders",), NOW - timedelta(days=9), "hidden", "grant it")
    note_account(ledger.database, made.id, Account(account.id, account.name, account.time_zone, "EUR", (gap,)))
    log_run(ledger.database, Run(made.id, "orders", NOW, NOW, "ok"))
    set_repairs(ledger.database, made.id, {"needs_auth:account": ("refused", "authorise")}, now=NOW)
    set_owner(ledger.database, made.company_id, tap, [ORDERS.key])
    flag_checked(ledger.database, made.id, "books", [LandedFlag("orders", DAY, DAY, "incomplete", "Something.")])
    return made


def test_every_table_hangs_on_the_connection() -> None:
    """Whatever belongs to a connection is deleted with it, by the database: also in tables that are still to come."""
    gone = {"connection"}
    for table in metadata.sorted_tables:  # parents first
        if any(key.column.table.name in gone and key.ondelete == "CASCADE" for key in table.foreign_keys):
            gone.add(table.name)
    assert metadata.tables.keys() - gone == NOT_OF_A_CONNECTION - {"connection"}


def test_nothing_is_left_of_what_is_purged(ledger: Ledger) -> None:
    """Every table is as empty as it was, but for the company; no name, id or secret is in SQLite's file any more."""
    company = a_connection(ledger).company_id
    purge_connection(ledger.database, list_connections(ledger.database)[0])
    before = dump(ledger, *metadata.tables)
    made = a_full_connection(ledger, 1)
    assert made.company_id == company
    assert all(dump(ledger, *FILLED).values())
    purge_connection(ledger.database, made)
    assert dump(ledger, *metadata.tables) == before
    if ledger.database.is_sqlite:
        home = Path(str(ledger.database.engine.url.database))
        left = b"".join(path.read_bytes() for path in home.parent.glob(f"{home.name}*"))
        assert [word for word in (b"account-1", b"Shop 1", made.sealed, made.salt) if word in left] == []


def test_others_lose_nothing_by_a_purge(ledger: Ledger) -> None:
    """Another connection of the same tap, company and grant keeps every row, the grant and the owner included."""
    kept = a_full_connection(ledger, 2)
    before = dump(ledger, *metadata.tables)
    before.pop("oauth_grant")  # a second consent renews it
    purge_connection(ledger.database, a_full_connection(ledger, 1))
    after = dump(ledger, *metadata.tables)
    assert len(after.pop("oauth_grant")) == 1
    assert after == before
    purge_connection(ledger.database, kept)
    assert dump(ledger, "oauth_grant", "owner") == {"oauth_grant": [], "owner": []}


def test_a_stopped_connection_keeps_its_history_and_no_secret(ledger: Ledger) -> None:
    """Figures stay; secrets, grant and open repairs go; it is listed apart."""
    made = a_full_connection(ledger, 1)
    before = dump(ledger)
    stop_connection(ledger.database, ledger.vault, made, now=NOW)
    assert dump(ledger) == before
    assert list_connections(ledger.database) == []
    (stopped,) = list_connections(ledger.database, stopped=True)
    assert (stopped.values(ledger.vault), stopped.grant_key, stopped.stopped_at) == ({}, None, NOW)
    assert open_repairs(ledger.database) == []
    assert Grants(ledger.database, ledger.vault).find("toy", "anna@app") is None


def test_a_shared_grant_outlives_a_connection(ledger: Ledger) -> None:
    """The grant goes with the last connection that uses it."""
    grants = Grants(ledger.database, ledger.vault)
    for number in (1, 2):
        a_full_connection(ledger, number)
    for stopped, is_there in zip(list_connections(ledger.database), (True, False), strict=True):
        stop_connection(ledger.database, ledger.vault, stopped, now=NOW)
        assert bool(grants.find("toy", "anna@app")) is is_there


def test_adding_it_again_goes_on_where_it_was(ledger: Ledger) -> None:
    """The same account gets its old connection back, history and salt included."""
    made = a_full_connection(ledger, 1)
    stop_connection(ledger.database, ledger.vault, made, now=NOW)
    again = a_full_connection(ledger, 1)
    assert (again.id, again.salt, again.stopped_at) == (made.id, made.salt, None)


def test_nothing_is_stored_where_the_name_is_taken(ledger: Ledger) -> None:
    """A consent whose connection cannot be stored leaves no grant behind."""
    from kpitaps.errors import BadUse

    a_connection(ledger, "acme")
    before = dump(ledger, *metadata.tables)
    with pytest.raises(BadUse):
        a_connection(ledger, "acme", Account("2", "B", "UTC", "EUR"), grant=Consent("k", TOKENS))
    assert dump(ledger, *metadata.tables) == before


def test_figures_count_until_it_was_stopped(desk: Desk) -> None:
    """What was read still counts, levels end the day after, and the others say how fresh the sum is."""
    parts = [record("a", 1, entry(ORDERS, 1), entry(DEALS, 1))]
    land_records(desk.ledger.database, desk.book, parts, Span(SPAN.start, NOW + timedelta(days=1)), observed_at=NOW)
    made = a_full_connection(desk.ledger, 2)
    stop_connection(desk.ledger.database, desk.ledger.vault, made, now=NOW)
    reader = desk.ledger.reader(desk.connection.company_id)
    assert reader.day_totals(ORDERS.key) == [DayTotal(DAY, "", "", 3 * EURO, 0)]
    ends = NOW.date().toordinal() + 1
    assert reader.day_totals(DEALS.key) == [
        DayTotal(DAY, "EUR", "", 3 * EURO, 0),
        DayTotal(ends, "EUR", "", -2 * EURO, 0),
    ]
    coverage = reader.coverage(ORDERS.key)
    assert (coverage.through, coverage.incomplete_before) == (NOW + timedelta(days=1), date(2025, 3, 1))


def test_what_was_stopped_before_it_was_ever_read_says_nothing(desk: Desk) -> None:
    """An account that was connected by mistake does not make the figures of the others unknown."""
    desk.land(span=SPAN)
    before = desk.ledger.reader(desk.connection.company_id).coverage(ORDERS.key)
    wrong = a_connection(desk.ledger, "wrong", Account("2", "B", "UTC", "EUR"))
    a_generation(desk.ledger, wrong, a_stream())
    stop_connection(desk.ledger.database, desk.ledger.vault, wrong, now=NOW)
    assert desk.ledger.reader(desk.connection.company_id).coverage(ORDERS.key) == before


def test_what_was_to_come_of_a_stopped_connection_counts_no_more(desk: Desk) -> None:
    """Days after it was disconnected get nothing of it, and a level that would have ended later ends then."""
    ends, later = NOW.date().toordinal() + 1, NOW.date().toordinal() + 9
    deal = [entry(DEALS, 5), entry(DEALS, -5, later)]
    desk.land(record("a", 1, *deal, entry(ORDERS, 1), entry(ORDERS, 1, later), meets(1, later)), span=SPAN)
    stop_connection(desk.ledger.database, desk.ledger.vault, desk.connection, now=NOW)
    reader = desk.ledger.reader(desk.connection.company_id)
    assert [(total.day, total.numerator // EURO) for total in reader.day_totals(DEALS.key)] == [(DAY, 5), (ends, -5)]
    assert [(total.day, total.numerator // EURO) for total in reader.day_totals(ORDERS.key)] == [(DAY, 1)]
    assert reader.distinct(BUYERS.key, date.fromordinal(ends), date.fromordinal(later)) == 0


def test_what_is_all_stopped_is_unknown_from_then_on(desk: Desk) -> None:
    """Nobody knows what happened after the only connection was disconnected."""
    desk.land(span=SPAN)
    stop_connection(desk.ledger.database, desk.ledger.vault, desk.connection, now=NOW + timedelta(days=1))
    assert desk.ledger.reader(desk.connection.company_id).coverage(ORDERS.key).through == NOW


def test_a_ledger_that_is_read_can_be_compacted(ledger: Ledger) -> None:
    """Afterwards it works as before: the connections to the database are still in the mode they were opened in."""
    a_connection(ledger)
    ledger.database.compact()
    with ledger.database.write() as connection:
        connection.execute(sa.text("UPDATE company SET name = 'B'"))
    with suppress(ZeroDivisionError), ledger.database.write() as connection:
        connection.execute(sa.text("UPDATE company SET name = 'C'"))
        1 / 0  # noqa: B018 - fails half-way
    with ledger.database.read() as connection:
        assert connection.execute(sa.text("SELECT name FROM company")).scalar() == "B"
