"""Sweeping: where the source cannot tell of edits and deletions, all of it is read again now and then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from store.shelf import dump, sums
from sync.toy import Bench, Shop, orders_only

from kpitaps import RetryLater

if TYPE_CHECKING:
    from kpitaps.store import Ledger


@pytest.fixture
def bench(ledger: Ledger) -> Bench:
    """A shop with four orders of different days, all of them read."""
    shop = Shop()
    for turn in range(4):
        shop.place(f"o{turn}", ago=timedelta(days=turn, hours=1))
    bench = Bench(ledger, orders_only(sweep="1d"), shop)
    bench.sync()
    return bench


def vanish(shop: Shop, key: str) -> None:
    """Drop an order from the search without a trace."""
    del shop.orders[key]
    del shop._shown[key]


def test_what_a_complete_read_does_not_show_is_deleted(bench: Bench) -> None:
    """An order that vanished stays until the next sweep, and is gone with all it added after it."""
    vanish(bench.shop, "o2")
    bench.wait(hours=2)
    bench.sync()
    assert len(sums(bench.ledger)) == 8
    bench.wait(hours=23)
    result = bench.sync()
    assert (result.changed, result.runs[0].restated) == (1, 2)
    assert len(sums(bench.ledger)) == 6
    assert len(dump(bench.ledger)["member"]) == 3


def test_a_sweep_changes_nothing_where_nothing_vanished(bench: Bench) -> None:
    """All is read again, and no row changes; until the next one only what is new is read."""
    before = dump(bench.ledger)
    bench.wait(days=1)
    bench.asked()
    assert bench.sync().changed == 0
    assert sum((span.length for span in bench.asked()), timedelta()) > timedelta(days=30)
    assert dump(bench.ledger) == before
    bench.wait(hours=1)
    bench.sync()
    assert sum((span.length for span in bench.asked()), timedelta()) < timedelta(hours=2)


def test_a_read_that_is_not_complete_deletes_nothing(bench: Bench) -> None:
    """A sweep that fails half-way is repeated; only then what is gone goes."""
    vanish(bench.shop, "o0")
    bench.wait(days=1)

    def trouble(_: str, span: object) -> None:
        if span and span.end < bench.shop.now - timedelta(days=5):
            raise RetryLater("not now")

    bench.shop.trouble = trouble
    bench.sync()
    assert len(sums(bench.ledger)) == 8
    bench.shop.trouble = lambda *_: None
    assert bench.sync().changed == 1
    assert len(sums(bench.ledger)) == 6


def test_what_another_process_lands_meanwhile_stays(bench: Bench) -> None:
    """An order that came in after a sweep had looked at its time is not missing from what the sweep has seen."""
    bench.wait(days=1)

    def meanwhile(_: str, span: object) -> None:
        if span and span.end < bench.shop.now - timedelta(days=5):
            bench.shop.trouble = lambda *_: None
            bench.shop.place("new")
            bench.wait(minutes=1)
            bench.sync()

    bench.shop.trouble = meanwhile
    bench.sync()
    assert len(sums(bench.ledger)) == 10


def test_what_comes_back_counts_again(bench: Bench) -> None:
    """A record that was swept away, for a mistake of the source, and is shown again under its old clock, counts."""
    order = bench.shop.orders["o1"]
    vanish(bench.shop, "o1")
    bench.wait(days=1)
    bench.sync()
    bench.shop.orders["o1"] = order
    bench.shop._shown["o1"] = (99, replace(order))
    bench.wait(days=1)
    bench.sync()
    assert len(sums(bench.ledger)) == 8
