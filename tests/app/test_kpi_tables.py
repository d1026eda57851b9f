"""The tables for other tools follow the ledger, day by day."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from store.shelf import FEEDS, NOW, ORDERS, REVENUE, a_connection, a_generation, a_stream, entry, meets, record

from kpitaps.app import LiveBoards, Runtime, TableKeeper
from kpitaps.calendar import Span
from kpitaps.config import Environment
from kpitaps.store import SeriesBook, land_records, list_connections, purge_connection
from kpitaps.testing import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kpitaps.store import LandedRecord

DAY = date(2025, 1, 5).toordinal()
START = datetime(2024, 6, 1, tzinfo=UTC)


class Office:
    """A process whose ledger has one connection, and the keeper of its tables."""

    def __init__(self, runtime: Runtime, clock: Clock) -> None:
        self.runtime, self.clock = runtime, clock
        self.database = runtime.ledger.database
        connection = a_connection(runtime.ledger)
        generation = a_generation(runtime.ledger, connection, a_stream(), history_from=START)
        self.book = SeriesBook(generation.id, FEEDS)
        self.keeper = TableKeeper(runtime, LiveBoards(runtime))

    def land(self, *records: LandedRecord) -> None:
        """Land records as a sync that has read all there is up to now."""
        now = self.clock.now()
        land_records(self.database, self.book, records, Span(START, now), observed_at=now)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a tool gets."""
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def days(self) -> list[tuple[Any, ...]]:
        """Return all days but for when they changed, and how often."""
        columns = "kpi, label_value, day, value, numerator, denominator, roll_up, quality, is_open"
        return sorted(self.rows(f"SELECT {columns} FROM kpi_daily"), key=repr)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """An office on SQLite and on PostgreSQL."""
    clock = Clock(NOW)
    with Runtime(Environment(home=tmp_path, database_url=database_url), now=clock.now) as runtime:
        yield Office(runtime, clock)


def test_days_are_written_and_then_only_what_changed(office: Office) -> None:
    """The first time all days since the first record are written; a late order changes its own day and no other."""
    office.land(record("a", 1, entry(ORDERS, 2, DAY), entry(REVENUE, 30, DAY), meets(1, DAY)))
    assert office.keeper.write() > 60
    assert office.keeper.write() == 0
    office.land(record("b", 1, entry(ORDERS, 1, DAY + 9), entry(REVENUE, 12, DAY + 9)))
    # orders, units of revenue, average and per customer; and what is returned of orders is not fed
    assert 0 < office.keeper.write() <= 5
    found = office.rows("SELECT day, value, revision FROM kpi_daily WHERE kpi = 'order_revenue' AND value <> 0")
    assert sorted((str(day), value, revision) for day, value, revision in found) == [
        ("2025-01-05", 30.0, 0),
        ("2025-01-14", 12.0, 1),
    ]


def test_following_equals_starting_over(office: Office) -> None:
    """After late, changed and deleted records and a new day, the days are those that a fresh process would write."""
    office.land(record("a", 1, entry(ORDERS, 2, DAY, sales_channel="web"), entry(REVENUE, 30, DAY, product="mug")))
    office.keeper.write()
    for step, parts in enumerate(
        (
            [entry(REVENUE, 7, DAY + 3, product="tea"), meets(2, DAY)],
            [],
            [entry(ORDERS, 9, DAY - 40), meets(3, DAY + 1)],
        )
    ):
        office.clock.set(NOW + timedelta(days=step, hours=step))
        office.land(
            record("a", 2 + step, *parts), record(f"x{step}", 1, entry(REVENUE, step, DAY + step, currency="USD"))
        )
        office.keeper.write()
    followed = office.days()
    fresh = TableKeeper(office.runtime, LiveBoards(office.runtime))
    assert (fresh.write(), office.days()) == (0, followed)
    with office.database.write() as connection:
        connection.execute(sa.text("DELETE FROM kpi_series"))
    assert office.keeper.write() == len(followed)
    assert office.days() == followed


def test_windows_are_those_of_the_board(office: Office) -> None:
    """The view shows every figure of the board, and the days that its window has."""
    office.land(record("a", 1, entry(ORDERS, 2, DAY), entry(REVENUE, 30, DAY + 60)))
    boards = LiveBoards(office.runtime)
    TableKeeper(office.runtime, boards).write()
    (board,) = boards.now()
    found = office.rows('SELECT kpi, "window", value, previous, last_year, quality FROM kpi_window')
    wanted = [
        (each.kpi, each.window, *map(each.number, (each.value, each.previous, each.last_year)), each.quality.value)
        for each in board.figures
    ]
    assert {row[:2]: row[2:] for row in found} == {row[:2]: row[2:] for row in wanted}


@pytest.mark.parametrize(
    ("kpi", "query"),
    [
        ("order_revenue", "SELECT sum(value), 1"),
        ("average_order_value", "SELECT sum(numerator), sum(denominator)"),
    ],
)
def test_sql_gives_the_engines_figure(office: Office, kpi: str, query: str) -> None:
    """The sums that the manual shows give what the engine gives in the window."""
    for number in range(40):
        parts = [entry(ORDERS, 1 + number % 3, DAY + number), entry(REVENUE, 7 * number, DAY + number)]
        office.land(record(f"r{number}", 1, *parts))
    office.keeper.write()
    when = "day BETWEEN '2025-02-01' AND '2025-02-28'"
    ((over, under),) = office.rows(f"{query} FROM kpi_daily WHERE kpi = '{kpi}' AND {when}")
    ((value,),) = office.rows(f"SELECT value FROM kpi_window WHERE kpi = '{kpi}' AND \"window\" = 'last_month'")
    assert float(Fraction(over) / Fraction(under)) == pytest.approx(value, abs=1e-6)


def test_nothing_is_left_of_what_was_purged(office: Office) -> None:
    """After a purge there are no days, and the keeper that had written them writes none again."""
    office.land(record("a", 1, entry(ORDERS, 2, DAY)))
    office.keeper.write()
    (connection,) = list_connections(office.database)
    purge_connection(office.database, connection)
    office.keeper.write()
    assert office.days() == []


def test_a_thread_of_its_own_writes_when_it_is_told(office: Office) -> None:
    """Nobody waits for the tables: they follow a moment later, and the thread ends when it is told."""
    office.land(record("a", 1, entry(ORDERS, 2, DAY)))
    office.keeper.start()
    office.keeper.look()
    patience = time.monotonic() + 20
    while not office.rows("SELECT 1 FROM kpi_window LIMIT 1") and time.monotonic() < patience:
        time.sleep(0.02)
    assert office.days()
    office.keeper.stop()
    assert "kpi-tables" not in {thread.name for thread in threading.enumerate()}
