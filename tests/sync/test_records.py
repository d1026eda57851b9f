"""Reading records: newest first, in slices that fit, and nothing twice that need not be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from store.shelf import EURO, dump, sums
from sync.toy import LAG, ORDERS, START, Bench, Order, Shop, contributions, orders_only

from kpitaps import Record, RetryLater
from kpitaps.calendar import Span, Spans
from kpitaps.store import read_spans
from kpitaps.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kpitaps import Context
    from kpitaps.store import Ledger

DAY, HOUR, MINUTE, SECOND = (timedelta(**{unit: 1}) for unit in ("days", "hours", "minutes", "seconds"))
GENERATION = 1


def shop_with(number: int, every: timedelta) -> Shop:
    shop = Shop()
    for turn in reversed(range(number)):
        shop.place(f"o{turn}", ago=turn * every + MINUTE)
    return shop


def test_history_is_read_newest_first(ledger: Ledger) -> None:
    """The first slice ends now and each next one further back, until the history is covered without gap or overlap."""
    bench = Bench(ledger, shop=shop_with(20, DAY))
    bench.sync()
    asked = bench.asked()
    assert asked[0].end == START
    assert all(newer.start == older.end for newer, older in pairwise(asked))
    assert asked[-1].start == START.replace(month=2, day=7, hour=23, minute=0, second=0, microsecond=0)
    assert len(sums(ledger)) == 40


def test_slices_grow_where_little_happens(ledger: Ledger) -> None:
    """Three empty years take a few slices, not a thousand."""
    bench = Bench(ledger, orders_only(history="3y"))
    bench.sync()
    lengths = [span.length for span in bench.asked()]
    assert lengths[:3] == [DAY, 4 * DAY, 16 * DAY]
    assert len(lengths) < 12


def test_slices_that_hold_too_much_are_split(ledger: Ledger) -> None:
    """No slice lands more records than its limit; all records land."""
    bench = Bench(ledger, orders_only(slice_limit=10), shop_with(200, 7 * MINUTE))
    result = bench.sync()
    assert result.errors == {}
    assert result.runs[0].slices > 20
    assert sum(halves[0] for place, halves in sums(ledger).items() if place[0] == "orders") == 200 * EURO


@pytest.mark.parametrize("limit", [1, 3, 4, 10])
@pytest.mark.parametrize("gap", [timedelta(), timedelta(milliseconds=1200), timedelta(milliseconds=700)])
def test_many_records_of_one_second_land_all_the_same(ledger: Ledger, limit: int, gap: timedelta) -> None:
    """A bulk edit gives more records one clock than a slice may hold: the smallest slice takes them all."""
    shop = Shop()
    for turn in range(25):
        shop.place(f"o{turn}", ago=10 * SECOND)
    bench = Bench(ledger, orders_only(slice_limit=limit, history="1d"), shop)
    bench.sync()
    bench.asked()
    shop.now += 10 * MINUTE
    for turn in range(25):
        shop.place(f"p{turn}", ago=SECOND)
    shop.now += LAG + gap
    assert bench.sync().errors == {}
    assert len(bench.asked()) < 2000
    assert sum(halves[0] for place, halves in sums(ledger).items() if place[0] == "orders") == 50 * EURO


def blind(bench: Bench) -> Bench:
    """Let the tap yield all orders whatever the span."""

    def everything(_: Context, span: Span) -> Iterator[Record]:
        bench.shop.asked.append(("orders", span))
        return (contributions(key, order) for key, order in bench.shop.orders.items())

    bench.tap.streams["orders"] = replace(bench.tap.streams["orders"], read=everything)
    return bench


def test_a_tap_that_ignores_its_span_reads_on_in_long_slices(ledger: Ledger) -> None:
    """Records from outside the span do no harm: they land, and the slices grow as if they were not there."""
    bench = blind(Bench(ledger, orders_only(slice_limit=50, history="3y"), shop_with(40, DAY)))
    assert bench.sync().errors == {}
    assert len(bench.asked()) < 60
    assert sum(halves[0] for place, halves in sums(ledger).items() if place[0] == "orders") == 40 * EURO


def test_a_tap_that_ignores_its_span_and_yields_too_much_is_told(ledger: Ledger) -> None:
    """More than a slice may hold, each time: it would be cut into seconds for ever."""
    bench = blind(Bench(ledger, orders_only(slice_limit=10, history="3y"), shop_with(40, DAY)))
    sentence = bench.sync().runs[0].message
    assert sentence.startswith("stream orders does not look at its span: 40 of the 40 records that it yielded for one ")
    assert len(bench.asked()) < 60


def test_nothing_is_read_twice_but_the_lag(ledger: Ledger) -> None:
    """The next run reads from where the last one was sure, whole seconds, up to now, and lands nothing new."""
    bench = Bench(ledger, shop=shop_with(20, DAY))
    bench.sync()
    before = dump(ledger)
    bench.asked()
    bench.wait(hours=1)
    result = bench.sync()
    assert bench.asked() == [Span(START.replace(microsecond=0) - LAG, START + HOUR)]
    assert (result.runs[0].records, result.changed) == (1, 0)
    assert dump(ledger) == before


@pytest.mark.parametrize("crowd", [0, 30])
def test_what_the_index_shows_late_is_found(ledger: Ledger, crowd: int) -> None:
    """A write that the search shows only after the lag is read, also where a crowd has made the slices narrow."""
    bench = Bench(ledger, orders_only(slice_limit=5, history="1d"))
    for turn in range(crowd):
        bench.shop.place(f"seen-{turn}", ago=turn * 8 * SECOND)
    bench.shop.trailing = LAG
    bench.shop.place("late", ago=3 * MINUTE)
    bench.sync()
    bench.wait(minutes=2, milliseconds=-400)
    bench.sync()
    bench.wait(milliseconds=400)
    bench.sync()
    assert sums(ledger)["orders", '{"sales_channel":"web"}', "", date(2025, 3, 10).toordinal()] == (
        (crowd + 1) * EURO,
        0,
    )


def test_a_slice_that_fails_leaves_the_others(ledger: Ledger) -> None:
    """What landed stays, the run says what went wrong, and the next run reads only what is missing."""
    bench = Bench(ledger, shop=shop_with(20, DAY))

    def trouble(_: str, span: Span | None) -> None:
        if span and span.end < START - 10 * DAY:
            raise RetryLater("the toy shop is closed", after=30)

    bench.shop.trouble = trouble
    result = bench.sync()
    run = result.runs[0]
    assert (run.outcome, run.message, run.retry_at) == ("retry_later", "the toy shop is closed", START + 30 * SECOND)
    read = read_spans(ledger.database, GENERATION)
    assert len(dump(ledger)["contribution"]) == run.records > 0
    bench.shop.trouble = lambda *_: None
    bench.asked()
    assert bench.sync().errors == {}
    assert Spans(bench.asked()) - Spans([Span(START - LAG - SECOND, START)]) == Spans(
        [Span(START.replace(month=2, day=7, hour=23, minute=0, second=0, microsecond=0), read.newest.start)]
    )
    assert len(dump(ledger)["contribution"]) == 20


def test_days_are_known_from_the_newest_block_only(ledger: Ledger) -> None:
    """While history has a hole, days before it are not shown as known, though some of them have been read."""
    bench = Bench(ledger, shop=shop_with(20, DAY), workers=1)
    bad = Span(START - 12 * DAY, START - 9 * DAY)

    def trouble(_: str, span: Span | None) -> None:
        if span and span.start < bad.end and bad.start < span.end:
            raise RetryLater("not now")

    bench.shop.trouble = trouble
    bench.sync()
    newest = read_spans(ledger.database, GENERATION).newest
    coverage = ledger.reader(1).coverage("orders")
    assert coverage.through == newest.end == START.replace(microsecond=0) - LAG
    first = (newest.start + timedelta(hours=1)).date() + DAY
    assert coverage.first_day == first > bad.end.date()
    bench.shop.trouble = lambda *_: None
    bench.sync()
    assert ledger.reader(1).coverage("orders").first_day == date(2025, 2, 8)


def test_a_day_is_known_only_when_early_updates_are_in(ledger: Ledger) -> None:
    """Where a record may last have been updated before its business day, the first known day is that much later."""
    bench = Bench(ledger, orders_only(ahead="3d"))
    bench.sync()
    assert ledger.reader(1).coverage("orders").first_day == date(2025, 2, 11)


def test_a_late_refund_restates_its_order_day_once_it_was_closed(ledger: Ledger) -> None:
    """A change to a day that had ended when it was read counts as restated; the rest of an open day does not."""
    bench = Bench(ledger)
    bench.shop.place("a", ago=2 * DAY)
    assert bench.sync().runs[0].restated == 0
    bench.shop.place("b", amount=1)
    bench.wait(hours=13)
    assert bench.sync().runs[0].restated == 0, "the rest of yesterday, which was open when it was last read"
    order = bench.shop.orders["a"]
    bench.shop.write("a", Order(order.placed, "ann", "web", 3, order.updated))
    result = bench.sync()
    assert (result.changed, result.runs[0].restated) == (1, 1)


def test_workers_share_the_work(ledger: Ledger) -> None:
    """Several slices at once end with the same ledger as one after another."""
    bench = Bench(ledger, orders_only(slice_limit=20), shop_with(150, 5 * HOUR), workers=8)
    assert bench.sync().errors == {}
    assert len(dump(ledger)["contribution"]) == sum(
        1 for order in bench.shop.orders.values() if order.updated >= START - 30 * DAY - HOUR * 12
    )
    assert len(list(read_spans(ledger.database, GENERATION))) == 1


def test_progress_is_told_after_each_slice(ledger: Ledger) -> None:
    """The fraction grows to one, with an estimate of the rest."""
    bench = Bench(ledger, shop=shop_with(5, DAY))
    bench.sync()
    fractions = [told.fraction for told in bench.progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert bench.progress[-1].seconds_left == 0
    assert {(told.connection, told.stream) for told in bench.progress} == {("acme", "orders")}


def yielding(*answers: Any) -> Callable[..., Any]:
    def build() -> Any:
        tap = orders_only()
        tap.records("others", feeds=[ORDERS], every="1h", history="1d")(lambda _ctx, _span: iter(answers))
        return tap

    return build


BUGS = {
    "row": (
        yielding({"name": "Jane Doe", "email": "jane@x.example"}),
        "stream others yielded a dict; a records stream yields Record objects",
    ),
    "no clock": (
        yielding(Record("7")),
        (
            "stream others: record 7 has no updated_at; "
            "give it one, or declare sweep= for a source without an update clock"
        ),
    ),
    "undeclared measure": (
        yielding(Record("7", START).add(orders_only().measure("units_sold"), START, 1)),
        "stream others feeds units_sold without declaring it in feeds=",
    ),
}


@pytest.mark.parametrize(("tap", "sentence"), BUGS.values(), ids=BUGS)
def test_a_stream_that_breaks_a_rule_is_told_so(ledger: Ledger, tap: Callable[[], Any], sentence: str) -> None:
    """The run log names what was wrong, without a word of what the source sent; nothing of the slice lands."""
    bench = Bench(ledger, tap())
    result = bench.sync("others")
    assert (result.runs[0].outcome, result.runs[0].message) == ("tap_bug", sentence)
    assert dump(ledger)["contribution"] == []


def test_no_id_and_no_name_reaches_the_ledger(ledger: Ledger) -> None:
    """Record ids and buyers are stored as hashes, keyed per connection: nothing of them can be found again."""
    bench = Bench(ledger)
    bench.shop.place("order-jane-doe", buyer="jane@x.example")
    bench.sync()
    everything = repr([rows for name, rows in dump(ledger, *metadata.tables).items() if name != "connection"])
    assert "jane" not in everything
    assert Counter(len(row[1]) for row in dump(ledger)["contribution"]) == {16: 1}
