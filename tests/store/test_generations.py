"""Generations, the run log, and what a reader sees."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from store.shelf import (
    ACCOUNT,
    BUYERS,
    DAY,
    DEALS,
    EURO,
    FEEDS,
    NOW,
    ORDERS,
    REVENUE,
    a_connection,
    a_generation,
    a_stream,
    dump,
    entry,
    meets,
    record,
    sums,
)

from kpitaps.calendar import Span
from kpitaps.store import (
    DayTotal,
    Run,
    SeriesBook,
    activate,
    fingerprint,
    generation_progress,
    land_records,
    latest_runs,
    log_run,
    open_repairs,
    set_repairs,
)
from kpitaps.store.runs import KEPT_PER_STREAM
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from conftest import Desk

FIRST = date.fromordinal(DAY)


def test_a_generation_is_swapped_in_at_once(desk: Desk) -> None:
    """A later way of reading is invisible while it loads; then it alone counts, and the old rows are gone."""
    desk.land(record("a", 1, entry(ORDERS, 1), meets(1)))
    loading = a_generation(desk.ledger, desk.connection, a_stream(), "second")
    assert (desk.generation.is_active, loading.is_active) == (True, False)
    book = SeriesBook(loading.id, FEEDS)
    land_records(desk.ledger.database, book, [record("a", 1, entry(ORDERS, 5))], None, observed_at=NOW)
    assert sums(desk.ledger) == {("orders", "{}", "", DAY): (EURO, 0)}
    activate(desk.ledger.database, loading.id)
    assert sums(desk.ledger) == {("orders", "{}", "", DAY): (5 * EURO, 0)}
    rows = dump(desk.ledger, "generation", "contribution", "measurement", "member", "series")
    assert {name: len(found) for name, found in rows.items()} == {
        "generation": 1,
        "contribution": 1,
        "measurement": 1,
        "member": 0,
        "series": 1,
    }


def test_readers_see_the_old_or_the_new_never_neither(desk: Desk) -> None:
    """While generations are swapped, every reader finds one of them, whole."""
    desk.land(record("a", 1, entry(ORDERS, 1)))
    seen: set[int] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add(sum(halves[0] for halves in sums(desk.ledger).values()) // EURO)

    thread = threading.Thread(target=look)
    thread.start()
    for number in range(2, 12):
        fresh = a_generation(desk.ledger, desk.connection, a_stream(), f"way {number}")
        book = SeriesBook(fresh.id, FEEDS)
        land_records(desk.ledger.database, book, [record("a", 1, entry(ORDERS, number))], None, observed_at=NOW)
        activate(desk.ledger.database, fresh.id)
    done.set()
    thread.join()
    assert 0 not in seen
    assert seen <= set(range(1, 12))


def test_other_streams_and_connections_are_not_touched(desk: Desk) -> None:
    """Swapping one stream's generation leaves every other alone."""
    others = [
        a_generation(desk.ledger, desk.connection, a_stream(name="others")),
        a_generation(desk.ledger, a_connection(desk.ledger, "x", tap="other"), a_stream()),
    ]
    activate(desk.ledger.database, a_generation(desk.ledger, desk.connection, a_stream(), "second").id)
    kept = {row[0] for row in dump(desk.ledger, "generation")["generation"]}
    assert {other.id for other in others} < kept
    assert desk.generation.id not in kept


