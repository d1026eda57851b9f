"""Which days are looked at again: all that became others, and few besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from kpis.daybook import Daybook, Dollars, days_of
from kpis.notebook import FULL, NOW, TODAY, kpi

from kpitaps.kpis import Memory, define
from kpitaps.kpis.day_changes import DayChanges, Seen
from kpitaps.measures import VOCABULARY
from kpitaps.units import Quality, Unit

if TYPE_CHECKING:
    from kpitaps.kpis.daily import DayFigure, Days

DAY = timedelta(days=1)
FORMULAS = {
    "orders": "orders",
    "cash": "cash",
    "growth": "orders - previous(orders)",
    "per_year": "last_year(orders)",
    "opening": "start(cash)",
    "average": "mean(cash)",
    "everything": "ever(orders)",
    "months": "monthly(orders, 2)",
    "visitors": "visitors",
    "mixed": "order_revenue / orders",
}
"""One for each way in which a formula reaches days."""

CATALOGUE = define(
    [
        *(
            kpi(key, text, Unit.MONEY if "cash" in text or "revenue" in text else Unit.COUNT)
            for key, text in FORMULAS.items()
        ),
        kpi("by_product", "order_revenue", Unit.MONEY, by="product"),
    ]
)

Figures = dict[str, dict[tuple[Any, date], "DayFigure"]]


def all_figures(days: Days) -> Figures:
    """Return every figure of every day, by KPI."""
    found: Figures = {}
    for definition in days.definitions:
        first = days.first(definition)
        look = days.between(first, days.today) if first else []
        found[definition.kpi.key] = {(each.labels, each.day): each for each in days.figures(definition, look)}
    return found


def follow(before: Figures, days: Days, changes: DayChanges) -> tuple[Figures, int]:
    """Return the figures before, with those days looked at again that may be others; and how many those were."""
    found, looked = {}, 0
    for definition in days.definitions:
        key, changed = definition.kpi.key, changes.of(definition)
        if changed is None:
            return all_figures(days), -1
        looked += len(changed)
        found[key] = {place: each for place, each in before[key].items() if place[1] not in set(changed)}
        found[key] |= {(each.labels, each.day): each for each in days.figures(definition, changed)}
    return found, looked


class Follower:
    """Keeps all figures, looking only at what changed."""

    def __init__(self, book: Daybook) -> None:
        self.book, self.memory = book, Memory()
        self.seen: Seen | None = None
        self.figures: Figures = {}

    def look(self, now: Any = NOW) -> int:
        """Bring the figures up to date; return how many days were looked at, -1 for all."""
        days = days_of(CATALOGUE, self.book, now=now, memory=self.memory, rates=Dollars())
        seen = Seen.of(days, self.seen)
        self.figures, looked = follow(self.figures, days, DayChanges(self.seen, seen, days))
        assert self.figures == all_figures(days)
        self.seen = seen
        return looked


def a_book() -> Daybook:
    book = Daybook().feed(*VOCABULARY)
    for back in range(0, 400, 7):
        day = TODAY - back * DAY
        book.write("orders", day, 2).write("cash", day, 5).write("order_revenue", day, 9, product=f"p{back % 3}")
    return book.meet("visitors", TODAY - 3 * DAY, "ann")


WRITES = st.tuples(
    st.sampled_from(["orders", "cash", "order_revenue", "visitors", "doubt", "coverage", "day"]),
    st.integers(0, 399),
    st.integers(-9, 9),
    st.sampled_from(["EUR", "USD"]),
)


@settings(max_examples=5, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(writes=st.lists(WRITES, min_size=1, max_size=4))
@pytest.mark.slow
def test_what_is_looked_at_is_enough(writes: list[tuple[str, int, int, str]]) -> None:
    """After any changes, the days that are looked at again and those that are not are what all days would be."""
    book = a_book()
    follower, now = Follower(book), NOW
    follower.look()
    for what, back, amount, currency in writes:
        day = TODAY - back * DAY
        match what:
            case "visitors":
                book.meet("visitors", day, f"who {amount}")
            case "doubt":
                book.doubt("orders", day, day, Quality.SAMPLED, f"Doubt {amount}.")
            case "coverage":
                book.feed("orders", coverage=replace(FULL, through=NOW - back * timedelta(hours=1)))
            case "day":
                now += DAY
            case _:
                book.write(what, day, amount, currency=currency if what != "orders" else None)
        follower.look(now)


@pytest.mark.parametrize(
    ("measure", "back", "most"),
    [("orders", 100, 200), ("order_revenue", 100, 2), ("cash", 3, 20), ("visitors", 2, 40)],
)
def test_one_changed_day_costs_little(measure: str, back: int, most: int) -> None:
    """A changed day of a flow is that day and those that reach back to it; of a level, all days since."""
    book = a_book()
    follower = Follower(book)
    assert follower.look() == -1
    assert follower.look() == 0
    day = TODAY - back * DAY
    if measure == "visitors":
        book.meet(measure, day, "eve")
    else:
        book.write(measure, day, 1, **({"product": "p1"} if measure == "order_revenue" else {}))
    looked = follower.look()
    assert 0 < looked <= most
