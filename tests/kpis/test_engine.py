"""The KPI engine: exact values in every window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpis.notebook import ACME, AMSTERDAM, NOW, TODAY, Notebook, figures, one, values

from kpitaps.calendar import WINDOWS, CompanyCalendar
from kpitaps.errors import BadSettings, TapBug
from kpitaps.kpis import KPIS, define, evaluate
from kpitaps.measures import VOCABULARY
from kpitaps.units import Quality, Unit

DAY = timedelta(days=1)
REVENUE = one("order_revenue", "order_revenue", Unit.MONEY)
ORDERS = one("orders", "orders", Unit.COUNT)
AVERAGE = one("average_order_value", "order_revenue / orders", Unit.MONEY)
BUYERS = one("buyers", "buyers", Unit.COUNT)
PRODUCTS = one("sales_by_product", "order_revenue", Unit.MONEY, by="product")


def test_each_window_sums_its_own_days() -> None:
    """One euro a day shows each window's length in euros, and that of what it is compared with."""
    book = Notebook()
    for back in range(1200):
        book.write("order_revenue", TODAY - back * DAY, 1)
    found = figures(REVENUE, book)
    shown = {
        name: (each.number(each.value), each.number(each.previous), each.number(each.last_year))
        for name, each in found.items()
    }
    assert shown == {
        "today": (1, 1, 1),
        "yesterday": (1, 1, 1),
        "7d": (7, 7, 7),
        "28d": (28, 28, 28),
        "wtd": (3, 3, 3),
        "mtd": (14, 14, 14),
        "qtd": (44, 44, 44),
        "ytd": (134, 134, 135),
        "last_week": (7, 7, 7),
        "last_month": (30, 31, 30),
        "last_quarter": (90, 92, 91),
        "last_year": (366, 365, 365),
        "12m": (365, 366, 366),
    }


def test_a_ratio_divides_sums() -> None:
    """The average of a window is its revenue over its orders, not the mean of the days' averages."""
    book = Notebook().write("order_revenue", TODAY, 100).write("orders", TODAY, 1)
    book.write("order_revenue", TODAY - DAY, 100).write("orders", TODAY - DAY, 9)
    found = figures(AVERAGE, book)
    assert values(found, ["today", "yesterday", "wtd"]) == [100, pytest.approx(100 / 9), 20]


def test_money_is_rounded_once_and_half_to_even() -> None:
    """The figure keeps the exact value; what is shown has six decimals."""
    book = Notebook().write("order_revenue", TODAY, 100).write("orders", TODAY, 3)
    today = figures(AVERAGE, book)["today"]
    assert today.value == Fraction(100, 3)
    assert today.as_json()["value"] == 33.333333
    assert replace(today, value=Fraction(25, 10**7)).as_json()["value"] == 0.000002


def test_nothing_to_divide_by_is_no_value() -> None:
    """A ratio whose denominator is zero has no value, and the figure says why."""
    book = Notebook().feed("order_revenue", "orders")
    today = figures(AVERAGE, book)["today"]
    assert (today.value, today.quality) == (None, Quality.PROVISIONAL)
    assert today.reasons == ("There is nothing to divide by.",)


def test_a_known_day_without_rows_is_zero() -> None:
    """A fed measure without sales says 0, not nothing."""
    assert set(values(figures(ORDERS, Notebook().feed("orders")), WINDOWS)) == {0}


def test_filters_and_totals_are_read_apart() -> None:
    """A filter selects by label value."""
    book = Notebook().write("orders", TODAY, 3, sales_channel="web").write("orders", TODAY, 5, sales_channel="pos")
    found = figures(one("online_part", 'orders{sales_channel="web"} / orders', Unit.RATIO), book)
    assert found["today"].value == Fraction(3, 8)


def test_distinct_counts_are_asked_per_window() -> None:
    """Someone who bought twice in a week is one buyer of the week and of each day."""
    book = Notebook().meet("buyers", TODAY, "ann").meet("buyers", TODAY - DAY, "ann").meet("buyers", TODAY - DAY, "bo")
    assert values(figures(BUYERS, book), ["today", "yesterday", "wtd"]) == [1, 2, 2]


