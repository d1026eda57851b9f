"""History never delays what is new: every stream's last weeks come first, and again after each portion of history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from store.shelf import ACCOUNT, dump
from sync.toy import SESSIONS, START, Bench, Shop, orders_only

from kpitaps.store import generation_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Entry, Span, Tap
    from kpitaps.store import Ledger

RECENT = timedelta(days=36)
DAY = timedelta(days=1)


def two_streams() -> Tap:
    """Return a tap with three years of orders and three years of visits."""
    tap = orders_only(slice_limit=100, history="3y")

    @tap.periods("traffic", feeds=[tap.measure("sessions")], every="1h", history="3y", settles="2d")
    def traffic(ctx: Context, span: Span) -> Iterator[Entry]:
        shop: Shop = ctx.http  # type: ignore[assignment]
        shop.asked.append(("traffic", span))
        for day, visits in shop.visits.items():
            if ctx.day(span.start) <= day <= ctx.day(span.end - timedelta(microseconds=1)):
                yield SESSIONS.on(day, visits)

    return tap


def busy_shop(account: str = ACCOUNT.id) -> Shop:
    """Return a shop with an order every other day, and visits, for three years."""
    shop = Shop()
    shop.account = replace(ACCOUNT, id=account)
    for number in range(500):
        shop.place(f"o{number}", ago=number * 2 * DAY + timedelta(hours=1))
        shop.visits[(START - number * 2 * DAY).date()] = number
    return shop


def totals(ledger: Ledger, bench: Bench) -> list[tuple[str, int, int]]:
    """Return what the company's connections add up to."""
    reader = ledger.reader(bench.connection.company_id)
    return [(key, row.day, row.numerator) for key in ("orders", "sessions") for row in reader.day_totals(key)]


def test_every_stream_has_what_is_new_before_any_has_history(ledger: Ledger) -> None:
    """The last five weeks of all streams are asked for before anything older of any."""
    bench = Bench(ledger, two_streams(), busy_shop())
    bench.sync()
    ages = [(stream, START - span.start > RECENT) for stream, span in bench.shop.asked]
    first_old = ages.index(("orders", True))
    assert {stream for stream, is_old in ages[:first_old]} == {"orders", "traffic"}
    assert all(is_old for _, is_old in ages[first_old:])


def test_portions_begin_with_what_is_new(ledger: Ledger) -> None:
    """A run that may take so long leaves the rest of the history to the next, which reads what is new first."""
    bench = Bench(ledger, two_streams(), busy_shop())
    assert bench.sync(portion=3).unfinished == {"orders", "traffic"}
    assert generation_progress(ledger.database, bench.connection.id)["orders"][1] < 0.9
    bench.shop.asked.clear()
    bench.wait(minutes=20)
    bench.shop.place("new")
    assert bench.sync(portion=3).changed >= 1
    assert bench.shop.asked[0][1].end == bench.shop.now
    assert bench.shop.asked[1][0] == "traffic"


@pytest.mark.parametrize("portion", [4, 9])
def test_portions_end_in_the_same_ledger(ledger: Ledger, portion: int) -> None:
    """Read in portions or in one go, the same is in the ledger in the end, and nothing is left to do."""
    whole = Bench(ledger, two_streams(), busy_shop(), name="whole")
    assert whole.sync().unfinished == frozenset()
    alone = totals(ledger, whole)
    parts = Bench(ledger, two_streams(), busy_shop("shop-2"), name="parts")
    runs = 1
    while parts.sync(portion=portion).unfinished:
        runs += 1
    assert runs > 1
    assert totals(ledger, parts) == [(key, day, 2 * amount) for key, day, amount in alone]
    before = dump(ledger)
    assert parts.sync().changed == 0
    assert dump(ledger) == before
