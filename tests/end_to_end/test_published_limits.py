"""Three years of history never delay what is new, and no vendor sees more requests than it allows."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from kpitaps_shopify.sandbox import BUCKET_SECONDS

from end_to_end.office_worlds import OfficeWorld, office_world
from end_to_end.worlds import world
from kpitaps.app import Scheduler, connection_statuses
from kpitaps.http import RetryPolicy
from kpitaps.tap import StreamKind
from kpitaps.testing import Clock, Story
from kpitaps.testing.story import ClientAdded, DealOpened
from kpitaps.units import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kpitaps.testing import Logged

NOW = datetime(2026, 2, 27, 9, tzinfo=UTC)
STANDARD = 100
"""Points that come back per second on Shopify's standard plan."""
PORTION = 4.0
PATIENCE = 150.0
PACE = {"teamleader": 0.3, "hubspot": 1.0}
"""How busy the office is: enough for its history to take longer than the test."""

LIMITS: dict[str, list[tuple[Callable[[Logged], bool], int, float]]] = {
    "teamleader": [(lambda asked: "oauth2" not in asked.path, 200, 60.0)],
    "hubspot": [
        (lambda asked: "/search" in asked.path, 5, 1.0),
        (lambda asked: "/search" not in asked.path and "/oauth/" not in asked.path, 100, 10.0),
    ],
}
"""Which requests count, how many are allowed, and in how many seconds: as each vendor publishes it."""


def most_within(asked: list[Logged], seconds: float) -> int:
    """Return the largest number of requests within any so many seconds."""
    instants = sorted(each.at for each in asked)
    most = first = 0
    for last, at in enumerate(instants):
        while instants[first] <= at - timedelta(seconds=seconds):
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.fixture(params=LIMITS)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OfficeWorld]:
    """Three years of an office behind its CRM's published limits, on a clock that goes on."""
    plot = Story(7, date(2023, 3, 1), orders_per_day=0.1, pace=PACE[request.param])
    with office_world(
        tmp_path, request.param, plot, NOW, clock=Clock(NOW, ticking=True), policy=RetryPolicy()
    ) as opened:
        yield opened


def flows_known(office: OfficeWorld) -> bool:
    """Say whether every flow that has an update clock is known for today; levels add up all history."""
    reader = office.runtime.ledger.reader(1)
    streams = office.runtime.plugins.taps[office.tap].streams.values()
    fed = {measure for stream in streams if stream.kind is StreamKind.RECORDS for measure in stream.feeds}
    known = [reader.coverage(measure.key) for measure in fed if measure.kind is Kind.FLOW]
    return all(each and each.first_day and each.first_day <= NOW.date() for each in known)


def loaded(office: OfficeWorld) -> float:
    """Return how much of the history is in, from 0 to 1."""
    (status,) = connection_statuses(office.runtime)
    return min(stream.loaded for stream in status.streams)


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_is_new_is_there_before_the_history(office: OfficeWorld) -> None:
    """Today's figures come first, what happens meanwhile soon after, and the vendor's own limit is never exceeded."""
    scheduler = Scheduler(office.runtime, synced=lambda _: None, published=lambda: None, portion=PORTION)
    scheduler.start()
    try:
        until(lambda: flows_known(office))
        assert loaded(office) < 1.0
        before = opened_today(office)
        open_a_deal(office)
        until(lambda: opened_today(office) == before + 1)
        if office.tap == "teamleader":
            assert loaded(office) < 1.0
    finally:
        scheduler.stop(patience=10)
    assert len(office.sandbox.log) > 100
    for counts, allowed, seconds in LIMITS[office.tap]:
        asked = [each for each in office.sandbox.log if counts(each)]
        assert most_within(asked, seconds) <= allowed
    assert {each.status for each in office.sandbox.log} <= {0, 200, 207}


def opened_today(office: OfficeWorld) -> int:
    """Return how many deals were opened today, as far as the ledger knows."""
    totals = office.runtime.ledger.reader(1).day_totals("deals_created")
    return sum(row.numerator for row in totals if row.day == NOW.date().toordinal()) // 1_000_000


def open_a_deal(office: OfficeWorld) -> None:
    """Let somebody enter a deal now."""
    log = office.sandbox.story.office
    client = next(event.client for event in log.events(NOW) if isinstance(event, ClientAdded))
    at = office.sandbox.clock.now().replace(microsecond=0)
    log.append(
        DealOpened(at, log.next_id(), "Kiosk", client, None, 101, "wholesale", "new", None, 10, "referral", None)
    )


@pytest.mark.slow
def test_shopify_is_never_asked_beyond_its_bucket(tmp_path: Path) -> None:
    """A history that costs several buckets of a standard plan is read without being throttled once."""
    with world(tmp_path, Story(11, date(2025, 3, 20), orders_per_day=0.3), NOW, plan=STANDARD) as shop:
        shop.synced()
        log = shop.sandbox.log
    assert sum(asked.cost for asked in log) > 1.2 * STANDARD * BUCKET_SECONDS
    assert {(asked.status, asked.note) for asked in log} == {(200, "")}
