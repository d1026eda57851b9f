"""KPIs on single days: what the engine says of the window of that day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kpis.daybook import Daybook, Dollars, by_day, days_of
from kpis.notebook import ACME, NOW, TODAY, kpi, one

from kpitaps.calendar import Comparing
from kpitaps.kpis import KPIS, Memory, define, evaluate
from kpitaps.kpis.daily import Days
from kpitaps.kpis.grammar import compile_formula
from kpitaps.kpis.places import InProgram
from kpitaps.kpis.roll_up import RollUp, roll_up
from kpitaps.measures import VOCABULARY
from kpitaps.store.reading import Coverage
from kpitaps.units import MICRO, Kind, Quality, Unit

DAY = timedelta(days=1)
SHORT = [key for key, measure in VOCABULARY.items() if measure.kind is not Kind.DISTINCT]
AVERAGE = one("average_order_value", "order_revenue / orders", Unit.MONEY)


def filled(dice: st.DataObject, days: int) -> Daybook:
    """Return a ledger with something of every measure on random days."""
    book = Daybook()
    amounts = st.lists(st.tuples(st.integers(0, days), st.integers(-50, 90)), min_size=1, max_size=4)
    for key in SHORT:
        of = 3 if VOCABULARY[key].kind in (Kind.DURATION, Kind.RATIO) else 0
        for back, amount in dice.draw(amounts):
            book.write(key, TODAY - back * DAY, amount, of=of)
    for key in VOCABULARY.keys() - set(SHORT):
        for back in dice.draw(st.lists(st.integers(0, days), min_size=1, max_size=4)):
            book.meet(key, TODAY - back * DAY, f"who {back % 3}")
    return book


@settings(max_examples=4)
@given(dice=st.data(), back=st.integers(1, 500))
def test_a_day_is_what_the_engine_says_of_yesterday(dice: st.DataObject, back: int) -> None:
    """On a random day every KPI has the value that a board of the day after has for yesterday."""
    book, day = filled(dice, 500), TODAY - back * DAY
    memory = Memory()
    evaluate(ACME, define(KPIS), book, NOW, memory=memory)
    assert memory.past is not None
    days = Days(memory.past, book, NOW)
    then = evaluate(ACME, define(KPIS), book, datetime.combine(day + DAY, time(12), UTC))
    wanted = {figure.kpi: figure.value for figure in then.figures if figure.window == "yesterday" and not figure.labels}
    for definition in days.definitions:
        found = [figure.value for figure in days.figures(definition, [day]) if not figure.labels]
        if not definition.kpi.by:
            assert found == [wanted[definition.kpi.key]], definition.kpi.key


@settings(max_examples=2)
@given(dice=st.data())
def test_days_put_together_are_the_window(dice: st.DataObject) -> None:
    """Rolled up as each KPI says, the days of a window give the engine's figure, label values included."""
    book, memory = filled(dice, 70), Memory()
    board = evaluate(ACME, define(KPIS), book, NOW, memory=memory)
    assert memory.past is not None
    days = Days(memory.past, book, NOW)
    for definition in days.definitions:
        how = roll_up(definition.formula)
        for name in ("today", "7d", "mtd", "last_month") if how is not RollUp.NONE else ():
            span = ACME.calendar.window(name, TODAY)
            figures = list(days.figures(definition, span.days()))
            for figure in board.figures:
                if (figure.kpi, figure.window) == (definition.kpi.key, name):
                    parts = [each for each in figures if each.labels == figure.labels]
                    assert put_together(how, parts) == figure.value, (definition.kpi.key, name, figure.labels)


def put_together(how: RollUp, parts: list) -> Fraction | None:
    if how is RollUp.SUM:
        assert all(each.value == Fraction(each.numerator) / MICRO for each in parts)
        return sum((each.value for each in parts), Fraction(0))
    if how is RollUp.LAST:
        return parts[-1].value if parts else None
    over, under = sum(each.numerator for each in parts), sum(each.denominator for each in parts)
    return Fraction(over) / Fraction(under) if under else None


@pytest.mark.parametrize(
    ("formula", "how"),
    [
        ("orders", "sum"),
        ("orders * 2 - sessions / 4", "sum"),
        ("sales_cycle", "divide"),
        ("orders / sessions * sales_cycle", "none"),
        ("orders * sessions", "none"),
        ("orders / sessions", "divide"),
        ("1 - orders / sessions", "divide"),
        ("orders / sessions + 2 * orders / sessions", "divide"),
        ("orders / sessions + orders / pageviews", "none"),
        ("orders / sessions / pageviews", "none"),
        ("max(0, orders)", "none"),
        ("previous(orders)", "none"),
        ("sessions - previous(sessions)", "none"),
        ("customers", "last"),
        ("customers_lost / customers", "none"),
        ("start(customers)", "none"),
        ("mean(customers)", "none"),
        ("ever(orders) / customers", "last"),
        ("monthly(orders, 3)", "last"),
        ("visitors", "none"),
        ("orders / visitors", "none"),
    ],
)
def test_each_formula_says_how_its_days_are_put_together(formula: str, how: str) -> None:
    """Sums and quotients of sums add up, what follows from the last day is that day's, and nothing else may be."""
    compiled = compile_formula(
        formula, what=InProgram("it"), measures=VOCABULARY, kpis=frozenset(), reference=lambda _: None
    )
    assert roll_up(compiled) == how


