"""Periods, snapshots, and new ways of reading beside the old ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from store.shelf import ACCOUNT, EURO, dump, sums
from sync.toy import START, TICKETS, Bench, Shop, everything, orders_only

from kpitaps import RetryLater, Settings, Tap
from kpitaps.calendar import Span, day_start
from kpitaps.store import Ledger, latest_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = date(2025, 3, 10)
DAY = timedelta(days=1)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def visits(bench: Bench) -> dict[date, int]:
    found = sums(bench.ledger)
    return {date.fromordinal(place[3]): halves[0] // EURO for place, halves in found.items() if place[0] == "sessions"}


def levels(bench: Bench, **where: str) -> dict[date, int]:
    """Return the level after each day that changed it."""
    level, found = 0, {}
    for total in bench.ledger.reader(1).day_totals("tickets_open", where=where):
        level += total.numerator // EURO
        found[date.fromordinal(total.day)] = level
    return found


@pytest.fixture
def bench(ledger: Ledger) -> Bench:
    """A shop with twelve days of visits."""
    bench = Bench(ledger, everything())
    bench.shop.visits = {TODAY - back * DAY: 100 + back for back in range(12)}
    return bench


def test_periods_are_read_in_whole_days(bench: Bench) -> None:
    """The span starts at a local midnight, days before the history are not kept, and the open day is in."""
    bench.sync("traffic")
    assert bench.asked("traffic") == [Span(day_start(TODAY - 10 * DAY, AMSTERDAM), START)]
    assert visits(bench) == {TODAY - back * DAY: 100 + back for back in range(11)}
    coverage = bench.ledger.reader(1).coverage("sessions")
    assert (coverage.first_day, coverage.through) == (TODAY - 10 * DAY, START)


def test_days_that_may_still_change_are_read_again(bench: Bench) -> None:
    """Settling days and the open day are replaced by the new answer; older ones are not asked for."""
    bench.sync("traffic")
    bench.asked("traffic")
    bench.wait(hours=1)
    bench.shop.visits = dict.fromkeys(bench.shop.visits, 7)
    run = bench.sync("traffic").runs[0]
    assert bench.asked("traffic") == [Span(day_start(TODAY - 2 * DAY, AMSTERDAM), START + timedelta(hours=1))]
    assert (run.changed, run.restated) == (3, 2)
    assert visits(bench) == {TODAY - back * DAY: 7 if back < 3 else 100 + back for back in range(11)}


def test_a_day_without_rows_is_zero_once_it_was_read(bench: Bench) -> None:
    """What the answer does not hold any more becomes zero, not what it was."""
    bench.sync("traffic")
    del bench.shop.visits[TODAY - DAY]
    assert bench.sync("traffic").runs[0].changed == 1
    assert TODAY - DAY not in visits(bench)
    assert bench.ledger.reader(1).coverage("sessions").first_day == TODAY - 10 * DAY


def test_the_rest_of_an_open_day_is_no_restatement(bench: Bench) -> None:
    """A day that had not ended when it was last read is completed, not restated, the morning after."""
    bench.sync("traffic")
    bench.wait(hours=20)
    bench.shop.visits[TODAY] += 50
    run = bench.sync("traffic").runs[0]
    assert (run.changed, run.restated) == (1, 0)


def test_a_pause_is_read_from_the_days_that_had_not_settled(bench: Bench) -> None:
    """After days of standstill all is read that could still change when it began, though that has settled since."""
    bench.sync("traffic")
    bench.asked("traffic")
    bench.wait(days=5)
    bench.sync("traffic")
    assert bench.asked("traffic") == [Span(day_start(TODAY - 2 * DAY, AMSTERDAM), START + 5 * DAY)]


def test_reading_totals_twice_changes_nothing(bench: Bench) -> None:
    """The same answer leaves every row as it was, observed-at included."""
    bench.sync()
    before = dump(bench.ledger)
    bench.wait(minutes=1)
    assert bench.sync("traffic").changed == 0
    assert dump(bench.ledger) == before


def test_long_histories_are_asked_in_quarters(ledger: Ledger) -> None:
    """No answer holds more than 92 days; the newest come first, and progress is told after each."""
    tap = orders_only()
    asked = []

    @tap.periods("traffic", feeds=[tap.measure("sessions")], every="1h", history="1y", settles="2d")
    def traffic(_ctx: object, span: Span) -> Iterator[object]:
        asked.append(span)
        return iter(())

    bench = Bench(ledger, tap)
    bench.sync("traffic")
    assert len(asked) == 5  # the last five weeks, and four quarters before
    assert max(span.length for span in asked) <= 92 * DAY + timedelta(hours=1)
    assert asked[0].end == START
    assert all(newer.start == older.end for newer, older in pairwise(asked))
    told = [progress.fraction for progress in bench.progress]
    assert told == sorted(told)
    assert (len(told), told[-1]) == (5, 1.0)


def test_a_level_is_carried_forward_and_changes_when_seen(bench: Bench) -> None:
    """A level holds until it is seen otherwise, label by label."""
    bench.shop.tickets = {"returns": 5, "delivery": 3}
    bench.sync("tickets")
    bench.wait(days=2)
    bench.shop.tickets = {"returns": 6, "delivery": 3}
    bench.sync("tickets")
    assert levels(bench) == {TODAY: 8, TODAY + 2 * DAY: 9}
    assert levels(bench, category="delivery") == {TODAY: 3, TODAY + 2 * DAY: 3}


@pytest.mark.parametrize("after", [{"returns": 0, "delivery": 3}, {"delivery": 3}], ids=["said zero", "not listed"])
def test_a_level_that_became_zero_is_not_carried_forward(bench: Bench, after: dict[str, int]) -> None:
    """A category without open tickets is zero from then on, whether the source says so or leaves it out."""
    bench.shop.tickets = {"returns": 5, "delivery": 3}
    bench.sync("tickets")
    bench.wait(days=1)
    bench.shop.tickets = after
    bench.sync("tickets")
    assert levels(bench) == {TODAY: 8, TODAY + DAY: 3}
    assert list(levels(bench, category="returns").values())[-1] == 0
    before = dump(bench.ledger)
    bench.wait(minutes=5)
    assert bench.sync("tickets").changed == 0
    assert dump(bench.ledger) == before


def test_levels_of_several_accounts_are_carried_each_by_itself(bench: Bench) -> None:
    """An account that was not read today keeps its level; the sum is not taken for the other's alone."""
    bench.shop.tickets = {"returns": 5}
    bench.sync("tickets")
    shop = Shop(START + DAY)
    shop.account = replace(ACCOUNT, id="shop-2")
    shop.tickets = {"returns": 20}
    Bench(bench.ledger, bench.tap, shop, name="second").sync("tickets")
    assert levels(bench) == {TODAY: 5, TODAY + DAY: 25}