def test_levels_carry_all_changes_so_far() -> None:
    """A level is the sum of all changes up to the window's last day, however long ago."""
    book = Notebook().write("cash", date(2019, 1, 1), 100).write("cash", TODAY - DAY, -30)
    book.write("cash", TODAY, 5)
    found = figures(one("cash", "cash", Unit.MONEY), book)
    assert values(found, ["today", "yesterday", "last_week", "12m"]) == [75, 70, 100, 100]


def test_durations_are_seconds_over_n() -> None:
    """Two cycles of 10 and 20 seconds on different days are 15 seconds on average."""
    book = Notebook().write("sales_cycle", TODAY, 10, of=1).write("sales_cycle", TODAY - DAY, 60, of=3)
    found = figures(one("sales_cycle", "sales_cycle", Unit.DURATION), book)
    assert values(found, ["today", "yesterday", "wtd", "last_week"]) == [10, 20, 17.5, None]


def test_each_measure_is_read_once_per_filter_and_label() -> None:
    """However many KPIs and windows there are, the ledger is asked once for the same thing."""
    book = Notebook().feed(*VOCABULARY)
    evaluate(ACME, define(KPIS), book, NOW)
    assert set(book.reads.values()) == {1}
    assert ("revenue", "product", ()) in book.reads
    assert ("orders", None, (("sales_channel", "web"),)) in book.reads


def test_parts_and_other_make_the_total() -> None:
    """The largest values are shown by name, all others together, and the sum is the whole."""
    book = Notebook()
    for number in range(1, 15):
        book.write("order_revenue", date(2025, 3, 1), number, product=f"p{number:02}")
    book.write("order_revenue", date(2025, 3, 2), 50)
    found = figures(PRODUCTS, book)
    names = [name for window, name in found if window == "12m"]
    assert names == ["(none)", *(f"p{number:02}" for number in range(14, 5, -1)), "other"]
    assert found["12m", "other"].value == 1 + 2 + 3 + 4 + 5
    assert sum(found["12m", name].value or 0 for name in names) == sum(range(1, 15)) + 50
    assert found["today", "p14"].value == 0


def test_the_shown_values_stay_put_during_a_month() -> None:
    """Today's sales change neither which values are shown nor their order; a new value fills a free place."""
    book = Notebook()
    for number, name in enumerate("abc"):
        book.write("order_revenue", date(2025, 3, 1), 10 - number, product=name)
    shown = [labels for window, labels in figures(PRODUCTS, book, shown=3) if window == "ytd"]
    book.write("order_revenue", TODAY, 1000, product="new")
    assert [labels for window, labels in figures(PRODUCTS, book, shown=3) if window == "ytd"] == [*shown, "other"]
    assert [labels for window, labels in figures(PRODUCTS, book, shown=4) if window == "ytd"] == [*shown, "new"]


def test_a_value_called_other_is_part_of_the_others() -> None:
    """A product that is really called other cannot be told from the rest, so it is in it."""
    book = Notebook().write("order_revenue", TODAY, 9, product="other").write("order_revenue", TODAY, 2, product="a")
    book.write("order_revenue", TODAY, 1, product="b")
    found = figures(PRODUCTS, book, shown=1)
    assert (found["today", "other"].value, found["today", "a"].value) == (10, 2)


def test_the_company_calendar_decides() -> None:
    """Weeks and fiscal years are the company's own."""
    book = Notebook().write("orders", date(2025, 5, 11), 1).write("orders", date(2025, 2, 1), 2)
    sunday = replace(ACME, calendar=CompanyCalendar(AMSTERDAM, week_start=6, fiscal_year_start=4))
    assert values(figures(ORDERS, book), ["wtd", "ytd"]) == [0, 3]
    assert values(figures(ORDERS, book, company=sunday), ["wtd", "ytd"]) == [1, 1]


