"""What two CRMs bring into the ledger equals what really happened in the office, on every day, under every label."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_hubspot.sandbox import GENEROUS

from end_to_end import ledgers
from end_to_end.office_worlds import office_world
from kpitaps.testing import Story

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
FOUNDED = date(2025, 3, 20)
FAST: dict[str, dict[str, Any]] = {"hubspot": {"allowance": GENEROUS}, "teamleader": {"limit": 1_000_000}}
"""No test waits for a budget unless that is what it is about."""


def story(pace: float = 0.4) -> Story:
    """Return a year of a small office, both changes of the clock within it."""
    return Story(11, FOUNDED, orders_per_day=0.1, pace=pace)


@pytest.mark.parametrize("tap", FAST)
def test_a_full_load_equals_what_happened(tap: str, database_url: str, tmp_path: Path) -> None:
    """A year of the office is exact; reading it again changes no row."""
    with office_world(tmp_path, tap, story(), NOW, database_url=database_url, **FAST[tap]) as office:
        office.synced()
        assert office.check() > 1_500
        before = ledgers.rows(office.database)
        assert office.synced().changed == 0
        assert ledgers.rows(office.database) == before


@pytest.mark.slow
@pytest.mark.parametrize("tap", FAST)
def test_increments_keep_up_with_what_happens(tap: str, database_url: str, tmp_path: Path) -> None:
    """Payments, corrections, reopenings and deletions arrive in steps of minutes to weeks, and each step is exact."""
    start = NOW - timedelta(days=120)
    with office_world(tmp_path, tap, story(0.2), start, database_url=database_url, **FAST[tap]) as office:
        office.synced()
        office.check()
        for step in (timedelta(hours=25), timedelta(days=2), timedelta(days=45), timedelta(days=70)):
            office.move_to(office.sandbox.clock.now() + step)
            office.synced()
            office.check()
        before = ledgers.rows(office.database)
        office.synced()
        assert ledgers.rows(office.database) == before


@pytest.mark.slow
@pytest.mark.parametrize("tap", FAST)
def test_three_years_equal_what_happened(tap: str, database_url: str, tmp_path: Path) -> None:
    """The demo's whole history is exact on every day, then brought up to date."""
    founded, now = date(2023, 3, 1), datetime(2026, 2, 27, 22, 59, 59, tzinfo=UTC)
    plot = Story(7, founded, orders_per_day=0.1)
    with office_world(tmp_path, tap, plot, now, database_url=database_url, **FAST[tap]) as office:
        office.synced()
        assert office.check() > 10_000
        office.move_to(now + timedelta(days=32))
        office.synced()
        office.check()
