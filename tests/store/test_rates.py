"""Reference rates in the ledger: one stretch of days without a gap."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from store.shelf import NOW, ORDERS, REVENUE, a_connection, entry, record

from kpitaps import Account
from kpitaps.errors import BadUse
from kpitaps.store.rates import (
    RateDay,
    find_rate_feed,
    foreign_currencies,
    land_rates,
    last_rates,
    list_rates,
    next_weekday,
    note_rates_failure,
)

if TYPE_CHECKING:
    from conftest import Desk
    from kpitaps.store import Ledger

FRIDAY, MONDAY, TUESDAY = date(2025, 3, 7), date(2025, 3, 10), date(2025, 3, 11)


def land(ledger: Ledger, *days: date, at: datetime = NOW, **rates: int) -> int:
    """Land the same rates for some days."""
    return land_rates(ledger.database, [RateDay(day, rates) for day in days], at)


def test_a_new_ledger_has_no_rates(ledger: Ledger) -> None:
    """Nothing is known, and nobody has tried."""
    feed = find_rate_feed(ledger.database)
    assert (feed.first, feed.last, feed.changes, feed.tried_at, feed.message) == (None, None, 0, None, "")
    assert (list_rates(ledger.database, "USD"), last_rates(ledger.database)) == ({}, {})


def test_rates_are_landed_once(ledger: Ledger) -> None:
    """What is there already is no change; what differs takes its place, and what a file leaves out stays."""
    assert land(ledger, FRIDAY, MONDAY, USD=2, GBP=3) == 4
    assert land(ledger, FRIDAY, MONDAY, USD=2) == 0
    assert find_rate_feed(ledger.database).changes == 1
    assert land(ledger, MONDAY, USD=5) == 1
    assert list_rates(ledger.database, "USD") == {FRIDAY.toordinal(): 2, MONDAY.toordinal(): 5}
    assert last_rates(ledger.database) == {"GBP": MONDAY, "USD": MONDAY}
    assert find_rate_feed(ledger.database).changes == 2


def test_the_stretch_grows_at_both_ends(ledger: Ledger) -> None:
    """Monday goes on where Friday ended; a history that reaches up to Friday goes before it."""
    land(ledger, FRIDAY, USD=1)
    land(ledger, MONDAY, USD=1)
    land(ledger, date(2025, 3, 5), date(2025, 3, 6), USD=1)
    feed = find_rate_feed(ledger.database)
    assert (feed.first, feed.last) == (date(2025, 3, 5), MONDAY)


@pytest.mark.parametrize("day", [TUESDAY, date(2025, 3, 5)])
def test_a_gap_is_refused(ledger: Ledger, day: date) -> None:
    """Days in between that were not read would count as days without rates; nothing is landed."""
    land(ledger, FRIDAY, USD=1)
    with pytest.raises(BadUse, match="leave a gap"):
        land(ledger, day, USD=1)
    assert find_rate_feed(ledger.database).last == FRIDAY
    assert list_rates(ledger.database, "USD") == {FRIDAY.toordinal(): 1}


def test_weekends_are_no_gap() -> None:
    """From Friday on the next weekday is Monday, from Monday on it is Tuesday."""
    assert [next_weekday(FRIDAY + timedelta(days=days)) for days in range(4)] == [MONDAY, MONDAY, MONDAY, TUESDAY]


def test_failures_are_kept_until_it_goes_well(ledger: Ledger) -> None:
    """A failure says when and why, and leaves the rates alone; the next success clears it."""
    later = NOW + timedelta(hours=1)
    land(ledger, FRIDAY, USD=1)
    note_rates_failure(ledger.database, "It was down.", later, later + timedelta(minutes=5))
    feed = find_rate_feed(ledger.database)
    assert (feed.message, feed.tried_at, feed.read_at) == ("It was down.", later, NOW)
    assert (feed.retry_at, feed.last) == (later + timedelta(minutes=5), FRIDAY)
    land(ledger, FRIDAY, at=later, USD=1)
    feed = find_rate_feed(ledger.database)
    assert (feed.message, feed.retry_at, feed.read_at, feed.changes) == ("", None, later, 1)


def test_which_currencies_need_rates(desk: Desk) -> None:
    """Those of a company's accounts and of its money, but for the one that it reports in."""
    assert foreign_currencies(desk.ledger.database) == {}
    desk.land(record("a", 1, entry(REVENUE, 5, currency="USD"), entry(REVENUE, 5), entry(ORDERS, 1)))
    a_connection(desk.ledger, "second", Account("shop-2", "Acme UK", "Europe/London", "GBP"))
    assert foreign_currencies(desk.ledger.database) == {desk.connection.company_id: {"USD", "GBP"}}
