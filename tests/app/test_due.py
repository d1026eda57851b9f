"""When a stream is read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from kpitaps_google_analytics.tap import tap as analytics
from kpitaps_shopify.tap import tap

from kpitaps.app.scheduler import due_streams
from kpitaps.store import Connection, Run

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
SHOP = Connection(1, 1, "shopify", "shop", "id", "Shop", "Europe/Amsterdam", "EUR", {}, b"", b"")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EVERY = {"orders": timedelta(minutes=15), "checkouts": timedelta(hours=1)}
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def run(stream: str, outcome: str, ago: timedelta, *, took: timedelta = SECOND, retry: timedelta | None = None) -> Run:
    """Return a run that began so long ago; ``retry`` is after its end."""
    ended = NOW - ago + took
    return Run(1, stream, NOW - ago, ended, outcome, retry_at=None if retry is None else ended + retry)


def due(*runs: Run) -> set[str]:
    """Return what is due after these runs."""
    return set(due_streams(tap, SHOP, {(each.connection_id, each.stream): each for each in runs}, NOW, AMSTERDAM))


def test_table_is_of_the_tap() -> None:
    """The tests below know the tap's own intervals."""
    assert {name: stream.every for name, stream in tap.streams.items()} == EVERY


def test_new_connection_is_due() -> None:
    """What was never read is read at once."""
    assert due() == {"orders", "checkouts"}


@pytest.mark.parametrize(
    ("orders", "is_due"),
    [
        (run("orders", "ok", timedelta(minutes=14, seconds=59)), False),
        (run("orders", "ok", timedelta(minutes=15)), True),
        # A run that takes longer than its interval is due again when it ends: intervals are between beginnings.
        (run("orders", "ok", timedelta(minutes=20), took=timedelta(minutes=19)), True),
        (run("orders", "retry_later", timedelta(seconds=60)), False),
        (run("orders", "retry_later", timedelta(seconds=61)), True),
        (run("orders", "retry_later", timedelta(minutes=20), retry=timedelta(hours=1)), False),
        (run("orders", "retry_later", timedelta(minutes=62), retry=timedelta(hours=1)), True),
        (run("orders", "retry_later", timedelta(seconds=10), retry=timedelta(0)), False),
        (run("orders", "retry_later", timedelta(seconds=11), retry=timedelta(0)), True),
        (run("orders", "needs_auth", timedelta(minutes=14)), False),
        (run("orders", "needs_auth", timedelta(minutes=16)), True),
        (run("orders", "tap_bug", timedelta(minutes=14)), False),
        (run("orders", "bad_settings", timedelta(minutes=16)), True),
    ],
)
def test_stream_keeps_its_own_pace(orders: Run, *, is_due: bool) -> None:
    """After success its interval counts, after a failure a minute or what the source said, after a refusal longer."""
    assert due(orders, run("checkouts", "ok", MINUTE)) == ({"orders"} if is_due else set())


def test_slow_stream_is_not_held_back_by_refusals_longer_than_a_quarter() -> None:
    """A stream that is read hourly is still tried every quarter of an hour while a person has something to mend."""
    assert due(run("orders", "ok", MINUTE), run("checkouts", "needs_auth", timedelta(minutes=16))) == {"checkouts"}


def test_refused_account_holds_back_all_streams() -> None:
    """Where the account itself refused, no stream is tried before the quarter is over."""
    before = [run(name, "ok", timedelta(hours=3)) for name in EVERY]
    assert due(*before, run("account", "needs_auth", timedelta(minutes=14))) == set()
    assert due(*before, run("account", "needs_auth", timedelta(minutes=16))) == set(EVERY)


def test_mended_account_holds_back_nothing() -> None:
    """A refusal that was followed by a success is history."""
    refused = run("account", "needs_auth", timedelta(hours=2))
    assert due(refused, run("orders", "ok", MINUTE), run("checkouts", "ok", timedelta(minutes=61))) == {"checkouts"}


def test_what_was_authorised_again_is_due_at_once() -> None:
    """What failed before it need not wait for its quarter of an hour; what was well keeps its pace."""
    well, ill = run("orders", "ok", MINUTE * 3), run("checkouts", "needs_auth", MINUTE * 3)
    assert due(well, ill, run("account", "ok", MINUTE)) == {"checkouts"}
    assert due(well, ill, run("account", "ok", MINUTE * 4)) == set()
    assert due(run("account", "ok", MINUTE)) == {"orders", "checkouts"}


def due_at(now: str, begun: str, outcome: str = "ok", zone: ZoneInfo = AMSTERDAM) -> set[str]:
    """Return what is due of Google Analytics at ``now`` if every stream was last read at ``begun``, both in UTC."""
    start, moment = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (begun, now))
    runs = {(1, name): Run(1, name, start, start + SECOND, outcome) for name in analytics.streams}
    return set(due_streams(analytics, SHOP, runs, moment, zone))


def test_windows_of_a_new_day_are_due_when_it_begins() -> None:
    """Of a new day's windows nothing is known: half a night without visitors would be six hours of nothing."""
    windows = {"visitors"}
    assert due_at("2026-06-15 21:59:59", "2026-06-15 21:30:00") == set()
    assert due_at("2026-06-15 22:00:00", "2026-06-15 21:59:59") == windows, "midnight in Amsterdam, in summer"
    assert due_at("2026-06-15 22:00:30", "2026-06-15 22:00:00") == set(), "it was read today"
    assert due_at("2026-12-15 22:00:00", "2026-12-15 21:59:59") == set(), "in winter it is not yet midnight"
    assert due_at("2026-12-15 23:00:00", "2026-12-15 22:59:59") == windows
    assert due_at("2026-06-15 22:00:00", "2026-06-15 21:59:59", zone=ZoneInfo("America/New_York")) == set()


def test_windows_that_failed_wait_for_their_turn_on_a_new_day_too() -> None:
    """A source that refuses is not asked each second from midnight on."""
    assert due_at("2026-06-15 22:00:00", "2026-06-15 21:59:57", "retry_later") == set()
    assert due_at("2026-06-15 22:01:00", "2026-06-15 21:59:57", "retry_later") == set(analytics.streams)