def test_what_identifies_a_way_of_reading() -> None:
    """Zone, settings, mapping number, measures and their labels do; the pace of reading does not."""
    plain = a_stream()
    first = fingerprint(plain, "UTC", {"a": 1})
    assert first == fingerprint(a_stream(every=timedelta(days=1), lag=timedelta(1)), "UTC", {"a": 1})
    others = [
        fingerprint(plain, "Europe/Amsterdam", {"a": 1}),
        fingerprint(plain, "UTC", {"a": 2}),
        fingerprint(a_stream(mapping=2), "UTC", {"a": 1}),
        fingerprint(a_stream(feeds=FEEDS[1:]), "UTC", {"a": 1}),
        fingerprint(a_stream(StreamKind.SNAPSHOT), "UTC", {"a": 1}),
        fingerprint(plain, "UTC", {"a": 1}, "restored"),
    ]
    assert len({first, *others}) == 7
    snapshot = a_stream(StreamKind.SNAPSHOT)
    assert fingerprint(snapshot, "UTC", {"a": 1}) == fingerprint(snapshot, "Europe/Amsterdam", {}, "restored")
    totals = a_stream(StreamKind.PERIODS)
    assert fingerprint(totals, "UTC", {}) == fingerprint(totals, "UTC", {}, "restored"), "nothing in it is numbered"


def test_progress_is_that_of_what_is_shown(desk: Desk) -> None:
    """Up to when a stream was read, and how much of its history is in."""
    assert generation_progress(desk.ledger.database, desk.connection.id) == {"orders": (None, 0.0)}
    start = datetime(2025, 1, 1, tzinfo=UTC)
    desk.land(span=Span(start + timedelta(days=30), start + timedelta(days=40)))
    a_generation(desk.ledger, desk.connection, a_stream(), "second")
    through, share = generation_progress(desk.ledger.database, desk.connection.id)["orders"]
    assert (through, round(share, 6)) == (start + timedelta(days=40), 0.25)


def test_the_run_log_keeps_the_newest(desk: Desk) -> None:
    """The log of a stream is trimmed to its newest runs; other streams keep theirs."""
    log_run(desk.ledger.database, Run(desk.connection.id, "rare", NOW, outcome="ok"))
    for number in range(KEPT_PER_STREAM + 3):
        log_run(desk.ledger.database, Run(desk.connection.id, "orders", NOW, NOW, "ok", records=number))
    rows = dump(desk.ledger, "run")["run"]
    assert sorted(row[8] for row in rows if row[2] == "orders") == list(range(3, KEPT_PER_STREAM + 3))
    newest = {run.stream: run for run in latest_runs(desk.ledger.database)}
    assert newest["orders"] == Run(desk.connection.id, "orders", NOW, NOW, "ok", records=KEPT_PER_STREAM + 2)
    assert newest["rare"].ended_at is None


def test_repairs_open_once_and_close_where_judged(desk: Desk) -> None:
    """A repair stays open since when it was found; what was not judged stays as it is."""
    database, number = desk.ledger.database, desk.connection.id
    set_repairs(database, number, {"a": ("A", "do a"), "b:x": ("B", "do b")}, now=NOW)
    later = NOW + timedelta(hours=1)
    set_repairs(database, number, {"a": ("A!", "do a!")}, now=later, judged=lambda code: code == "a")
    assert [(found.code, found.message, found.fix, found.opened_at) for found in open_repairs(database)] == [
        ("a", "A!", "do a!", NOW),
        ("b:x", "B", "do b", NOW),
    ]
    set_repairs(database, number, {"b:x": ("B", "do b")}, now=later)
    assert [found.code for found in open_repairs(database)] == ["b:x"]
    set_repairs(database, number, {"a": ("A", "do a")}, now=later)
    assert [(found.code, found.opened_at) for found in open_repairs(database)] == [("a", later)]


def test_totals_by_day_and_by_label(desk: Desk) -> None:
    """Totals add up over labels, and apart by one of them; currencies stay apart; a filter picks."""
    parts = [
        entry(REVENUE, 1, sales_channel="web", product="mug"),
        entry(REVENUE, 2, sales_channel="pos"),
        entry(REVENUE, 4, sales_channel="web", currency="USD"),
        entry(REVENUE, 8, DAY - 1),
    ]
    desk.land(record("a", 1, *parts))
    reader = desk.ledger.reader(desk.connection.company_id)

    def total(day: int, currency: str, label: str, amount: int) -> DayTotal:
        return DayTotal(day, currency, label, amount * EURO, 0)

    assert reader.day_totals(REVENUE.key) == [
        total(DAY - 1, "EUR", "", 8),
        total(DAY, "EUR", "", 3),
        total(DAY, "USD", "", 4),
    ]
    assert reader.day_totals(REVENUE.key, by="sales_channel") == [
        total(DAY - 1, "EUR", "", 8),
        total(DAY, "EUR", "pos", 2),
        total(DAY, "EUR", "web", 1),
        total(DAY, "USD", "web", 4),
    ]
    assert reader.day_totals(REVENUE.key, by="product", where={"sales_channel": "web"}) == [
        total(DAY, "EUR", "mug", 1),
        total(DAY, "USD", "", 4),
    ]


