"""Growth, comparisons and quotients at their edges, as tables of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from kpis.notebook import ACME, AMSTERDAM, FULL, NOW, TODAY, Notebook, figures, one

from kpitaps.calendar import CompanyCalendar, DaySpan
from kpitaps.kpis import KPIS, define
from kpitaps.units import Unit

DAY = timedelta(days=1)
SHIPPED = define(row for row in KPIS if row.key == "revenue_growth")
GROWTH = one("growth", "orders / max(0, last_year(orders)) - 1", Unit.RATIO)
LAST_YEARS_GROWTH = one("growth", "last_year(orders / previous(orders))", Unit.RATIO)
ORDERS = one("last_years_orders", "last_year(orders)", Unit.COUNT)

APRIL, MARCH = date(2025, 4, 10), date(2025, 3, 10)


@pytest.mark.parametrize(
    ("before", "now", "growth"),
    [
        (100, 150, Fraction(1, 2)),
        (100, 100, Fraction(0)),
        (100, 0, Fraction(-1)),
        (100, -50, Fraction(-3, 2)),
        (0, 50, None),
        (0, 0, None),
        (-100, 50, None),
        (-100, -50, None),
        (Fraction(1, 100), 1, Fraction(99)),
    ],
)
def test_growth_is_measured_against_what_was_above_zero(before: float, now: float, growth: Fraction | None) -> None:
    """From nothing or from a loss nothing has grown by a percentage: there is no value, and a sentence says why."""
    book = Notebook().write("revenue", MARCH, before).write("revenue", APRIL, now)
    found = figures(SHIPPED, book)["last_month"]
    assert found.value == growth
    assert bool(found.reasons) is (growth is None)


@pytest.mark.parametrize(
    ("divided", "by", "value"), [(0, 0, None), (5, 0, None), (0, 5, Fraction(0)), (-5, 5, Fraction(-1)), (5, -5, -1)]
)
def test_nothing_is_divided_by_nothing(divided: int, by: int, value: Fraction | None) -> None:
    """A zero divisor gives no value, and never 0; a zero dividend gives 0."""
    book = Notebook().write("orders", APRIL, divided).write("sessions", APRIL, by)
    found = figures(one("a", "orders / sessions", Unit.RATIO), book)["last_month"]
    assert found.value == value
    assert found.reasons == (() if by else ("There is nothing to divide by.",))


@pytest.mark.parametrize(
    ("window", "now", "first", "last"),
    [
        ("mtd", "2025-05-14", "2024-05-01", "2024-05-14"),
        ("mtd", "2024-02-29", "2023-02-01", "2023-02-28"),
        ("last_month", "2025-03-01", "2024-02-01", "2024-02-29"),
        ("ytd", "2024-12-31", "2023-01-01", "2023-12-31"),
        ("last_year", "2025-01-01", "2023-01-01", "2023-12-31"),
        # by weekday: ISO week 53 of 2020 stands beside the week that ended on 5 January
        ("wtd", "2021-01-03", "2019-12-30", "2020-01-05"),
        ("last_week", "2021-01-04", "2019-12-30", "2020-01-05"),
        ("yesterday", "2025-01-01", "2024-01-02", "2024-01-02"),
        ("12m", "2025-01-31", "2023-01-01", "2023-12-31"),
    ],
)
def test_last_year_is_the_same_window_a_year_before(window: str, now: str, first: str, last: str) -> None:
    """It reads the days that every figure is compared with, at year ends, leap days and week 53 alike."""
    instant = datetime.fromisoformat(now).replace(hour=12, tzinfo=UTC)
    span = DaySpan(date.fromisoformat(first), date.fromisoformat(last))
    book = Notebook().feed("orders", coverage=replace(FULL, first_day=date(2019, 1, 1), through=instant))
    for day in span.days():
        book.write("orders", day, 1)
    book.write("orders", span.first - DAY, 1000).write("orders", span.last + DAY, 1000)
    plain = figures(one("a", "orders", Unit.COUNT), book, now=instant)[window]
    assert figures(ORDERS, book, now=instant)[window].value == plain.last_year == span.length


@pytest.mark.parametrize("month", range(1, 13))
def test_last_year_follows_the_fiscal_year(month: int) -> None:
    """A fiscal year to date is compared with as much of the one before, whichever month it begins in."""
    company = replace(ACME, calendar=CompanyCalendar(AMSTERDAM, fiscal_year_start=month))
    start = date(TODAY.year if month <= TODAY.month else TODAY.year - 1, month, 1)
    book = Notebook().write("orders", start, 28).write("orders", start - DAY, 1000)
    year_before = start.replace(year=start.year - 1)
    book.write("orders", year_before, 2).write("orders", year_before - DAY, 1000)
    found = figures(one("a", "orders / last_year(orders)", Unit.RATIO), book, company=company)["ytd"]
    assert found.value == 14


def test_moves_may_follow_each_other() -> None:
    """Last year's growth is that of last year's window over the one before it."""
    book = Notebook().write("orders", date(2024, 4, 2), 6).write("orders", date(2024, 3, 31), 3)
    book.write("orders", APRIL, 99)
    found = figures(LAST_YEARS_GROWTH, book)["last_month"]
    assert found.value == 2
    months = one("a", "last_year(monthly(orders, 2))", Unit.COUNT)
    assert figures(months, book)["mtd"].value == Fraction(9, 2)


def test_growth_against_last_year_needs_that_year() -> None:
    """Where last year was never read, there is no growth rather than an endless one."""
    book = Notebook().write("orders", TODAY, 5)
    known = replace(book.coverages["orders"], first_day=date(2025, 1, 1))
    book.feed("orders", coverage=known)
    found = figures(GROWTH, book, now=NOW)["mtd"]
    assert found.value is None
    assert found.reasons == ("Days before 2025-01-01 have not been read.",)
