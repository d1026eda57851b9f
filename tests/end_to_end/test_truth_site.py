"""What Google Analytics brings into the ledger is what happened on the site: every day, and every window's visitors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from kpitaps_google_analytics.sandbox_quota import GENEROUS

from end_to_end import ledgers
from end_to_end.office_worlds import office_world, sums
from end_to_end.oracle_site import SiteOracle
from kpitaps.calendar import WINDOWS, CompanyCalendar
from kpitaps.testing import Story
from kpitaps.testing.story.site_events import Visited
from kpitaps.testing.story.site_world import TRAFFIC_CHANNELS

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.office_worlds import OfficeWorld

NOW = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
FAST: dict[str, Any] = {"allowance": GENEROUS}
"""No test waits for a budget unless that is what it is about."""

VISIT = Visited(
    at=NOW,
    visit=0,
    visitor=10**9,
    channel="Affiliates",
    is_first=False,
    pages=3,
    seconds=2_400,
    is_engaged=True,
    key_events=("purchase",),
    order=None,
    revenue=0,
    load_ms=None,
    processed_at=NOW,
)


def story(orders_per_day: float = 0.6, founded: date = date(2025, 9, 20)) -> Story:
    """Return half a year of a small website, both changes of the clock within it."""
    return Story(11, founded, orders_per_day=orders_per_day, pace=0.1)


def assert_visitors(world: OfficeWorld) -> int:
    """Compare every published window with a count of its own, and return how many numbers were compared."""
    plot, now = world.sandbox.story, world.sandbox.clock.now()
    truth = SiteOracle(plot.website.events(now), now, plot.zone)
    reader, calendar = world.runtime.ledger.reader(1), CompanyCalendar(ZoneInfo(plot.zone))
    compared = 0
    for name in WINDOWS:
        window = calendar.window(name, calendar.today(now))
        for measure, new in (("visitors", False), ("new_visitors", True)):
            for channel in (None, *TRAFFIC_CHANNELS):
                ours = reader.distinct(
                    measure, window.first, window.last, where={"traffic_channel": channel} if channel else {}
                )
                theirs = truth.visitors(window.first, window.last, channel, new=new)
                assert ours == theirs, f"{measure} of {name}, {channel}"
                compared += 1
    return compared


def test_a_full_load_equals_the_visits(database_url: str, tmp_path: Path) -> None:
    """Half a year of visits is exact by day and channel, and so are the visitors of each window."""
    with office_world(tmp_path, "google_analytics", story(), NOW, database_url=database_url, **FAST) as world:
        world.synced()
        assert world.check() > 1_000
        assert assert_visitors(world) > 150
        before = ledgers.rows(world.database)
        assert world.synced().changed == 0
        assert ledgers.rows(world.database) == before


@pytest.mark.slow
def test_days_settle(database_url: str, tmp_path: Path) -> None:
    """What Google processes hours or a day later, and what advertising networks correct, reaches the days it is of."""
    start = NOW - timedelta(days=40)
    with office_world(tmp_path, "google_analytics", story(), start, database_url=database_url, **FAST) as world:
        world.synced()
        world.check()
        for step in (timedelta(hours=3), timedelta(hours=9), timedelta(days=1), timedelta(days=2), timedelta(days=30)):
            world.move_to(world.sandbox.clock.now() + step)
            world.synced()
            world.check()
            assert_visitors(world)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_three_years_equal_the_visits(database_url: str, tmp_path: Path) -> None:
    """The demo's whole history is exact on every day."""
    plot = Story(7, date(2023, 3, 1), pace=0.1)
    now = datetime(2026, 2, 27, 22, 59, 59, tzinfo=UTC)
    with office_world(tmp_path, "google_analytics", plot, now, database_url=database_url, **FAST) as world:
        world.synced()
        assert world.check() > 15_000
        assert_visitors(world)


@pytest.mark.slow
def test_a_visit_belongs_to_the_day_on_which_it_began(tmp_path: Path) -> None:
    """Half past eleven at night is still that day, also on days of 23 and 25 hours and on New Year's Eve."""
    plot = story(0.01)
    zone, site = ZoneInfo(plot.zone), plot.website
    days = (date(2025, 10, 26), date(2025, 12, 31), date(2026, 3, 29))
    for number, on in enumerate(days):
        at = datetime.combine(on, time(23, 30), zone).astimezone(UTC)
        done = at + timedelta(hours=5)
        first = number == 0
        site.append(replace(VISIT, at=at, visit=10**9 + number, is_first=first, processed_at=done))
    with office_world(tmp_path, "google_analytics", plot, NOW, **FAST) as world:
        world.synced()
        world.check()
        found = {
            date.fromordinal(day)
            for measure, labels, _, day in sums(world.database)
            if measure == "sessions" and dict(labels)["traffic_channel"] == "Affiliates"
        }
        assert found == set(days)