def test_today_is_the_companys_day() -> None:
    """At 23:00 UTC it is tomorrow in Amsterdam."""
    late = datetime(2025, 5, 14, 23, 0, tzinfo=UTC)
    book = Notebook().feed("orders", coverage=replace(Notebook().feed("orders").coverages["orders"], through=late))
    book.write("orders", date(2025, 5, 15), 4)
    assert figures(ORDERS, book, now=late)["today"].value == 4


def test_a_naive_now_is_refused() -> None:
    """Without an offset nobody knows which day it is."""
    with pytest.raises(TapBug, match="no UTC offset"):
        figures(ORDERS, Notebook().feed("orders"), now=datetime(2025, 5, 14))  # noqa: DTZ001


@pytest.mark.parametrize("currency", ["eur", "EURO", "ÉUR", ""])
def test_a_company_reports_in_a_real_currency(currency: str) -> None:
    """The currency becomes part of metric names, so it is three capital letters."""
    with pytest.raises(BadSettings, match="no ISO 4217 currency"):
        replace(ACME, currency=currency)


def test_the_json_face_is_fixed() -> None:
    """Other programs rely on exactly these keys and types."""
    book = Notebook().write("order_revenue", TODAY, 12.5, product="a").write("order_revenue", TODAY - DAY, 10)
    today = figures(PRODUCTS, book)["today", "a"].as_json()
    assert today == {
        "company": "acme",
        "kpi": "sales_by_product",
        "window": "today",
        "labels": {"product": "a"},
        "value": 12.5,
        "unit": "EUR",
        "previous": 0,
        "last_year": 0,
        "quality": "provisional",
        "open": True,
        "data_through": "2025-05-14T11:30:00+02:00",
        "reasons": [],
    }


def test_the_fingerprint_changes_only_with_the_figures() -> None:
    """An evaluation a minute later is the same board; one more order makes another."""
    book = Notebook().write("orders", TODAY, 1)
    before = evaluate(ACME, ORDERS, book, NOW)
    later = evaluate(ACME, ORDERS, book, NOW + timedelta(minutes=1))
    assert later.at != before.at
    assert later.fingerprint == before.fingerprint
    assert evaluate(ACME, ORDERS, book.write("orders", TODAY, 1), NOW).fingerprint != before.fingerprint


SALES = st.lists(
    st.tuples(st.integers(0, 800), st.integers(-(10**12), 10**12), st.integers(0, 50), st.sampled_from("abcd")),
    max_size=60,
)


@given(SALES)
def test_rolling_up_day_by_day_equals_one_sum(sales: list[tuple[int, int, int, str]]) -> None:
    """In every window, value and comparisons are the plain sum of what lies in its days; ratios divide such sums."""
    book = Notebook().feed("order_revenue", "orders")
    for back, cents, count, _ in sales:
        book.entries["order_revenue"].append((TODAY - back * DAY, "EUR", {}, cents * 10_000, 0))
        book.write("orders", TODAY - back * DAY, count)
    revenue, average = figures(REVENUE, book), figures(AVERAGE, book)
    for name in WINDOWS:
        span = ACME.calendar.window(name, TODAY)
        before = ACME.calendar.previous(name, TODAY)
        cents = sum(cents for back, cents, _, _ in sales if span.has(TODAY - back * DAY))
        orders = sum(count for back, _, count, _ in sales if span.has(TODAY - back * DAY))
        assert revenue[name].value == Fraction(cents, 100)
        assert revenue[name].previous == Fraction(
            sum(cents for back, cents, _, _ in sales if before.has(TODAY - back * DAY)), 100
        )
        assert average[name].value == (Fraction(cents, 100 * orders) if orders else None)


@given(SALES)
def test_shown_parts_always_add_up(sales: list[tuple[int, int, int, str]]) -> None:
    """Whatever is shown by name, with the rest it is the total, to the cent, in every window."""
    book = Notebook().feed("order_revenue")
    for back, cents, _, product in sales:
        book.entries["order_revenue"].append((TODAY - back * DAY, "EUR", {"product": product}, cents * 10_000, 0))
    total, parts = figures(REVENUE, book), figures(PRODUCTS, book, shown=2)
    for name in WINDOWS:
        assert sum(each.value or 0 for (window, _), each in parts.items() if window == name) == total[name].value
