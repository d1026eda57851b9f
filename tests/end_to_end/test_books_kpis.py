"""From the general ledger to the figures: profit is the books' own result, also after a correction into the past."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from end_to_end.office_worlds import office_world
from end_to_end.oracle_books import Books
from kpitaps.app import change_company, company_board
from kpitaps.store import list_companies
from kpitaps.store.tables import measurement, series
from kpitaps.testing import Story
from kpitaps.testing.story.book_events import BookLine, EntryBooked

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.office_worlds import OfficeWorld

NOW = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
FAST: dict[str, Any] = {"minutely": 1_000_000, "daily": 1_000_000}
WINDOWS = {"ytd": (date(2025, 7, 1), date(2026, 4, 2)), "last_quarter": (date(2026, 1, 1), date(2026, 3, 31))}
"""Of a fiscal year that begins in July."""


def story() -> Story:
    """Return ten months of a very small company whose fiscal year begins in July."""
    return Story(11, date(2025, 6, 20), orders_per_day=0.1, pace=0.1, fiscal_year_start=7)


def figures(world: OfficeWorld, window: str) -> dict[str, Fraction]:
    """Return the headline figures of a window, in euros and the like."""
    (company,) = list_companies(world.database)
    board = company_board(world.runtime, company)
    found = [figure for figure in board.figures if figure.window == window and not figure.labels]
    return {figure.kpi: figure.value for figure in found if figure.value is not None}


def result(world: OfficeWorld, first: date, last: date) -> Fraction:
    """Return the result of some days as the general ledger of the event log has it, in euros."""
    days = Books(world.sandbox.story.bookkeeping.events(world.sandbox.clock.now())).result()
    return Fraction(sum(amount for day, amount in days.items() if first.toordinal() <= day <= last.toordinal()), 10**6)


def revisions(world: OfficeWorld, measure: str) -> dict[date, int]:
    """Return the highest revision of a measure's numbers on each day."""
    query = (
        sa.select(measurement.c.day, sa.func.max(measurement.c.revision))
        .join(series, series.c.id == measurement.c.series_id)
        .where(series.c.measure == measure)
        .group_by(measurement.c.day)
    )
    with world.database.read() as read:
        return {date.fromordinal(day): number for day, number in read.execute(query)}


def test_net_profit_is_the_general_ledgers_result(tmp_path: Path) -> None:
    """Of a quarter and of a fiscal year that began in July: minus the sum of all profit and loss accounts."""
    with office_world(tmp_path, "exact_online", story(), NOW, **FAST) as world:
        world.synced()
        change_company(world.runtime, "main", {"fiscal_year_start": 7})
        for window, days in WINDOWS.items():
            assert figures(world, window)["net_profit"] == result(world, *days) != 0


@pytest.mark.slow
def test_a_correction_into_last_quarter(tmp_path: Path) -> None:
    """It raises the revision of its day and of no other, and every figure that it is in follows."""
    on, cents = date(2026, 2, 27), 123_456
    with office_world(tmp_path, "exact_online", story(), NOW, **FAST) as world:
        world.synced()
        change_company(world.runtime, "main", {"fiscal_year_start": 7})
        before = {window: figures(world, window) for window in WINDOWS}
        numbers = revisions(world, "operating_costs")
        books = world.sandbox.story.bookkeeping
        lines = (BookLine(books.next_id(), "4300", cents), BookLine(books.next_id(), "1720", -cents))
        late = NOW + timedelta(minutes=30)
        books.append(EntryBooked(late, books.next_id(), 99_001, "90", 90, on, 2025, 8, "Vergeten rekening", lines))
        world.move_to(late + timedelta(minutes=30))
        world.synced()
        changed = {day: number - numbers.get(day, 0) for day, number in revisions(world, "operating_costs").items()}
        assert {day for day, more in changed.items() if more} == {on}
        for window, days in WINDOWS.items():
            after, less = figures(world, window), Fraction(cents, 100)
            assert after["net_profit"] == result(world, *days) == before[window]["net_profit"] - less
            assert after["ebitda"] == before[window]["ebitda"] - less
            assert after["revenue"] == before[window]["revenue"]
            assert after["debt_ratio"] > before[window]["debt_ratio"]


@pytest.mark.slow
def test_the_command_prints_the_ledgers_result(tmp_path: Path) -> None:
    """`kpitaps kpis --json`, in a process of its own, says the same to the cent, as of today."""
    now = datetime.now(UTC)
    plot = Story(11, now.date() - timedelta(days=400), orders_per_day=0.2, pace=0.2)
    with office_world(tmp_path, "exact_online", plot, now, **FAST) as world:
        world.synced()
        change_company(world.runtime, "main", {"fiscal_year_start": 7})
        environment = {**os.environ, "KPITAPS_HOME": str(tmp_path)}
        command = [sys.executable, "-m", "kpitaps", "kpis", "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=True)
        shown = {
            row["window"]: row["value"]
            for row in json.loads(done.stdout)
            if (row["kpi"], row["labels"]) == ("net_profit", {})
        }
        today = now.astimezone(ZoneInfo(plot.zone)).date()
        began = date(today.year - (today.month < 7), 7, 1)
        quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
        before = (quarter - timedelta(days=1)).replace(day=1)
        before = date(before.year, before.month - 2, 1)
        assert round(shown["ytd"] * 100) == result(world, began, today) * 100
        assert round(shown["last_quarter"] * 100) == result(world, before, quarter - timedelta(days=1)) * 100
