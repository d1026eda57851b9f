"""The ledger equals what really happened, on every day, under every label, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from end_to_end import ledgers
from end_to_end.worlds import World, world
from kpitaps.calendar import CompanyCalendar, DaySpan, day_start, local_day
from kpitaps.testing import Story
from kpitaps.testing.story import OrderPlaced

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
FOUNDED = date(2025, 3, 20)
SHOPS = {
    "Amsterdam": {"zone": "Europe/Amsterdam", "currency": "EUR"},
    "New York": {"zone": "America/New_York", "currency": "USD", "home": "US"},
}
CHECKOUTS = timedelta(days=88)
"""How far back the tap reads abandoned checkouts."""


def _story(where: str, orders_per_day: float = 2.5) -> Story:
    return Story(11, FOUNDED, orders_per_day=orders_per_day, **SHOPS[where])


def _checkouts_from(shop: World) -> datetime:
    zone = ZoneInfo(shop.sandbox.story.zone)
    return day_start(local_day(shop.first_sync - CHECKOUTS, zone), zone)


def _check(shop: World) -> int:
    return shop.check(shop.truth(checkouts_from=_checkouts_from(shop)))


@pytest.mark.parametrize("where", ["Amsterdam", pytest.param("New York", marks=pytest.mark.slow)])
def test_a_full_load_equals_what_happened(where: str, database_url: str, tmp_path: Path) -> None:
    """A year of orders, both changes of the clock within it, is exact; reading it again changes no row."""
    with world(tmp_path, _story(where), NOW, database_url=database_url) as shop:
        shop.synced()
        assert _check(shop) > 5_000
        _check_buyers(shop)
        before = ledgers.rows(shop.database)
        assert shop.synced().changed == 0
        assert ledgers.rows(shop.database) == before


@pytest.mark.parametrize("where", ["Amsterdam", pytest.param("New York", marks=pytest.mark.slow)])
@pytest.mark.slow
def test_increments_keep_up_with_what_happens(where: str, database_url: str, tmp_path: Path) -> None:
    """Refunds, edits, imports and recovered checkouts arrive in steps of minutes to weeks, and each step is exact."""
    start = NOW - timedelta(days=205)
    with world(tmp_path, _story(where), start, database_url=database_url) as shop:
        shop.synced()
        _check(shop)
        for step in (
            timedelta(minutes=15),
            timedelta(hours=7),
            timedelta(days=1),
            timedelta(days=40),
            *[timedelta(days=80)] * 2,
        ):
            shop.move_to(shop.sandbox.clock.now() + step)
            shop.synced()
            _check(shop)
        before = ledgers.rows(shop.database)
        shop.synced()
        assert ledgers.rows(shop.database) == before


@pytest.mark.slow
def test_deleted_orders_leave_no_trace(database_url: str, tmp_path: Path) -> None:
    """Orders that vanish from the shop are missed a day later: nothing of what they added, to any measure, stays."""
    start = NOW - timedelta(days=3)
    with world(tmp_path, _story("Amsterdam"), start, database_url=database_url) as shop:
        shop.synced()
        kept = len(shop.truth().sums)
        for placed in _last_ones(shop)[::5]:
            shop.sandbox.story.delete(placed.order, start)
        shop.move_to(start + timedelta(hours=25))
        assert shop.synced().changed > 100
        assert _check(shop) < kept - 500
        _check_buyers(shop)
        shop.move_to(NOW)
        shop.synced()
        _check(shop)


@pytest.mark.slow
def test_history_and_increments_end_in_the_same_ledger(tmp_path: Path) -> None:
    """Having read a span in one go, or day by day as it happened, leaves the same contributions and measurements."""
    start, end = NOW - timedelta(days=12), NOW
    with world(tmp_path / "steps", _story("Amsterdam"), start) as steps:
        steps.synced()
        while steps.sandbox.clock.now() < end:
            steps.move_to(min(steps.sandbox.clock.now() + timedelta(hours=19), end))
            steps.synced()
        stepped = ledgers.content(steps.database)
    with world(tmp_path / "once", _story("Amsterdam"), end) as once:
        once.synced()
        loaded = ledgers.content(once.database)
    # Checkouts that the vendor has deleted meanwhile stay where they were seen, and only there.
    for part in loaded:
        extra = {key: row for key, row in stepped[part].items() if key not in loaded[part]}
        assert {key: stepped[part][key] for key in loaded[part]} == loaded[part]
        assert all("checkouts_abandoned" in str((key, row)) or row[1:] == ([],) for key, row in extra.items())


@pytest.mark.slow
def test_the_days_that_are_claimed_are_whole(tmp_path: Path) -> None:
    """The first day for which abandoned checkouts are claimed to be known is whole, though the vendor deletes them."""
    with world(tmp_path, _story("Amsterdam", 12), NOW) as shop:
        shop.synced("checkouts")
        since = ledgers.first_day(shop.runtime, "checkouts_abandoned")
        assert shop.check(shop.truth(), since=since, only=frozenset({"checkouts_abandoned"})) > 80


@pytest.mark.slow
def test_three_years_equal_what_happened(database_url: str, tmp_path: Path) -> None:
    """The demo's whole history is exact on every day that is claimed to be known, then brought up to date."""
    founded, now = date(2023, 3, 1), datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC)
    with world(tmp_path, Story(7, founded), now, database_url=database_url) as shop:
        shop.synced()
        since = ledgers.first_day(shop.runtime, "orders")
        assert since <= founded.toordinal() + 2
        _check_since(shop, since)
        shop.move_to(now + timedelta(days=32))
        shop.synced()
        _check_since(shop, since)


def _check_buyers(shop: World) -> None:
    """Compare the buyers of days, weeks, months and the whole year: each is counted anew."""
    truth, reader = shop.truth(), shop.runtime.ledger.reader(1)
    calendar = CompanyCalendar(ZoneInfo(shop.sandbox.story.zone))
    spans = {calendar.window(name, day) for name in ("7d", "28d", "mtd", "12m") for day in _month_starts()}
    spans |= {span.shifted(timedelta(days=3)) for span in spans}
    for first, last in spans | {DaySpan(day, day) for day in _days()}:
        assert reader.distinct("buyers", first, last) == truth.distinct_buyers(first, last), (first, last)


def _check_since(shop: World, since: int) -> None:
    truth = shop.truth(checkouts_from=_checkouts_from(shop))
    assert shop.check(truth, since=since) > 70_000


def _last_ones(shop: World) -> list[OrderPlaced]:
    """Return the latest order of each customer and the orders of guests: nobody's later order looks at those."""
    events = shop.sandbox.story.events(shop.sandbox.clock.now())
    orders = [event for event in events if isinstance(event, OrderPlaced)]
    return list({placed.customer or placed.name: placed for placed in orders}.values())


def _days() -> list[date]:
    return [FOUNDED + timedelta(days=number) for number in range((NOW.date() - FOUNDED).days + 1)]


def _month_starts() -> list[date]:
    return [day for day in _days() if day.day == 1]
