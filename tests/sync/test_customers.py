"""Customers: what records say of one customer is united, and new, present and lost ones follow from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.shelf import ACCOUNT, EURO, dump
from sync.toy import Bench, Shop, orders_only

from kpitaps import Context, Record, Tap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.store import Ledger

FIRST = date(2025, 2, 1)
FED = ("new_customers", "customers", "customers_lost")
Spell = tuple[str, int, int | None]
"""Who, from which day through which one, counted from the first."""


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def selling(fed: tuple[str, ...] = FED) -> Tap:
    """Return a tap that lists sales, each of which makes people customers."""
    tap = orders_only()

    @tap.listing("sales", feeds=[tap.measure(key) for key in fed], every="1h")
    def sales(ctx: Context) -> Iterator[Record]:
        shop: Any = ctx.http
        for key, spells in shop.sales.items():
            record = Record(key)
            for who, first, last in spells:
                record.customer(who, day(first), None if last is None else day(last))
            yield record

    return tap


class Market:
    """A shop and its ledger."""

    def __init__(self, ledger: Ledger, name: str = "acme", **account: str) -> None:
        shop: Any = Shop()
        shop.account = replace(ACCOUNT, **account)
        self.bench = Bench(ledger, selling(), shop, name=name)

    def sells(self, *sales: list[Spell]) -> Any:
        """Make these all the sales there are, and sync."""
        shop: Any = self.bench.shop
        shop.sales = {str(number): spells for number, spells in enumerate(sales)}
        shop.now += timedelta(minutes=1)
        result = self.bench.sync("sales")
        assert result.errors == {}
        return result.runs[0]

    def found(self, measure: str) -> dict[int, int]:
        totals = self.bench.ledger.reader(1).day_totals(measure)
        return {total.day - FIRST.toordinal(): total.numerator // EURO for total in totals if total.numerator}


@pytest.fixture
def market(ledger: Ledger) -> Market:
    """A shop without sales."""
    return Market(ledger)


CASES: dict[str, tuple[list[list[Spell]], dict[int, int], dict[int, int], dict[int, int]]] = {
    "one": ([[("ann", 3, 6)]], {3: 1}, {3: 1, 7: -1}, {7: 1}),
    "never ends": ([[("ann", 3, None)]], {3: 1}, {3: 1}, {}),
    "a day": ([[("ann", 3, 3)]], {3: 1}, {3: 1, 4: -1}, {4: 1}),
    "overlapping": ([[("ann", 3, 6)], [("ann", 5, 9)]], {3: 1}, {3: 1, 10: -1}, {10: 1}),
    "inside": ([[("ann", 3, 9)], [("ann", 5, 6)]], {3: 1}, {3: 1, 10: -1}, {10: 1}),
    "the same twice": ([[("ann", 3, 6)], [("ann", 3, 6)]], {3: 1}, {3: 1, 7: -1}, {7: 1}),
    "the next day": ([[("ann", 3, 6)], [("ann", 7, 9)]], {3: 1}, {3: 1, 10: -1}, {10: 1}),
    "comes back": ([[("ann", 3, 6)], [("ann", 8, 9)]], {3: 1}, {3: 1, 7: -1, 8: 1, 10: -1}, {7: 1, 10: 1}),
    "back for ever": ([[("ann", 8, None)], [("ann", 3, 6)]], {3: 1}, {3: 1, 7: -1, 8: 1}, {7: 1}),
    "two people": ([[("ann", 3, 6)], [("bob", 3, 8)]], {3: 2}, {3: 2, 7: -1, 9: -1}, {7: 1, 9: 1}),
    "in one record": (
        [[("ann", 5, 9), ("ann", 3, 9), ("ann", 3, 6), ("bob", 3, 9)]],
        {3: 2},
        {3: 2, 10: -2},
        {10: 2},
    ),
    "one leaves, one comes": ([[("ann", 3, 6)], [("bob", 7, 8)]], {3: 1, 7: 1}, {3: 1, 9: -1}, {7: 1, 9: 1}),
}


@pytest.mark.parametrize(("sales", "new", "changes", "lost"), CASES.values(), ids=CASES)
def test_reasons_of_one_customer_are_united(market: Market, sales: Any, new: Any, changes: Any, lost: Any) -> None:
    """New once, on the very first day; present while any record says so; lost on the day after each last day."""
    market.sells(*sales)
    assert [market.found(measure) for measure in FED] == [new, changes, lost]


def test_what_changes_restates_its_customers_only(market: Market) -> None:
    """An earlier sale moves the first day; a deleted one opens a gap; past days that changed are counted."""
    market.sells([("ann", 3, 6)], [("bob", 1, 2)])
    run = market.sells([("ann", 3, 6)], [("bob", 1, 2)], [("ann", 1, 4)])
    assert (run.changed, run.restated) == (1, 4), "new and present, on days 1 and 3"
    assert [market.found(measure) for measure in FED] == [{1: 2}, {1: 2, 3: -1, 7: -1}, {3: 1, 7: 1}]
    market.sells([("ann", 3, 6)], [("bob", 1, 2)])
    assert market.found("new_customers") == {1: 1, 3: 1}
    market.sells()
    assert [market.found(measure) for measure in FED] == [{}, {}, {}]
    assert dump(market.bench.ledger, "tenure")["tenure"] == []


def test_the_same_sales_change_nothing(market: Market) -> None:
    """Reading twice leaves every row as it was."""
    sales: list[list[Spell]] = [[("ann", 3, 6), ("bob", 4, None)], [("ann", 8, 9)]]
    market.sells(*sales)
    before = dump(market.bench.ledger, "contribution", "measurement", "tenure")
    assert market.sells(*sales).changed == 0
    assert dump(market.bench.ledger, "contribution", "measurement", "tenure") == before


def test_two_accounts_add_up(ledger: Ledger) -> None:
    """A customer of two accounts is a customer of each: nobody can tell that their ids mean one person."""
    for number, name in enumerate(("acme", "second")):
        market = Market(ledger, name, id=f"shop-{number}")
        market.sells([("ann", 3, 6)])
    assert market.found("customers") == {3: 2, 7: -2}
    assert len({row[1] for row in dump(ledger, "tenure")["tenure"]}) == 2


def test_the_view_shows_them(market: Market) -> None:
    """People find the three measures among the others, and nothing of what they are made of."""
    market.sells([("ann", 3, 6)])
    with market.bench.ledger.database.read() as connection:
        rows = connection.execute(sa.text("SELECT measure, day, amount FROM measurements ORDER BY measure, day"))
        found = [(row.measure, str(row.day), int(row.amount)) for row in rows]
    assert found == [
        ("customers", "2025-02-04", 1),
        ("customers", "2025-02-08", -1),
        ("customers_lost", "2025-02-08", 1),
        ("new_customers", "2025-02-04", 1),
    ]


def test_instants_are_dated_in_the_accounts_zone(ledger: Ledger) -> None:
    """Half past eleven in London is tomorrow in Amsterdam, for the first day and for the last."""
    tap = orders_only()
    late = datetime(2025, 2, 1, 23, 30, tzinfo=UTC)
    answer = Record("a").customer("ann", late, late + timedelta(days=2))
    tap.listing("sales", feeds=[tap.measure(key) for key in FED], every="1h")(lambda _: [answer])
    Bench(ledger, tap).sync("sales")
    totals = ledger.reader(1).day_totals("customers")
    assert [(date.fromordinal(total.day), total.numerator // EURO) for total in totals] == [(day(1), 1), (day(4), -1)]


@pytest.mark.parametrize(
    ("fed", "spell", "sentence"),
    [
        (FED[:2], ("ann", 1, 2), "stream sales says who is a customer without declaring new_customers, customers, "),
        (FED, ("ann", 5, 4), "record 0 makes somebody a customer from 2025-02-06 through 2025-02-05, which is before"),
    ],
)
def test_what_cannot_be_said_of_a_customer(market: Market, fed: Any, spell: Spell, sentence: str) -> None:
    """All three measures are declared, and nobody stops before the first day."""
    market.bench.tap = selling(fed)
    shop: Any = market.bench.shop
    shop.sales = {"0": [spell]}
    assert sentence in market.bench.sync("sales").runs[0].message


days = st.integers(0, 12)
spells = st.builds(
    lambda who, first, length: (who, first, None if length == 9 else first + length),
    st.sampled_from(["ann", "bob"]),
    days,
    st.integers(0, 9),
)
lists_of_sales = st.lists(st.lists(spells, max_size=3), max_size=6)
HORIZON = 40


def naively(sales: list[list[Spell]]) -> list[dict[int, int]]:
    """Return the three measures by looking at every single day."""
    present: dict[str, set[int]] = {}
    for who, first, last in (spell for sale in sales for spell in sale):
        present.setdefault(who, set()).update(range(first, (HORIZON if last is None else last) + 1))
    new = Counter(min(on) for on in present.values())
    lost = Counter(
        number for on in present.values() for number in range(1, HORIZON) if {number - 1, number} & on == {number - 1}
    )
    counts = [sum(number in on for on in present.values()) for number in range(-1, HORIZON)]
    changes = {number: counts[number + 1] - counts[number] for number in range(HORIZON)}
    return [dict(new), {number: change for number, change in changes.items() if change}, dict(lost)]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60, deadline=None
)
@given(st.lists(lists_of_sales, min_size=1, max_size=3))
@pytest.mark.slow
def test_any_history_of_sales_ends_as_a_count_by_hand(market: Market, history: list[list[list[Spell]]]) -> None:
    """However sales come, change and go, the three measures are what looking at every day gives."""
    for sales in history:
        market.sells(*sales)
        assert [market.found(measure) for measure in FED] == naively(sales)
