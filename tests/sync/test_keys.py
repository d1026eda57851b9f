"""Sweeping by keys: where listing ids is cheap, deletions are found without reading the records."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from store.shelf import dump, sums
from sync.toy import Bench, Shop, orders_only

from kpitaps import Context, Incomplete, Record, RetryLater, Tap, TapBug

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.store import Ledger

DAY = timedelta(days=1)


def listing_keys(hidden: tuple[str, ...] = ()) -> Tap:
    """Return a tap of orders that lists their keys once a day; its list lacks the ``hidden`` ones."""
    tap = orders_only()

    @tap.keys("orders", every="1d")
    def keys(ctx: Context) -> Iterator[str]:
        shop: Any = ctx.http
        shop.opened.append("keys")
        for key in list(shop.orders):
            shop.trouble("keys", None)
            if key not in hidden:
                yield key

    return tap


@pytest.fixture
def bench(ledger: Ledger) -> Bench:
    """A shop with four orders of different days, all of them read."""
    shop = Shop()
    for turn in range(4):
        shop.place(f"o{turn}", ago=timedelta(days=turn, hours=1))
    bench = Bench(ledger, listing_keys(), shop)
    assert bench.sync().errors == {}
    return bench


def vanish(shop: Shop, key: str) -> None:
    """Drop an order from the source without a trace."""
    del shop.orders[key]
    del shop._shown[key]


def test_a_key_that_is_not_listed_is_deleted(bench: Bench) -> None:
    """A day after the first load the keys are listed for the first time, and what vanished goes with all it added."""
    vanish(bench.shop, "o2")
    bench.wait(hours=23)
    bench.sync()
    assert bench.shop.opened == []
    bench.wait(hours=1)
    bench.asked()
    run = bench.sync().runs[0]
    assert bench.shop.opened == ["keys"]
    assert (run.records, run.changed, run.restated) == (0, 1, 2)
    assert sum((span.length for span in bench.asked()), timedelta()) < timedelta(hours=2), "no record is read again"
    assert len(sums(bench.ledger)) == 6
    assert len(dump(bench.ledger)["member"]) == 3


def test_keys_are_listed_every_so_often(bench: Bench) -> None:
    """Nothing vanished, nothing changes; the next list is due a day later."""
    before = dump(bench.ledger)
    for hours, times in ((24, 1), (23, 1), (1, 2)):
        bench.wait(hours=hours)
        bench.sync()
        assert bench.shop.opened == ["keys"] * times
    assert dump(bench.ledger) == before


def test_a_list_that_breaks_off_deletes_nothing(bench: Bench) -> None:
    """Half a list of keys says nothing of the other half: it is asked for again at the next run."""
    vanish(bench.shop, "o0")
    bench.wait(days=1)
    left = [2]

    def trouble(stream: str, _: object) -> None:
        left[0] -= stream == "keys"
        if not left[0]:
            raise RetryLater("not now")

    bench.shop.trouble = trouble
    assert bench.sync().runs[0].outcome == "retry_later"
    assert len(sums(bench.ledger)) == 8
    bench.shop.trouble = lambda *_: None
    assert bench.sync().changed == 1
    assert len(sums(bench.ledger)) == 6


def test_what_the_source_hides_is_not_gone(bench: Bench) -> None:
    """While it keeps all from us, no key says nothing; when the gap closes, a list of keys counts again."""
    before = sums(bench.ledger)
    bench.tap = listing_keys(hidden=("o0", "o1", "o2", "o3"))
    gap = Incomplete(("orders",), None, "orders are hidden", "grant the right")
    bench.shop.account = replace(bench.shop.account, incomplete=(gap,))
    bench.wait(days=1)
    assert bench.sync().errors == {}
    assert sums(bench.ledger) == before
    bench.shop.account = replace(bench.shop.account, incomplete=())
    bench.sync()
    assert dump(bench.ledger)["member"] == []


def test_half_a_list_of_a_source_that_hides_the_rest_deletes_nothing(bench: Bench) -> None:
    """Where older records are hidden, so are their keys: what has been read of them stays."""
    before = sums(bench.ledger)
    bench.tap = listing_keys(hidden=("o3",))
    gap = Incomplete(("orders",), bench.shop.now - 2 * DAY, "older orders are hidden", "grant the right")
    bench.shop.account = replace(bench.shop.account, incomplete=(gap,))
    bench.wait(days=1)
    assert bench.sync().errors == {}
    assert (bench.shop.opened, sums(bench.ledger)) == ([], before)


def test_what_is_newer_than_the_list_may_show_stays(bench: Bench) -> None:
    """A list of keys trails like a search: an order of the last minutes that is not in it stays until the next one."""
    bench.tap = listing_keys(hidden=("fresh", "o1"))
    bench.wait(days=1)
    bench.shop.place("fresh", ago=timedelta(minutes=2))
    bench.sync()
    assert len(dump(bench.ledger)["member"]) == 4, "o1 went, fresh came"
    bench.wait(days=1)
    bench.sync()
    assert len(dump(bench.ledger)["member"]) == 3


def test_a_new_way_of_reading_starts_its_own_round(bench: Bench) -> None:
    """Its first load misses nothing, so its first list is due a day after it."""
    bench.wait(days=1)
    bench.shop.account = replace(bench.shop.account, time_zone="Europe/London")
    bench.sync()
    assert bench.shop.opened == []
    bench.wait(days=1)
    bench.sync()
    assert bench.shop.opened == ["keys"]


@pytest.mark.parametrize("key", [7, "", None])
def test_a_key_is_text(bench: Bench, key: Any) -> None:
    """A number would match no record, and all would be deleted."""
    tap = orders_only()
    tap.keys("orders", every="1d")(lambda _: [key])
    bench.tap = tap
    bench.wait(days=1)
    run = bench.sync().runs[0]
    assert run.message == f"the keys of stream orders are the ids of its records as text, not {key!r}"
    assert len(sums(bench.ledger)) == 8


def test_records_of_such_a_stream_need_a_clock(ledger: Ledger) -> None:
    """They are read once, so an edit shows by its clock alone."""
    tap = orders_only()
    tap.records("others", feeds=[tap.measure("orders")], every="1h", history="1d")(lambda _c, _s: [Record("a")])
    tap.keys("others")(lambda _: ["a"])
    assert "record a has no updated_at" in Bench(ledger, tap).sync("others").runs[0].message


def test_keys_belong_to_a_records_stream_that_is_not_swept() -> None:
    """The stream is declared before; a sweep that reads all records anyway needs no keys."""
    with pytest.raises(TapBug, match=r"tap toy: keys of 'ordres': declare the records stream of that name first"):
        orders_only().keys("ordres")
    with pytest.raises(TapBug, match=r"tap toy: stream orders is swept already: leave out sweep=, or keys\(\)"):
        orders_only(sweep="1d").keys("orders")


def test_an_empty_list_of_keys_is_not_believed(ledger: Ledger) -> None:
    """Where the ledger has many records, a source that lists none has failed: nothing is deleted."""
    shop = Shop()
    for turn in range(60):
        shop.place(f"o{turn}", ago=timedelta(hours=turn + 1))
    bench = Bench(ledger, listing_keys(hidden=tuple(shop.orders)), shop)
    bench.sync()
    before = dump(ledger)["contribution"]
    bench.wait(days=2)
    error = bench.sync().errors["orders"]
    assert isinstance(error, RetryLater)
    assert "the source lists nothing, though the ledger has 60 records" in str(error)
    assert dump(ledger)["contribution"] == before
