"""Records with a revision: sources that number their changes are compared by number, and no number is a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store.shelf import EURO, dump, sums
from sync.toy import ORDERS, START, Bench, Shop, contributions, orders_only

from kpitaps import Record, RetryLater
from kpitaps.store.clocks import dated, is_dated, is_numbered, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span, Tap
    from kpitaps.store import Ledger

MINUTE = timedelta(minutes=1)
revisions = st.integers(0, 2**63 - 1)


def with_keys(lag: str = "5m") -> Tap:
    """Return a tap of numbered orders that lists their keys once a day; the list lacks those that are ``hidden``."""
    tap = orders_only(numbered=True, lag=lag)

    @tap.keys("orders", every="1d")
    def keys(ctx: Context) -> Iterator[str]:
        shop: Any = ctx.http
        shop.trouble("keys", None)
        yield from [key for key in shop.orders if key not in getattr(shop, "hidden", ())]

    return tap


def shop_with(number: int) -> Shop:
    shop = Shop()
    for turn in range(number):
        shop.place(f"o{turn}", ago=timedelta(days=turn, hours=1))
    return shop


def vanish(shop: Shop, key: str) -> None:
    """Drop an order from the source without a trace."""
    del shop.orders[key]
    del shop._shown[key]


def stop(span: Span | None, before: Any) -> None:
    if span and span.end < before:
        raise RetryLater("not now")


def orders(ledger: Ledger) -> int:
    """Return how many orders the ledger has."""
    return sum(halves[0] for place, halves in sums(ledger).items() if place[0] == "orders") // EURO


@given(revisions, revisions, st.datetimes(timezones=st.just(START.tzinfo)))
def test_numbers_keep_their_order_and_are_no_times(one: int, other: int, at: Any) -> None:
    """A clock made of a number is higher where the number is, fits into the column, and is told from any time."""
    clocks = numbered(one), numbered(other)
    assert (clocks[0] < clocks[1]) is (one < other)
    assert all(-(2**63) <= clock < 2**63 and is_numbered(clock) and not is_dated(clock) for clock in clocks)
    assert is_dated(dated(at))


@pytest.mark.parametrize(("second", "amount"), [(4, 10), (5, 7), (6, 7)])
def test_the_higher_number_wins(ledger: Ledger, second: int, amount: int) -> None:
    """A lower number never overwrites a higher one; an equal one replaces."""
    shop = Shop()
    order = replace(shop.place("a", ago=timedelta(hours=1)), revision=5)
    shop._hidden[0] = (START, "a", (0, order))
    bench = Bench(ledger, orders_only(numbered=True), shop)
    bench.sync()
    shop._shown["a"] = (1, replace(order, revision=second, amount=7, updated=START))
    bench.wait(minutes=10)
    bench.sync()
    assert [halves[0] // EURO for place, halves in sums(ledger).items() if place[0] == "order_revenue"] == [amount]


def test_slices_do_not_shrink_where_nothing_tells_the_time(ledger: Ledger) -> None:
    """Three years of numbered records take a few slices, and none of them counts as from elsewhere."""
    bench = Bench(ledger, orders_only(numbered=True, history="3y", slice_limit=50), shop_with(30))
    assert bench.sync().errors == {}
    assert len(bench.asked()) < 40
    assert orders(ledger) == 30


def blind(limit: int) -> Tap:
    """Return a tap that yields all of its numbered orders for every span."""
    tap = orders_only(numbered=True)

    @tap.records("others", feeds=[ORDERS], every="1h", history="30d", slice_limit=limit)
    def others(ctx: Context, span: Span) -> Iterator[Record]:
        shop: Any = ctx.http
        shop.asked.append(("others", span))
        for key, order in shop.orders.items():
            record = contributions(key, order, numbered=True)
            yield Record(key, revision=order.revision).add(ORDERS, order.placed, len(record.entries))

    return tap


def test_a_tap_that_ignores_its_span_reads_on_in_long_slices(ledger: Ledger) -> None:
    """What a slice shows that the one before showed as well is not its own: slices grow all the same."""
    bench = Bench(ledger, blind(100), shop_with(30))
    assert bench.sync("others").errors == {}
    assert len(bench.asked("others")) < 12


def test_a_tap_that_ignores_its_span_and_yields_too_much_is_told(ledger: Ledger) -> None:
    """More records than a slice holds, the same ones for every second: the sync ends with a sentence."""
    bench = Bench(ledger, blind(10), shop_with(30))
    assert "does not look at its span" in bench.sync("others").runs[0].message


@pytest.mark.parametrize("way", ["all is read again", "keys are listed"])
def test_what_a_sweep_does_not_show_is_deleted(ledger: Ledger, way: str) -> None:
    """A numbered record that vanished goes at the next sweep; the others stay."""
    tap = with_keys() if way == "keys are listed" else orders_only(numbered=True, sweep="1d")
    bench = Bench(ledger, tap, shop_with(4))
    bench.sync()
    vanish(bench.shop, "o2")
    bench.wait(hours=2)
    bench.sync()
    assert orders(ledger) == 4
    bench.wait(hours=22)
    assert bench.sync().changed == 1
    assert orders(ledger) == 3


@pytest.mark.parametrize("listed", [True, False])
def test_what_another_process_lands_meanwhile_stays(ledger: Ledger, *, listed: bool) -> None:
    """A numbered record that came in after the sweep had begun is not missing from what the sweep has seen."""
    tap = with_keys() if listed else orders_only(numbered=True, sweep="1d")
    bench = Bench(ledger, tap, shop_with(4))
    bench.sync()
    bench.wait(days=1)
    bench.shop.hidden = ("new",)  # type: ignore[attr-defined] # the list was made before it came in

    def meanwhile(stream: str, span: Span | None) -> None:
        if stream == "keys" or (span and span.end < bench.shop.now - timedelta(days=5)):
            bench.shop.trouble = lambda *_: None
            bench.shop.place("new")
            bench.wait(minutes=1)
            other = Bench(ledger, orders_only(numbered=True), bench.shop)
            assert other.sync().errors == {}

    bench.shop.trouble = meanwhile
    bench.sync()
    assert orders(ledger) == 5


def test_what_this_run_has_read_is_not_missing_from_a_late_list(ledger: Ledger) -> None:
    """A record of the last minutes, landed a while before, stays though the list of keys trails."""
    bench = Bench(ledger, with_keys(), shop_with(4))
    bench.sync()
    bench.wait(days=1, minutes=-1)
    bench.shop.place("young")
    bench.sync()
    bench.wait(minutes=1)
    bench.shop.hidden = ("young",)  # type: ignore[attr-defined] # not shown yet
    bench.sync()
    assert orders(ledger) == 5


def test_a_new_epoch_is_read_anew_beside_the_old_figures(ledger: Ledger) -> None:
    """The source starts to count from one again: figures stay as they were until all has been read once more."""
    bench = Bench(ledger, orders_only(numbered=True, history="90d"), shop_with(40))
    bench.shop.account = replace(bench.shop.account, epoch="first")
    bench.sync()
    before = sums(ledger)
    bench.wait(days=1)
    bench.shop.account = replace(bench.shop.account, epoch="second")
    for number, order in bench.shop._shown.values():
        order.revision, order.amount = number - 1_000 if number > 1_000 else number // 2, 99
    bench.shop.trouble = lambda _, span: stop(span, bench.shop.now - timedelta(days=36))
    assert bench.sync().errors.keys() == {"orders"}
    assert sums(ledger) == before, "half of it is there"
    bench.shop.trouble = lambda *_: None
    assert bench.sync().errors == {}
    revenue = {halves[0] // EURO for place, halves in sums(ledger).items() if place[0] == "order_revenue"}
    assert (revenue, orders(ledger)) == ({99}, 40)


def test_a_stream_has_times_or_numbers(ledger: Ledger) -> None:
    """Records of one stream that are compared in two ways are refused, and none of the slice lands."""
    tap = orders_only()
    records = [Record("a", START), Record("b", revision=1)]
    tap.records("others", feeds=[ORDERS], every="1h", history="1d")(lambda _ctx, _span: iter(records))
    bench = Bench(ledger, tap)
    assert "record b is not dated or numbered as the others are" in bench.sync("others").runs[0].message
    assert dump(ledger)["contribution"] == []
