"""What Exact Online brings into the ledger is the general ledger: every measure on every day, and the books close."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from end_to_end import ledgers
from end_to_end.office_worlds import office_world, sums
from end_to_end.oracle_books import Books, running
from kpitaps.testing import Story
from kpitaps.testing.story.book_events import BookLine, EntryBooked, EntryChanged

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.office_worlds import OfficeWorld

NOW = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
FAST: dict[str, Any] = {"minutely": 1_000_000, "daily": 1_000_000}
"""No test waits for a budget unless that is what it is about."""

NET_PROFIT = {
    "revenue": 1,
    "other_income": 1,
    "interest_income": 1,
    "cost_of_sales": -1,
    "operating_costs": -1,
    "depreciation": -1,
    "other_costs": -1,
    "interest_costs": -1,
    "taxes": -1,
}


def story(pace: float = 0.3, **options: Any) -> Story:
    """Return a year of a small company's books, both changes of the clock within it."""
    return Story(11, date(2025, 3, 20), orders_per_day=0.5, pace=pace, **options)


def assert_books_close(world: OfficeWorld) -> int:
    """Compare the ledger with the general ledger on every day, and return how many days had postings."""
    books = Books(world.sandbox.story.bookkeeping.events(world.sandbox.clock.now()))
    days: dict[str, dict[int, int]] = {}
    for (measure, _, _, day), (amount, _) in sums(world.database).items():
        of = days.setdefault(measure, {})
        of[day] = of.get(day, 0) + amount
    profit: dict[int, int] = {}
    for measure, sign in NET_PROFIT.items():
        for day, amount in days.get(measure, {}).items():
            profit[day] = profit.get(day, 0) + sign * amount
    assert {day: amount for day, amount in profit.items() if amount} == books.result()
    closed: dict[int, int] = dict(days["assets"])
    for measure in ("equity", "debt_short", "debt_long"):
        for day, amount in days[measure].items():
            closed[day] = closed.get(day, 0) - amount
    assert not [date.fromordinal(day) for day, amount in closed.items() if amount], (
        "assets differ from equity and debts"
    )
    for measure, type_, sign in (("receivables_open", 20, 1), ("payables_open", 22, -1)):
        ours = running(days[measure])
        theirs = {day: sign * amount for day, amount in books.balance(type_).items()}
        every = sorted(ours.keys() | theirs.keys())
        assert [_last(ours, day) for day in every] == [_last(theirs, day) for day in every], measure
    return len(closed)


def _last(balances: dict[int, int], day: int) -> int:
    return next((balances[known] for known in sorted(balances, reverse=True) if known <= day), 0)


def test_a_full_load_equals_the_general_ledger(database_url: str, tmp_path: Path) -> None:
    """A year of the books is exact and closes; reading it again changes no row."""
    with office_world(tmp_path, "exact_online", story(), NOW, database_url=database_url, **FAST) as world:
        world.synced()
        assert world.check() > 1_000
        assert assert_books_close(world) > 100
        before = ledgers.rows(world.database)
        assert world.synced().changed == 0
        assert ledgers.rows(world.database) == before


@pytest.mark.slow
def test_increments_keep_up_with_the_bookkeeper(database_url: str, tmp_path: Path) -> None:
    """Late bookings, corrections, deletions and matches arrive in steps of hours to weeks, and each step is exact."""
    start = NOW - timedelta(days=120)
    with office_world(tmp_path, "exact_online", story(0.2), start, database_url=database_url, **FAST) as world:
        world.synced()
        world.check()
        for step in (
            timedelta(hours=25),
            timedelta(days=2),
            timedelta(days=20),
            timedelta(days=45),
            timedelta(days=52),
        ):
            world.move_to(world.sandbox.clock.now() + step)
            world.synced()
            world.check()
            assert_books_close(world)
        before = ledgers.rows(world.database)
        world.synced()
        assert ledgers.rows(world.database) == before


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_three_years_close_on_every_day(database_url: str, tmp_path: Path) -> None:
    """The demo's whole history equals the general ledger on every day, then a month later, then after corrections."""
    now = datetime(2026, 2, 27, 22, 59, 59, tzinfo=UTC)
    plot = Story(7, date(2023, 3, 1), orders_per_day=8)
    with office_world(tmp_path, "exact_online", plot, now, database_url=database_url, **FAST) as world:
        world.synced()
        assert world.check() > 15_000
        assert assert_books_close(world) > 900
        later = now + timedelta(days=32)
        world.move_to(later)
        world.synced()
        world.check()
        _correct_last_quarter(plot, later)
        world.move_to(later + timedelta(hours=2))
        world.synced()
        world.check()
        assert_books_close(world)


def _correct_last_quarter(plot: Story, now: datetime) -> None:
    """Book a correction into the last quarter, and change an entry of it in place."""
    books, last = plot.bookkeeping, date(2025, 12, 31)
    at = now + timedelta(minutes=30)
    lines = (
        BookLine(books.next_id(), "4300", 123_456, "Vergeten rekening"),
        BookLine(books.next_id(), "1720", -123_456, "Vergeten rekening"),
    )
    books.append(EntryBooked(at, books.next_id(), 99_001, "90", 90, last, 2025, 12, "Correctie vierde kwartaal", lines))
    rent = next(
        event
        for event in reversed(books.events(now))
        if isinstance(event, EntryBooked) and event.kind == 90 and event.on <= last
    )
    changed = tuple(
        BookLine(line.id, line.gl, 2 * line.cents, line.text, line.product, line.party, line.party_name)
        for line in rent.lines
    )
    books.append(EntryChanged(at, rent.entry, rent.on, rent.year, rent.period, changed))


EDGES = {
    date(2025, 3, 30): ("2025-03", "2024-09"),
    date(2025, 6, 30): ("2025-06", "2024-12"),
    date(2025, 7, 1): ("2025-07", "2025-01"),
    date(2025, 10, 26): ("2025-10", "2025-04"),
    date(2025, 12, 31): ("2025-12", "2025-06"),
    date(2026, 3, 29): ("2026-03", "2025-09"),
}
"""Both changes of the clock and ends of years; the fiscal period where the year begins in January, and in July."""


@pytest.mark.parametrize(("first_month", "column"), [(1, 0), (7, 1)])
@pytest.mark.slow
def test_edges_of_days_and_years(first_month: int, column: int, tmp_path: Path) -> None:
    """What is booked at half past eleven at night, on days of 23 and 25 hours or at a year's end, is dated right."""
    plot = story(0.02, fiscal_year_start=first_month)
    books, zone = plot.bookkeeping, ZoneInfo(plot.zone)
    for number, (on, periods) in enumerate(EDGES.items()):
        at = datetime.combine(on, time(23, 30), zone).astimezone(UTC)
        year, period = map(int, periods[column].split("-"))
        lines = (BookLine(books.next_id(), "9110", 700 + number), BookLine(books.next_id(), "1720", -700 - number))
        books.append(EntryBooked(at, books.next_id(), 90_000 + number, "90", 90, on, year, period, "Rand", lines))
    with office_world(tmp_path, "exact_online", plot, NOW, **FAST) as world:
        world.synced()
        world.check()
        found = {
            (date.fromordinal(day), dict(labels)["fiscal_period"])
            for measure, labels, _, day in sums(world.database)
            if measure == "exact_online_postings" and dict(labels)["gl_account"] == "9110"
        }
        assert {(on, periods[column]) for on, periods in EDGES.items()} <= found
