"""A board made of what changed since the one before: the same as one that is made anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kpis.notebook import ACME, FULL, NOW, TODAY, Notebook, kpi

from kpitaps.kpis import Catalogue, CompanyFace, Memory, define, evaluate, readings
from kpitaps.kpis.rates import RateOn
from kpitaps.units import Quality, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KPIS = define(
    [
        kpi("average_value", "order_revenue / orders", Unit.MONEY),
        kpi("web", 'orders{sales_channel="web"} - previous(orders)', Unit.COUNT),
        kpi("by_product", "order_revenue", Unit.MONEY, by="product"),
        kpi("cash", "cash", Unit.MONEY),
        kpi("held", "mean(receivables_open) / (revenue + 1000 * previous(revenue))", Unit.RATIO),
        kpi("per_buyer", "order_revenue / buyers", Unit.MONEY),
        kpi("one_of_both", "first(revenue, order_revenue)", Unit.MONEY),
        kpi("cycle", "sales_cycle", Unit.DURATION),
    ]
)
MONEY = ("order_revenue", "cash", "receivables_open", "revenue")
PRODUCTS = ("", "a", "b", "c")
_DAYS = st.integers(0, 800).map(lambda back: TODAY - back * DAY)
_AMOUNTS = st.integers(-50, 50)
CHANGES = st.one_of(
    st.tuples(st.just("money"), st.sampled_from(MONEY), _DAYS, _AMOUNTS, st.sampled_from(("EUR", "EUR", "USD"))),
    st.tuples(st.just("orders"), _DAYS, _AMOUNTS, st.sampled_from(("web", "pos"))),
    st.tuples(st.just("product"), _DAYS, _AMOUNTS, st.sampled_from(PRODUCTS)),
    st.tuples(st.just("buyer"), _DAYS, st.sampled_from("xyz")),
    st.tuples(st.just("doubt"), st.sampled_from((*MONEY, "orders", "buyers")), _DAYS, st.booleans()),
    st.tuples(st.just("coverage"), st.sampled_from((*MONEY, "orders", "buyers", "sales_cycle")), _DAYS),
    st.tuples(st.just("later"), st.sampled_from((HOUR, 9 * HOUR, DAY, 40 * DAY))),
    st.tuples(st.just("rate"), st.integers(1, 3)),
    st.tuples(st.just("company"), st.sampled_from(("EUR", "USD"))),
    st.tuples(st.just("catalogue"), st.integers(0, len(KPIS.definitions))),
)


class Dollars:
    """Knows what a dollar is worth; those that say the same are equal."""

    def __init__(self, worth: int) -> None:
        self.worth = worth

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dollars) and self.worth == other.worth

    def __hash__(self) -> int:
        return hash(self.worth)

    def rate(self, currency: str, to: str, day: date) -> RateOn:
        """Return the same for every day."""
        worth = {"EUR": Fraction(1), "USD": Fraction(self.worth)}
        return RateOn(worth[currency] / worth[to], day)


class World:
    """A company to which things happen."""

    def __init__(self) -> None:
        self.book = Notebook().feed(*MONEY, "orders", "buyers", "sales_cycle")
        self.company: CompanyFace = ACME
        self.now: datetime = NOW
        self.rates = Dollars(2)
        self.catalogue: Catalogue = KPIS

    def happen(self, what: str, *more: Any) -> None:  # noqa: C901 - one line per thing that can happen
        """Change something."""
        match what, *more:
            case "money", measure, day, amount, currency:
                self.book.write(measure, day, amount, currency=currency)
            case "orders", day, amount, channel:
                self.book.write("orders", day, amount, sales_channel=channel)
            case "product", day, amount, product:
                self.book.write("order_revenue", day, amount, product=product)
            case "buyer", day, who:
                self.book.meet("buyers", day, who)
            case "doubt", measure, day, of_window:
                self.book.doubt(measure, day, day + DAY, Quality.SAMPLED, f"Of {day}.", of_window=of_window)
            case "coverage", measure, first:
                self.book.feed(measure, coverage=replace(FULL, first_day=first, through=self.now))
            case "later", span:
                self.now += span
            case "rate", worth:
                self.rates = Dollars(worth)
            case "company", currency:
                self.company = replace(ACME, currency=currency)
            case "catalogue", number:
                self.catalogue = Catalogue(KPIS.definitions[:number])

    def board(self, memory: Memory | None = None) -> Any:
        """Return the board as it is now."""
        return evaluate(self.company, self.catalogue, self.book, self.now, rates=self.rates, shown=2, memory=memory)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(rounds=st.lists(st.lists(CHANGES, max_size=3), min_size=1, max_size=5))
def test_a_board_made_of_what_changed_is_the_one_made_anew(rounds: Sequence[Sequence[tuple[Any, ...]]]) -> None:
    """Whatever happens between two boards: amounts, doubts, coverage, time, rates, the company, the KPIs."""
    world, memory = World(), Memory()
    world.board(memory)
    for changes in rounds:
        for change in changes:
            world.happen(*change)
        assert world.board(memory) == world.board()


def reads_of(world: World, memory: Memory) -> Counter[str]:
    """Return how often which measure is read for the next board."""
    world.book.reads.clear()
    world.board(memory)
    return Counter(measure for (measure, *_), times in world.book.reads.items() for _ in range(times))


def test_only_what_changed_is_read() -> None:
    """A measure is read again when its edition is another, once per filter and label; on a new day nothing is."""
    world, memory = World(), Memory()
    assert set(reads_of(world, memory)) == {*MONEY, "orders", "sales_cycle"}
    assert not reads_of(world, memory)
    world.happen("orders", TODAY, 1, "web")
    assert reads_of(world, memory) == {"orders": 2}
    world.happen("later", DAY)
    assert not reads_of(world, memory)


def test_only_figures_that_follow_from_it_are_made_anew() -> None:
    """The figures of other KPIs are the same objects; a new day makes all of them anew."""
    world, memory = World(), Memory()
    before = world.board(memory).figures
    world.happen("money", "cash", TODAY, 5, "EUR")
    after = world.board(memory).figures
    assert {new.kpi for old, new in zip(before, after, strict=True) if old is not new} == {"cash"}
    world.happen("later", DAY)
    assert not {id(each) for each in world.board(memory).figures} & {id(each) for each in after}


def test_a_new_rate_is_a_change_of_foreign_money_alone() -> None:
    """Measures that hold only the company's own currency are not read again."""
    world, memory = World(), Memory()
    world.happen("money", "cash", TODAY, 5, "USD")
    world.board(memory)
    world.happen("rate", 3)
    assert reads_of(world, memory) == {"cash": 1}


def test_a_board_that_fails_leaves_the_memory_of_the_one_before() -> None:
    """What could not be read this time is read the next."""
    world, memory = World(), Memory()
    world.board(memory)
    past = memory.past
    world.happen("money", "cash", TODAY, 5, "EUR")
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(Notebook, "day_totals")
        with pytest.raises(AttributeError):
            world.board(memory)
    assert memory.past is past
    assert world.board(memory) == world.board()


def test_what_is_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet of more rows than may stay in memory is read for each board that needs it, with the same result."""
    monkeypatch.setattr(readings, "LARGEST", 1)
    world, memory = World(), Memory()
    world.happen("product", TODAY, 1, "a")
    world.happen("product", TODAY, 1, "b")
    world.board(memory)
    assert not reads_of(world, memory)
    world.happen("later", DAY)
    assert reads_of(world, memory) == {"order_revenue": 1}
    assert world.board(memory) == world.board()