def test_a_level_is_known_while_it_is_carried(bench: Bench) -> None:
    """A pause within the stated time is bridged; after a longer one the days before are unknown."""
    bench.sync("tickets")
    bench.wait(days=3)
    bench.sync("tickets")
    assert bench.ledger.reader(1).coverage("tickets_open").first_day == TODAY
    bench.wait(days=6)
    bench.sync("tickets")
    assert bench.ledger.reader(1).coverage("tickets_open").first_day == TODAY + 9 * DAY


def test_a_snapshot_of_another_day_is_a_bug(ledger: Ledger) -> None:
    """A level dated by the machine's clock instead of the account's day would count twice."""
    tap = orders_only()
    tap.snapshot("tickets", feeds=[tap.measure("tickets_open")], every="1h")(lambda ctx: [TICKETS.on(ctx.now - DAY, 1)])
    bench = Bench(ledger, tap)
    assert bench.sync("tickets").runs[0].message == (
        "stream tickets is a snapshot, but dates tickets_open 2025-03-09: a snapshot's levels are those of ctx.now"
    )


def test_another_zone_is_loaded_beside_the_old_one_and_swapped_in(ledger: Ledger) -> None:
    """While the history is read in the new zone the old figures stand; then all days are the new zone's, at once."""
    bench = Bench(ledger)
    late = datetime(2025, 3, 8, 23, 30, tzinfo=UTC)
    bench.shop.place("a", ago=START - late, placed=late)
    bench.sync()
    assert {place[3] for place in sums(ledger)} == {date(2025, 3, 9).toordinal()}
    bench.shop.account = replace(ACCOUNT, time_zone="Europe/London")

    def trouble(_: str, span: Span | None) -> None:
        if span and span.end < START - 5 * DAY:
            raise RetryLater("not now")

    bench.shop.trouble = trouble
    bench.sync()
    assert {place[3] for place in sums(ledger)} == {date(2025, 3, 9).toordinal()}
    bench.shop.trouble = lambda *_: None
    bench.sync()
    assert {place[3] for place in sums(ledger)} == {date(2025, 3, 8).toordinal()}
    assert len(dump(ledger, "generation")["generation"]) == 1
    assert len(dump(ledger)["contribution"]) == 1


@pytest.mark.parametrize("change", ["mapping", "feeds"])
def test_another_way_of_reading_reads_the_history_again(ledger: Ledger, change: str) -> None:
    """A new mapping number, or another measure, gives every record its new contributions, the old ones included."""
    bench = Bench(ledger)
    bench.shop.place("a", ago=9 * DAY)
    bench.sync()
    stream = bench.tap.streams["orders"]
    units = bench.tap.measure("units_sold")

    def read(ctx: object, span: Span) -> Iterator[object]:
        for record in stream.read(ctx, span):
            yield record.add(units, START - 9 * DAY, 2) if change == "feeds" else record

    terms = {"feeds": (*stream.feeds, units)} if change == "feeds" else {"mapping": 2}
    bench.tap.streams["orders"] = replace(stream, read=read, **terms)
    bench.wait(hours=1)
    bench.sync()
    assert len(dump(ledger, "generation")["generation"]) == 1
    assert sum(run.records for run in latest_runs(ledger.database)) == 1
    assert ("units_sold" in {place[0] for place in sums(ledger)}) == (change == "feeds")
    assert (ledger.reader(1).coverage("units_sold") is not None) == (change == "feeds")


def test_other_settings_keep_what_a_snapshot_has_seen(bench: Bench) -> None:
    """The past of a level cannot be read again: no change of settings or zone may throw it away."""
    bench.shop.tickets = {"returns": 5}
    bench.sync("tickets")
    bench.wait(days=1)
    bench.shop.account = replace(ACCOUNT, time_zone="Europe/London")
    bench.shop.tickets = {"returns": 6}
    bench.sync("tickets")
    assert levels(bench) == {TODAY: 5, TODAY + DAY: 6}


def test_a_tap_without_streams_is_no_trouble(ledger: Ledger) -> None:
    """A connection of a tap that reads nothing yet syncs, and nothing happens."""

    class Nothing(Settings):
        pass

    tap = Tap("toy", title="Toy", settings=Nothing, api=1, base_url="https://toy.example", hosts=["toy.example"])
    tap.account(lambda _: ACCOUNT)
    assert Bench(ledger, tap).sync().runs == ()