def test_a_day_without_divisor_keeps_its_sides() -> None:
    """Where there is nothing to divide by there is no value, but what adds up is there."""
    book = Daybook().write("order_revenue", TODAY, 12).feed("orders")
    today = by_day(days_of(AVERAGE, book))[TODAY]
    assert (today.value, today.numerator, today.denominator) == (None, 12 * MICRO, 0)


def test_days_that_are_not_known_have_no_row() -> None:
    """Days before the first one that was read are missing, not zero; so are those before anything happened."""
    book = Daybook().feed("orders", coverage=Coverage(TODAY - 4 * DAY, NOW)).write("orders", TODAY - 9 * DAY, 1)
    assert [*by_day(days_of(one("orders", "orders", Unit.COUNT), book))] == [TODAY - n * DAY for n in range(4, -1, -1)]
    later = Daybook().feed("sessions").write("orders", TODAY - 2 * DAY, 1)
    both = define([kpi("orders", "orders", Unit.COUNT), kpi("sessions", "sessions", Unit.COUNT)])
    days = days_of(both, later)
    assert {days.first(definition) for definition in days.definitions} == {TODAY - 2 * DAY}


def test_distinct_counts_have_the_days_that_were_asked_for() -> None:
    """What a source counts itself has a value only where it was asked for the day; what depends on it, too."""
    book = Daybook().meet("visitors", TODAY - DAY, "ann").write("order_revenue", TODAY - 5 * DAY, 8)
    book.asked = frozenset({TODAY - DAY})
    found = by_day(days_of(one("per_visitor", "order_revenue / visitors", Unit.MONEY), book))
    assert [*found] == [TODAY - DAY]
    book.asked = None
    assert by_day(days_of(one("visitors", "visitors", Unit.COUNT), book))[TODAY].value == 0


def test_moves_are_those_of_a_single_day() -> None:
    """``previous`` is the day before, ``last_year`` 364 days before, ``monthly`` the month that is full by then."""
    book = Daybook().write("orders", TODAY - 364 * DAY, 5).write("orders", date(2025, 4, 30), 7)
    book.write("orders", TODAY - DAY, 3)
    assert by_day(days_of(one("before", "previous(orders)", Unit.COUNT), book))[TODAY].value == 3
    assert by_day(days_of(one("year_before", "last_year(orders)", Unit.COUNT), book))[TODAY].value == 5
    dates = replace(kpi("same_date", "last_year(orders)", Unit.COUNT), compared=Comparing(by_weekdays=False))
    book.write("orders", date(2024, 5, 14), 11)
    assert by_day(days_of(define([dates]), book))[TODAY].value == 11
    monthly = by_day(days_of(one("month", "monthly(orders, 1)", Unit.COUNT), book))
    assert (monthly[date(2025, 4, 29)].value, monthly[date(2025, 4, 30)].value) == (0, 7)


def test_a_day_is_open_until_it_was_read_to_its_end() -> None:
    """Today is open, and so is a day that was over but not read to its end, or had not settled."""
    read = datetime(2025, 5, 13, 15, tzinfo=UTC)
    book = Daybook().feed("orders", coverage=Coverage(date(2020, 1, 1), NOW, settled=read))
    book.write("orders", TODAY - 3 * DAY, 1)
    found = by_day(days_of(one("orders", "orders", Unit.COUNT), book))
    assert [(each.is_open, each.quality) for each in found.values()] == [
        (False, Quality.FINAL),
        (False, Quality.FINAL),
        (True, Quality.PROVISIONAL),
        (True, Quality.PROVISIONAL),
    ]


def test_label_values_and_the_rest_make_the_total() -> None:
    """Of a KPI with a label each day has the values that the board shows, and the others together."""
    book = Daybook()
    for number in range(1, 13):
        book.write("order_revenue", TODAY - 20 * DAY, number, product=f"p{number:02}")
    days = days_of(one("by_product", "order_revenue", Unit.MONEY, by="product"), book)
    (definition,) = days.definitions
    found = {each.labels[0][1]: each.value for each in days.figures(definition, [TODAY - 20 * DAY])}
    assert len(found) == 11
    assert (found["p12"], found["other"], sum(found.values())) == (12, 3, 78)


def test_foreign_money_is_at_each_days_rate() -> None:
    """A day without a rate has a row without value; one whose rate may still change is provisional."""
    book = Daybook()
    for back in range(4):
        book.write("order_revenue", TODAY - back * DAY, 10, currency="USD")
    found = by_day(days_of(one("order_revenue", "order_revenue", Unit.MONEY), book, rates=Dollars()))
    assert [each.value for each in found.values()] == [5, None, 5, 5]
    assert found[TODAY - 2 * DAY].quality is Quality.INCOMPLETE
    assert found[TODAY].quality is Quality.PROVISIONAL


def test_what_needs_a_month_has_no_days() -> None:
    """A KPI that says nothing in less than a month has no figures on single days, but in windows."""
    book = Daybook().feed(*VOCABULARY)
    days = days_of(define(KPIS), book)
    assert "receivable_period" in days.past.made
    assert "receivable_period" not in {definition.kpi.key for definition in days.definitions}
