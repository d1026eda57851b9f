"""KPIs as of past days: the engine itself, asked on that day, is the oracle."""

from __future__ import annotations

import math
from array import array
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kpis.daybook import Daybook, Dollars, days_of
from kpis.notebook import ACME, AMSTERDAM, FULL, NOW, TODAY, kpi, one

from kpitaps.calendar import WINDOWS, CompanyCalendar, Comparing
from kpitaps.kpis import define, evaluate
from kpitaps.kpis.as_of import AsOf
from kpitaps.kpis.day_spans import EACH_DAY, DaySpans
from kpitaps.kpis.rates import RateOn
from kpitaps.kpis.rounding import shown, shown_quotient
from kpitaps.units import Unit

if TYPE_CHECKING:
    from kpitaps.kpis import Catalogue, CompanyFace, Rates
    from kpitaps.kpis.daily import Labels

DAY = timedelta(days=1)
FORMULAS = {
    "orders": "orders",
    "average": "order_revenue / orders",
    "cash": "cash",
    "opening": "start(cash)",
    "held": "mean(cash) / (revenue - 2 * previous(revenue))",
    "growth": "orders - previous(orders)",
    "year": "last_year(order_revenue)",
    "ever": "ever(orders)",
    "months": "monthly(order_revenue, 3)",
    "larger": "max(0, orders - previous(orders))",
    "cycle": "sales_cycle",
    "visitors": "visitors",
    "per_visitor": "order_revenue / visitors",
    "speed": "sales_cycle / length()",
}
"""One for each way in which a formula reaches days, and each kind of measure."""

_MONEY = ("average", "cash", "opening", "year", "months", "per_visitor")
_UNITS = dict.fromkeys(_MONEY, Unit.MONEY) | {"held": Unit.RATIO, "cycle": Unit.DURATION, "speed": Unit.RATIO}
ROWS = [kpi(key, formula, _UNITS.get(key, Unit.COUNT)) for key, formula in FORMULAS.items()]
ROWS += [kpi("by_channel", "order_revenue / orders", Unit.MONEY, by="sales_channel")]
CATALOGUE = define(
    [
        *ROWS,
        replace(kpi("share", "previous(orders)", Unit.COUNT), compared=Comparing(by_share=True, by_weekdays=True)),
        replace(kpi("monthly_only", "orders", Unit.COUNT), month_or_longer=True),
    ]
)

ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["orders", "order_revenue", "cash", "revenue", "sales_cycle", "visitors"]),
        st.integers(0, 900),
        st.integers(-99, 999),
        st.sampled_from(["EUR", "EUR", "USD"]),
        st.sampled_from("abc"),
    ),
    min_size=8,
    max_size=60,
)


