"""KPIs by one label: a few values by name, and the rest as the whole less what is shown."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpis.notebook import NOW, TODAY, Notebook, figures, kpi, values

from kpitaps.kpis.catalogue import Catalogue, define
from kpitaps.measures import VOCABULARY, Measure, Names
from kpitaps.units import Good, Kind, Unit

DAY = timedelta(days=1)
WORDS = Names("Postings", "What was booked.")
POSTINGS = Measure("acme_postings", Unit.MONEY, Kind.FLOW, ("gl_account",), Good.UP, "booking", WORDS, WORDS)


def by(label: str, formula: str, unit: Unit) -> Catalogue:
    """Return the catalogue of one KPI by a label; formulas may use a tap's own measure."""
    return define([kpi("a", formula, unit, by=label)], VOCABULARY | {POSTINGS.key: POSTINGS})


AVERAGE = by("country", "order_revenue / orders", Unit.MONEY)


def shop(*orders: tuple[str, int, int], day: date = TODAY) -> Notebook:
    """Write down per country how many orders there were, and what they brought in."""
    book = Notebook().feed("orders", "order_revenue")
    for country, number, revenue in orders:
        book.write("orders", day, number, country=country).write("order_revenue", day, revenue, country=country)
    return book


def test_a_ratio_divides_the_sums_of_its_own_label() -> None:
    """Each country has its own average; the others share one, of their sums and not of their averages."""
    found = figures(AVERAGE, shop(("NL", 4, 100), ("BE", 2, 80), ("DE", 1, 30), ("FR", 3, 10)), shown=2)
    assert {label: found[window, label].value for window, label in found if window == "today"} == {
        "NL": 25,
        "BE": 40,
        "other": Fraction(40, 4),
    }


def test_a_label_without_anything_to_divide_by_has_no_value() -> None:
    """Revenue without an order, such as a late booking, is no average; its neighbours have theirs."""
    found = figures(AVERAGE, shop(("NL", 4, 100), ("BE", 0, 80)))
    assert values(found, [("today", "NL"), ("today", "BE")]) == [25, None]
    assert found["today", "BE"].reasons == ("There is nothing to divide by.",)


def test_what_only_the_divisor_knows_is_among_the_others() -> None:
    """A country with orders and no revenue is not shown by name, yet its orders count."""
    found = figures(AVERAGE, shop(("NL", 4, 100), ("BE", 2, 0)), shown=5)
    assert values(found, [("today", "NL"), ("today", "other")]) == [25, 0]


def test_a_filter_stays_on_under_a_label() -> None:
    """A share within each label: the filter keeps a part of it, the divisor all of it."""
    share = by("sales_channel", 'orders{country="NL"} / orders', Unit.RATIO)
    book = Notebook()
    for channel, country, number in (("web", "NL", 3), ("web", "BE", 1), ("shop", "BE", 5)):
        book.write("orders", TODAY, number, sales_channel=channel, country=country)
    assert values(figures(share, book), [("today", "web"), ("today", "other")]) == [0.75, 0]


def test_a_taps_own_label_breaks_down_its_measure() -> None:
    """Accounts of the general ledger are shown as any label is, refunds below zero included."""
    book = Notebook()
    for account, amount in (("4200", 10), ("4300", -30), ("4400", 5)):
        book.write("acme_postings", TODAY, amount, currency="EUR", gl_account=account)
    found = figures(by("gl_account", "acme_postings", Unit.MONEY), book, shown=2)
    assert values(found, [("today", each) for each in ("4300", "4200", "other")]) == [-30, 10, 5]


@pytest.mark.parametrize("function", ["previous", "last_year"])
def test_comparisons_hold_for_each_label(function: str) -> None:
    """Growth by label compares a label with itself."""
    back = {"previous": 1, "last_year": 364}[function]
    book = shop(("NL", 6, 0), ("BE", 5, 0))
    for country, number in (("NL", 2), ("BE", 10)):
        book.write("orders", TODAY - back * DAY, number, country=country)
    found = figures(by("country", f"orders / {function}(orders)", Unit.RATIO), book)
    assert values(found, [("today", "NL"), ("today", "BE")]) == [3, 0.5]


ORDERS = st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 9), st.integers(-99, 99)), max_size=20)


@given(ORDERS, st.integers(1, 4))
def test_shown_values_are_few_and_the_others_are_the_rest(orders: list[tuple[str, int, int]], shown: int) -> None:
    """No more names than the cap; the rest's two sides are the total's less what is shown."""
    book = shop(*orders)
    found = {label: each for (window, label), each in figures(AVERAGE, book, shown=shown).items() if window == "today"}
    names = set(found) - {"other"}
    assert len(names) <= shown
    count = sum(number for country, number, _ in orders if country not in names)
    revenue = sum(amount for country, _, amount in orders if country not in names)
    if "other" in found:
        assert found["other"].value == (Fraction(revenue, count) if count else None)
    else:
        assert (count, revenue) == (0, 0)


def test_the_shown_set_of_a_ratio_is_that_of_its_dividend() -> None:
    """Which countries are shown follows last year's revenue, so a single day does not reorder the page."""
    book = shop(("NL", 1, 90), ("BE", 9, 80), ("DE", 9, 70), day=date(2025, 3, 3))
    book.write("order_revenue", TODAY, 9999, country="DE").write("orders", TODAY, 1, country="DE")
    names = [label for window, label in figures(AVERAGE, book, now=NOW, shown=2) if window == "mtd"]
    assert names == ["NL", "BE", "other"]