def test_labels_may_hold_anything(desk: Desk) -> None:
    """Quotes, backslashes, percent signs, colons and other scripts are values like any other."""
    for number, value in enumerate(("5\" & 'x'", "a\\b", "100% :name ?", "ключ 🔑", "{}", "a.b")):
        desk.land(record(f"r{number}", 1, entry(REVENUE, 1, product=value)))
        reader = desk.ledger.reader(desk.connection.company_id)
        assert [row.label for row in reader.day_totals(REVENUE.key, by="product", where={"product": value})] == [value]


def test_a_company_reads_its_own_connections_only(desk: Desk) -> None:
    """Companies are kept apart, in totals, distinct counts and coverage."""
    desk.land(record("a", 1, entry(ORDERS, 1), meets(1)), span=Span(NOW - timedelta(days=5), NOW))
    stranger = desk.ledger.reader(desk.connection.company_id + 1)
    assert stranger.coverage(ORDERS.key) is None
    assert stranger.day_totals(ORDERS.key) == []
    assert stranger.distinct(BUYERS.key, FIRST, FIRST) == 0


def test_what_two_connections_know_is_what_both_know(desk: Desk) -> None:
    """Totals of two accounts add up; a subject of one is not that of the other; days are known when both know them."""
    another = replace(ACCOUNT, id="shop-2")
    second = a_generation(desk.ledger, a_connection(desk.ledger, "second", another), a_stream())
    book = SeriesBook(second.id, FEEDS)
    desk.land(record("a", 1, entry(ORDERS, 1), meets(1)), span=Span(NOW - timedelta(days=5), NOW))
    reader = desk.ledger.reader(desk.connection.company_id)
    assert (reader.coverage(ORDERS.key).first_day, reader.coverage(ORDERS.key).through) == (None, None)
    earlier = Span(NOW - timedelta(days=3), NOW - timedelta(hours=1))
    parts = [record("a", 1, entry(ORDERS, 2), entry(DEALS, 7), meets(1))]
    land_records(desk.ledger.database, book, parts, earlier, observed_at=NOW)
    reader = desk.ledger.reader(desk.connection.company_id)
    assert reader.day_totals(ORDERS.key) == [DayTotal(DAY, "", "", 3 * EURO, 0)]
    assert reader.distinct(BUYERS.key, FIRST, FIRST) == 2
    coverage = reader.coverage(ORDERS.key)
    assert (coverage.first_day, coverage.through) == (date(2025, 3, 8), NOW - timedelta(hours=1))


def test_a_reader_outlives_a_swap(desk: Desk) -> None:
    """A reader that was opened before a swap reads what is there after it: never the nothing in between."""
    desk.land(record("a", 1, entry(ORDERS, 1), meets(1)), span=Span(NOW - timedelta(days=5), NOW))
    reader = desk.ledger.reader(desk.connection.company_id)
    fresh = a_generation(desk.ledger, desk.connection, a_stream(), "second")
    book = SeriesBook(fresh.id, FEEDS)
    land_records(desk.ledger.database, book, [record("a", 1, entry(ORDERS, 5), meets(2))], None, observed_at=NOW)
    activate(desk.ledger.database, fresh.id)
    assert [total.numerator for total in reader.day_totals(ORDERS.key)] == [5 * EURO]
    assert reader.distinct(BUYERS.key, FIRST, FIRST) == 1
