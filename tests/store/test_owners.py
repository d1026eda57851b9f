"""Of several taps that feed a measure, the one that owns it counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from store.shelf import (
    BUYERS,
    DAY,
    EURO,
    FEEDS,
    NOW,
    ORDERS,
    a_connection,
    a_generation,
    a_stream,
    entry,
    meets,
    record,
)

from kpitaps import Account
from kpitaps.calendar import Span
from kpitaps.store import DayTotal, SeriesBook, connected_taps, land_records, list_owners, set_owner

if TYPE_CHECKING:
    from store.conftest import Desk

SPAN = Span(NOW - timedelta(days=5), NOW)


@pytest.fixture
def company(desk: Desk) -> int:
    """A company of which the taps toy (1) and other (2) feed the same measures."""
    other = a_generation(desk.ledger, a_connection(desk.ledger, "second", tap="other"), a_stream())
    parts = [record("a", 1, entry(ORDERS, 2), meets(1), meets(2))]
    land_records(desk.ledger.database, SeriesBook(other.id, FEEDS), parts, SPAN, observed_at=NOW)
    desk.land(record("a", 1, entry(ORDERS, 1), meets(1)), span=SPAN)
    return desk.connection.company_id


@pytest.mark.parametrize(("tap", "amount", "buyers"), [("toy", 1, 1), ("other", 2, 2)])
def test_the_owner_counts(desk: Desk, company: int, tap: str, amount: int, buyers: int) -> None:
    """Totals, distinct counts and coverage are those of the tap that owns the measure, never the sum of both."""
    set_owner(desk.ledger.database, company, tap, [ORDERS.key, BUYERS.key])
    reader = desk.ledger.reader(company)
    assert reader.day_totals(ORDERS.key) == [DayTotal(DAY, "", "", amount * EURO, 0)]
    assert reader.distinct(BUYERS.key, date.fromordinal(DAY), NOW.date()) == buyers
    assert reader.coverage(ORDERS.key).through == NOW


def test_without_an_owner_nothing_is_known(desk: Desk, company: int) -> None:
    """Two taps for one measure and no owner: no number rather than a wrong one, and the reason says what to do."""
    reader = desk.ledger.reader(company)
    coverage = reader.coverage(ORDERS.key)
    assert reader.day_totals(ORDERS.key) == []
    assert (coverage.first_day, coverage.through) == (None, None)
    assert "other and toy both feed orders" in coverage.reasons[0]


def test_an_owner_that_feeds_nothing_does_not_silence_the_other(desk: Desk, company: int) -> None:
    """Where the owner's connection is gone, two others are in dispute; where one tap is left, it counts."""
    set_owner(desk.ledger.database, company, "gone", [ORDERS.key])
    assert desk.ledger.reader(company).coverage(ORDERS.key).through is None


def test_owners_are_kept_per_company(desk: Desk, company: int) -> None:
    """The choice is replaced when it is made again, and is the company's own."""
    set_owner(desk.ledger.database, company, "toy", ["orders", "buyers"])
    set_owner(desk.ledger.database, company, "other", ["orders"])
    set_owner(desk.ledger.database, company, "other", [])
    assert list_owners(desk.ledger.database, company) == {"buyers": "toy", "orders": "other"}
    assert list_owners(desk.ledger.database, company + 1) == {}


def test_taps_are_listed_in_the_order_of_their_first_connection(desk: Desk, company: int) -> None:
    """The tap that was connected first stands first, however many accounts it has."""
    a_connection(desk.ledger, "third", Account("shop-3", "Third", "Europe/Amsterdam", "EUR"), tap="toy")
    assert connected_taps(desk.ledger.database, company) == ["toy", "other"]