class Endless:
    """Rates without an end to their decimals, another in each quarter; none for one day."""

    def rate(self, _currency: str, _to: str, day: date) -> RateOn | None:
        """Return what a dollar was worth."""
        worth = Fraction(2, (3, 7, 9, 11)[(day.month - 1) // 3])
        return None if day == TODAY - 2 * DAY else RateOn(worth, day, is_final=day < TODAY)


class Pesos:
    """19.2 to the euro."""

    def rate(self, _currency: str, _to: str, day: date) -> RateOn | None:
        """Return what a peso was worth."""
        return RateOn(Fraction(10, 192), day, is_final=True)


def a_book(entries: list[tuple[str, int, int, str, str]]) -> Daybook:
    """Return a ledger with those entries; the channels have names of one letter."""
    book = Daybook().feed("orders", "order_revenue", "cash", "revenue", "sales_cycle", "visitors")
    for measure, back, amount, currency, letter in entries:
        day = TODAY - back * DAY
        match measure:
            case "visitors":
                book.meet(measure, day, letter)
            case "orders" | "order_revenue":
                money = currency if measure == "order_revenue" else None
                book.write(measure, day, amount / 8, currency=money, sales_channel=letter)
            case "sales_cycle":
                book.write(measure, day, amount, of=1 + back % 3)
            case _:
                book.write(measure, day, amount / 8, currency=currency)
    return book


def as_of(
    book: Daybook, catalogue: Catalogue = CATALOGUE, company: CompanyFace = ACME, rates: Rates | None = None
) -> AsOf:
    """Return the past as it is known now."""
    return AsOf(days_of(catalogue, book, company=company, rates=rates or Dollars()))


def found(past: AsOf, key: str, window: str, labels: Labels = ()) -> dict[date, float]:
    """Return what is known of a KPI, by day."""
    definition = past.days.past.made[key].definition
    values = past.values(definition, labels, window)
    return {past.first + number * DAY: value for number, value in enumerate(values) if not math.isnan(value)}


@pytest.mark.slow
@settings(max_examples=12)
@given(
    entries=ENTRIES,
    back=st.integers(0, 500),
    first_month=st.integers(1, 12),
    weekday=st.integers(0, 6),
    known_from=st.sampled_from((TODAY - 300 * DAY, date(2020, 1, 1))),
)
def test_a_past_day_has_what_the_engine_says_of_it(
    entries: list[tuple[str, int, int, str, str]], back: int, first_month: int, weekday: int, known_from: date
) -> None:
    """Every window of every KPI has the value that a board at the end of that day has, made of the same ledger."""
    book, day = a_book(entries), TODAY - back * DAY
    book.feed("orders", coverage=replace(FULL, first_day=known_from))
    company = replace(ACME, calendar=CompanyCalendar(AMSTERDAM, weekday, first_month))
    past = as_of(book, company=company, rates=Endless())
    then = NOW if not back else datetime.combine(day, time(23, 59), AMSTERDAM)
    board = evaluate(company, CATALOGUE, book, then, rates=Endless(), shown=99)
    shown_now = past.days.labels(past.days.past.made["by_channel"].definition)
    for figure in board.figures:
        # what is shown together follows from what is shown by name now
        if figure.labels and (figure.labels not in shown_now or figure.labels[0][1] == "other"):
            continue
        values = found(past, figure.kpi, figure.window, figure.labels)
        wanted = figure.number(figure.value) if day >= past.first else None
        assert values.get(day) == wanted, (figure.kpi, figure.window, figure.labels, day)


@pytest.mark.slow
@settings(max_examples=4)
@given(entries=ENTRIES)
def test_each_day_has_the_days_own_value(entries: list[tuple[str, int, int, str, str]]) -> None:
    """The column of days holds what the tables for other tools hold, day by day."""
    days = days_of(CATALOGUE, a_book(entries), rates=Endless())
    past = AsOf(days)
    for definition in days.definitions:
        for labels in days.labels(definition):
            wanted = {
                figure.day: float(shown(figure.value, definition.kpi.unit))
                for figure in days.figures(definition, days.between(past.first, days.today))
                if figure.value is not None and figure.labels == labels
            }
            assert found(past, definition.kpi.key, EACH_DAY, labels) == wanted, (definition.kpi.key, labels)


def test_today_is_the_board() -> None:
    """The present day has every figure of the board, label values and the rest included."""
    book = Daybook().feed("orders")
    for number in range(14):
        book.write("order_revenue", TODAY - 9 * number * DAY, 7 + number, sales_channel=f"c{number:02}")
    by_channel = one("by_channel", "order_revenue", Unit.MONEY, by="sales_channel")
    board, past = evaluate(ACME, by_channel, book, NOW), as_of(book, by_channel)
    assert {each.labels[0][1] for each in board.figures} >= {"other", "c13"}
    for figure in board.figures:
        assert found(past, figure.kpi, figure.window, figure.labels)[TODAY] == figure.number(figure.value)


@pytest.mark.parametrize(
    "formula",
    [
        'order_revenue{sales_channel="a"} / order_revenue',
        'order_revenue{sales_channel="a"} / max(0, order_revenue)',
        'order_revenue{sales_channel="a"} / (order_revenue{sales_channel="a"} + order_revenue{sales_channel="b"})',
        "order_revenue / previous(order_revenue)",
        "cash / monthly(order_revenue, 3)",
        "cash / ever(order_revenue)",
    ],
)
def test_nothing_is_divided_by_what_sums_up_to_zero(formula: str) -> None:
    """Converted at a rate without an end, the days of a refund leave no trace of a sum that is exactly nothing."""
    book = Daybook().write("cash", TODAY - 900 * DAY, 5)
    for back in (0, 7, 28, 300):
        for amount, channel in ((1, "a"), (1, "b"), (-2, "b")):
            book.write(
                "order_revenue", TODAY - (back + 3 + amount) * DAY, amount, currency="USD", sales_channel=channel
            )
    catalogue = one("kpi", formula, Unit.RATIO)
    board, past = evaluate(ACME, catalogue, book, NOW, rates=Endless()), as_of(book, catalogue, rates=Endless())
    wanted = {each.window: each.number(each.value) for each in board.figures if not each.labels}
    assert None in wanted.values(), "somewhere there is nothing to divide by"
    assert {window: found(past, "kpi", window).get(TODAY) for window in wanted} == wanted


def test_what_lies_halfway_is_rounded_as_on_the_live_page() -> None:
    """A sum of endless decimals that lies exactly between two numbers that can be shown goes the same way."""
    book = Daybook()
    for back, amount in enumerate((0.01, 0.01, 0.07), 10):
        book.write("order_revenue", TODAY - back * DAY, amount, currency="MXN")
    catalogue = one("kpi", "order_revenue", Unit.MONEY)
    past = as_of(book, catalogue, rates=Pesos())
    board = evaluate(ACME, catalogue, book, NOW, rates=Pesos())
    wanted = {each.window: each.number(each.value) for each in board.figures}
    assert 0.004688 in wanted.values(), "0.09 / 19.2 is 0.0046875"
    assert {window: found(past, "kpi", window).get(TODAY) for window in wanted} == wanted


def test_a_late_change_reaches_what_contains_its_day() -> None:
    """A contribution to a day eight months ago changes that day, and each window by just that while it is in it."""
    book = Daybook().write("orders", TODAY - 400 * DAY, 5)
    orders, day = one("orders", "orders", Unit.COUNT), TODAY - 240 * DAY
    before = {window: found(as_of(book, orders), "orders", window) for window in (EACH_DAY, *WINDOWS)}
    book.write("orders", day, -2)
    after = as_of(book, orders)
    for window, old in before.items():
        new = found(after, "orders", window)
        for then in new:
            contains = then == day if window == EACH_DAY else ACME.calendar.window(window, then).has(day)
            assert new[then] - old[then] == (-2 if contains else 0), (window, then)


def test_what_is_not_known_has_no_value() -> None:
    """Windows that reach back before the first day that was read have none; nor have those that nobody has read yet."""
    coverage = replace(FULL, first_day=TODAY - 30 * DAY, through=NOW - 3 * DAY)
    book = Daybook().feed("orders", coverage=coverage).write("orders", TODAY - 60 * DAY, 1)
    past = as_of(book, one("orders", "orders", Unit.COUNT))
    assert [*found(past, "orders", "7d")] == [TODAY - number * DAY for number in range(23, 1, -1)]


def test_distinct_counts_are_known_where_they_were_asked_for() -> None:
    """Of what a source counts itself only windows that it was asked for have a value."""
    book = Daybook().meet("visitors", TODAY - 5 * DAY, "ann")
    book.asked = frozenset({TODAY - 5 * DAY, TODAY - 3 * DAY})
    past = as_of(book, one("visitors", "visitors", Unit.COUNT))
    assert found(past, "visitors", EACH_DAY) == {TODAY - 5 * DAY: 1, TODAY - 3 * DAY: 0}
    assert found(past, "visitors", "yesterday") == {TODAY - 4 * DAY: 1, TODAY - 2 * DAY: 0}
    assert found(past, "visitors", "7d") == {}


def test_a_month_is_full_once_its_last_day_is_over() -> None:
    """On its last day windows still look back to the month before; the column of days, which are over, does not."""
    book = Daybook().write("orders", date(2025, 3, 9), 3).write("orders", date(2025, 4, 9), 4)
    past = as_of(book, one("month", "monthly(orders, 1)", Unit.COUNT))
    last = date(2025, 4, 30)
    assert [found(past, "month", window)[last] for window in ("today", "mtd", "yesterday", EACH_DAY)] == [3, 3, 3, 4]
    assert found(past, "month", "mtd")[last + DAY] == 4


def test_history_goes_back_ten_years_at_most() -> None:
    """One record of a wrong century does not make a million days; what lies before still counts where it should."""
    book = Daybook().write("cash", date(1925, 1, 1), 3).write("cash", TODAY, 4).write("orders", date(1925, 1, 1), 2)
    past = as_of(book, define([kpi("cash", "cash", Unit.MONEY), kpi("ever", "ever(orders)", Unit.COUNT)]))
    assert past.first == TODAY - 3660 * DAY
    known = replace(FULL, first_day=date(1900, 1, 1))
    past = as_of(book.feed("cash", "orders", coverage=known), define([kpi("cash", "cash", Unit.MONEY)]))
    assert (found(past, "cash", "today")[past.first], found(past, "cash", "mtd")[TODAY]) == (3, 7)


@pytest.mark.parametrize("moves", [(), (0,), (-1,), (3,), (-1, 0), (0, -1), (2, 0)])
@pytest.mark.parametrize("how", [Comparing(), Comparing(by_share=True, by_weekdays=True)])
def test_spans_never_go_back(moves: tuple[int, ...], how: Comparing) -> None:
    """As of later days neither a window's first day nor its last one is earlier: what is known is one stretch."""
    for first_month in (1, 4):
        spans = DaySpans(CompanyCalendar(AMSTERDAM, 6, first_month), date(2023, 12, 1), date(2025, 3, 2))
        for window in (EACH_DAY, *WINDOWS):
            firsts, lasts = (
                list(each) for each in (spans.of(window, how, moves).firsts, spans.of(window, how, moves).lasts)
            )
            assert (firsts, lasts) == (sorted(firsts), sorted(lasts)), window


@pytest.mark.parametrize("ways", [{()}, {(0,), (-1,)}, {(), (3,), (12,)}, {(3,)}, set()])
def test_between_turns_every_span_stays(ways: set[tuple[int, ...]]) -> None:
    """The spans of turns, each kept until the next turn, are those of every day; nothing turns in vain."""
    spans = DaySpans(CompanyCalendar(AMSTERDAM, 6, 4), date(2023, 12, 9), date(2025, 3, 2))
    for window in (EACH_DAY, *WINDOWS):
        turns = spans.turns(window, Comparing(), frozenset(ways))
        turn_of = [int(turn) for turn in turns.spread(array("d", range(len(turns.places))))]
        assert len(turn_of) == len(spans)
        for moves in ways:
            daily, turning = spans.of(window, Comparing(), moves), turns.spans[moves]
            assert list(daily.firsts) == [turning.firsts[turn] for turn in turn_of], (window, moves)
            assert list(daily.lasts) == [turning.lasts[turn] for turn in turn_of], (window, moves)
    # from 9 December 2023 to 2 March 2025 fifteen months begin
    assert len(spans.turns("last_month", Comparing(), frozenset(ways)).places) == (1 + 15 if ways else 1)


@given(over=st.integers(-(10**15), 10**15), under=st.integers(1, 10**9), unit=st.sampled_from(list(Unit)))
def test_quotients_are_shown_like_fractions(over: int, under: int, unit: Unit) -> None:
    """What is rounded without fractions is what fractions are rounded to, ties included."""
    for below in (under, 2_000_000):
        assert shown_quotient(over, below, unit) == float(shown(Fraction(over, below), unit))
