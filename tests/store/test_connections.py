"""Connections, and what their accounts hold back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from store.shelf import ACCOUNT, NOW, ORDERS, a_connection, a_generation, a_stream, dump, entry, record

from kpitaps import Incomplete
from kpitaps.calendar import Span, day_start
from kpitaps.errors import BadUse
from kpitaps.store import (
    Company,
    Ledger,
    find_company,
    list_companies,
    list_connections,
    note_account,
    put_company,
    read_spans,
)

if TYPE_CHECKING:
    from conftest import Desk

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAYS = timedelta(days=1)
HORIZON = date(2025, 1, 9)


def hides(desk: Desk, before: date | None, *streams: str, reason: str = "older orders are hidden") -> None:
    """Say that the account holds back what is older; nothing if there is no stream."""
    instant = None if before is None else day_start(before, AMSTERDAM)
    gap = Incomplete(streams, instant, reason, "grant the scope")
    note_account(desk.ledger.database, desk.connection.id, replace(ACCOUNT, incomplete=(gap,) if streams else ()))


def gap(desk: Desk) -> date | None:
    coverage = desk.ledger.reader(desk.connection.company_id).coverage(ORDERS.key)
    return coverage.incomplete_before


def read(desk: Desk, first: date, last: date) -> None:
    desk.land(span=Span(day_start(first, AMSTERDAM), day_start(last, AMSTERDAM)))


def test_a_connection_is_kept_as_it_was_added(ledger: Ledger) -> None:
    """What was stored comes back, with a salt of its own."""
    one = a_connection(ledger, "one", plain={"shop": "x", "days": 3})
    two = a_connection(ledger, "two", replace(ACCOUNT, id="shop-2"))
    assert list_connections(ledger.database) == [one, two]
    assert list_connections(ledger.database, one.company_id + 1) == []
    assert one.settings == {"shop": "x", "days": 3}
    assert one.salt != two.salt
    assert len(one.salt) == 16


def test_the_same_account_again_is_brought_up_to_date(ledger: Ledger) -> None:
    """Adding an account a second time changes its settings and secrets, and keeps its id and salt."""
    one = a_connection(ledger, "one", plain={"shop": "x"}, secrets={"token": "old"})
    again = a_connection(ledger, "renamed", plain={"shop": "y"}, secrets={"token": "new"})
    assert (again.id, again.salt, again.name) == (one.id, one.salt, "renamed")
    assert again.values(ledger.vault) == {"shop": "y", "token": "new"}
    assert len(list_connections(ledger.database)) == 1


def test_a_name_stands_for_one_connection(ledger: Ledger) -> None:
    """Another account under a name that is taken is refused, and nothing changes."""
    a_connection(ledger, "one")
    with pytest.raises(BadUse, match="there is a connection 'one' already, for another account: choose another --name"):
        a_connection(ledger, "one", replace(ACCOUNT, id="shop-2"))
    assert len(list_connections(ledger.database)) == 1


def test_companies_are_made_and_changed_by_key(ledger: Ledger) -> None:
    """The key names a company; putting it again changes the rest."""
    with pytest.raises(BadUse, match="there is no company 'main': there are none yet"):
        find_company(ledger.database, "main")
    made = put_company(ledger.database, Company(0, "main", "Acme", "EUR", "Europe/Amsterdam"))
    changed = put_company(ledger.database, Company(0, "main", "Acme BV", "EUR", "Europe/Brussels", 6, 4))
    assert list_companies(ledger.database) == [changed]
    assert (changed.id, find_company(ledger.database, "main")) == (made.id, changed)
    with pytest.raises(BadUse, match="there is no company 'other': there are main"):
        find_company(ledger.database, "other")


def test_the_account_is_kept_as_it_is_now(desk: Desk) -> None:
    """Name, zone and currency follow the source."""
    note_account(
        desk.ledger.database, desk.connection.id, replace(ACCOUNT, name="New", time_zone="UTC", currency="USD")
    )
    now = list_connections(desk.ledger.database)[0]
    assert (now.account_name, now.time_zone, now.currency, now.id) == ("New", "UTC", "USD", desk.connection.id)


def test_a_gap_stays_where_it_was_when_the_days_were_read(desk: Desk) -> None:
    """The source's horizon moves on every day; what was read before it passed is not lost."""
    hides(desk, HORIZON, "orders", "checkouts")
    read(desk, date(2024, 12, 1), date(2025, 3, 10))
    hides(desk, HORIZON + 20 * DAYS, "orders")
    assert gap(desk) == HORIZON
    reader = desk.ledger.reader(desk.connection.company_id)
    assert reader.coverage(ORDERS.key).reasons == ("older orders are hidden",)


@pytest.mark.parametrize("first", [None, HORIZON + 10 * DAYS], ids=["nothing was read", "some days were read"])
def test_a_gap_moves_over_days_that_were_not_read_in_time(desk: Desk, first: date | None) -> None:
    """Days that the horizon passed before anybody read them are hidden for good."""
    hides(desk, HORIZON, "orders")
    if first:
        read(desk, first, date(2025, 3, 10))
    hides(desk, HORIZON + 20 * DAYS, "orders")
    assert gap(desk) == HORIZON + 20 * DAYS


@pytest.mark.parametrize("after", [None, HORIZON - 100 * DAYS], ids=["gone", "smaller"])
def test_a_gap_that_closes_makes_the_stream_read_again(desk: Desk, after: date | None) -> None:
    """When a scope was granted all is read again, beside the numbers that are there."""
    hides(desk, HORIZON, "orders")
    desk.land(record("a", 1, entry(ORDERS, 1)), span=Span(NOW - DAYS, NOW))
    other = a_generation(desk.ledger, desk.connection, a_stream(name="others"))
    hides(desk, after, *(["orders"] if after else []))
    assert gap(desk) == after
    assert list(read_spans(desk.ledger.database, desk.generation.id)) == []
    assert len(dump(desk.ledger)["measurement"]) == 1
    assert other.id != desk.generation.id


def test_a_stream_that_is_hidden_altogether_has_no_whole_day(desk: Desk) -> None:
    """Without a date every day lacks data; of several gaps the worse one counts."""
    gaps = (
        Incomplete(("orders",), day_start(HORIZON, AMSTERDAM), "some", "x"),
        Incomplete(("orders",), None, "all", "x"),
        Incomplete(("orders",), datetime(2024, 1, 1, tzinfo=UTC), "few", "x"),
    )
    note_account(desk.ledger.database, desk.connection.id, replace(ACCOUNT, incomplete=gaps))
    assert gap(desk) == date.max
    hides(desk, None, "orders")
    assert gap(desk) == date.max
