"""Where leaves are read: windows before windows, and full months."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpis.notebook import ACME, AMSTERDAM, FULL, NOW, TODAY, Notebook, figures, one, values

from kpitaps.calendar import WINDOWS, CompanyCalendar, DaySpan
from kpitaps.kpis.frames import Frames
from kpitaps.kpis.rates import RateOn
from kpitaps.units import Quality, Unit

if TYPE_CHECKING:
    from kpitaps.kpis import Catalogue

DAY = timedelta(days=1)
GROWTH = one("growth", "orders / previous(orders)", Unit.RATIO)
MONTHLY = one("monthly_orders", "monthly(orders, 2)", Unit.COUNT)
CASH_AT_START = one("cash_before", "start(cash)", Unit.MONEY)
MEAN_CASH = one("mean_cash", "mean(cash)", Unit.MONEY)
EVER = one("all_orders", "ever(orders)", Unit.COUNT)


@given(st.dates(date(2019, 1, 1), date(2030, 1, 1)), st.sampled_from(WINDOWS), st.integers(1, 12))
def test_a_window_before_is_what_it_was_then(today: date, window: str, start: int) -> None:
    """The window before the present one is compared with what that window was compared with when it was present."""
    calendar = CompanyCalendar(AMSTERDAM, fiscal_year_start=start)
    frames = Frames(calendar, today)
    before = frames.previous(frames.now(window))
    assert before.span == calendar.previous(window, today)
    earlier = frames.previous(before).span
    assert earlier.last < before.span.first <= before.span.last < frames.now(window).span.first
    assert earlier.length - before.span.length in range(-3, 4)
    a_year_ago = frames.last_year(frames.now(window))
    assert a_year_ago.span == calendar.last_year(window, today)
    assert frames.previous(a_year_ago).span.last == a_year_ago.span.first - DAY or calendar.is_open(window, today)


@pytest.mark.parametrize(
    ("today", "window", "back", "expected"),
    [
        (date(2025, 5, 14), "today", 1, DaySpan(date(2025, 4, 1), date(2025, 4, 30))),
        (date(2025, 5, 14), "mtd", 3, DaySpan(date(2025, 2, 1), date(2025, 2, 28))),
        (date(2025, 5, 14), "last_month", 1, DaySpan(date(2025, 4, 1), date(2025, 4, 30))),
        (date(2025, 5, 14), "last_year", 1, DaySpan(date(2024, 12, 1), date(2024, 12, 31))),
        # the last day of a month is not over, and the next morning it is
        (date(2025, 5, 31), "mtd", 1, DaySpan(date(2025, 4, 1), date(2025, 4, 30))),
        (date(2025, 6, 1), "yesterday", 1, DaySpan(date(2025, 5, 1), date(2025, 5, 31))),
        (date(2025, 6, 1), "mtd", 12, DaySpan(date(2024, 6, 1), date(2024, 6, 30))),
    ],
)
def test_months_are_full(today: date, window: str, back: int, expected: DaySpan) -> None:
    """Months are counted back from the window's last day that is over."""
    frames = Frames(ACME.calendar, today)
    assert frames.reached(frames.now(window), (back,)) == expected


def test_growth_has_comparisons_of_its_own() -> None:
    """The growth of the month before is that over the month before it, and so is last year's."""
    book = Notebook()
    for day, amount in ((date(2025, 4, 1), 8), (date(2025, 3, 31), 4), (date(2025, 2, 1), 1)):
        book.write("orders", day, amount)
    book.write("orders", date(2024, 4, 30), 9).write("orders", date(2024, 3, 1), 3)
    april = figures(GROWTH, book)["last_month"]
    assert (april.value, april.previous, april.last_year) == (2, 4, 3)


def test_monthly_means_are_the_same_all_month() -> None:
    """In every window that ends in May the mean is that of March and April, and it is final."""
    book = Notebook().write("orders", date(2025, 3, 1), 3).write("orders", date(2025, 4, 30), 4)
    book.write("orders", TODAY, 100).write("orders", date(2025, 2, 28), 2)
    found = figures(MONTHLY, book)
    assert set(values(found, ["today", "yesterday", "7d", "mtd", "ytd", "last_month"])) == {3.5}
    assert (found["today"].quality, found["today"].is_open) == (Quality.FINAL, True)
    assert (found["ytd"].days_known, found["last_month"].previous) == (134, Fraction(5, 2))


def test_a_level_at_the_start_is_that_of_the_day_before() -> None:
    """What changes on the first day of a window was not there at its start."""
    book = Notebook().write("cash", date(2025, 4, 30), 5).write("cash", date(2025, 5, 1), 7)
    assert values(figures(CASH_AT_START, book), ["mtd", "last_month", "today"]) == [5, 0, 12]


def test_a_mean_weighs_each_day() -> None:
    """5 for three days of this week's three, and 20 more on the last one, is 35 over 3."""
    book = Notebook().write("cash", date(2020, 1, 1), 5).write("cash", TODAY, 20)
    found = figures(MEAN_CASH, book)
    assert found["wtd"].value == Fraction(35, 3)
    assert (found["today"].value, found["yesterday"].value, found["last_week"].value) == (25, 5, 5)


class Rising:
    """A dollar is worth a tenth of the day of the month in euros; before May nobody knows."""

    def rate(self, currency: str, to: str, day: date) -> RateOn | None:
        assert (currency, to) == ("USD", "EUR")
        return RateOn(Fraction(day.day, 10), day) if day >= date(2025, 5, 1) else None


def test_a_mean_takes_each_day_at_its_own_rate() -> None:
    """10 dollars from Monday 12 to Wednesday 14 May are 12, 13 and 14 euros; where a rate is missing, nothing."""
    book = Notebook().write("cash", date(2025, 1, 1), 10, currency="USD")
    found = figures(MEAN_CASH, book, rates=Rising())
    assert (found["wtd"].value, found["28d"].value) == (13, None)
    assert found["28d"].reasons == ("There is no exchange rate from USD to EUR on 2025-04-16.",)


LEVEL = st.lists(st.tuples(st.integers(-100, 40), st.integers(-(10**9), 10**9)), max_size=20)


@given(LEVEL)
def test_a_mean_is_the_sum_of_balances_over_days(changes: list[tuple[int, int]]) -> None:
    """However a level moved, its mean is that of the balances at the end of each day."""
    book = Notebook().feed("cash")
    for days, cents in changes:
        book.entries["cash"].append((TODAY - days * DAY, "EUR", {}, cents * 10_000, 0))
    span = ACME.calendar.window("last_month", TODAY)
    balances = [sum(cents for days, cents in changes if TODAY - days * DAY <= day) for day in span.days()]
    assert figures(MEAN_CASH, book)["last_month"].value == Fraction(sum(balances), 100 * span.length)


def test_ever_is_all_there_was() -> None:
    """A sum since the start has no first day."""
    book = Notebook().write("orders", date(2001, 1, 1), 5).write("orders", date(2025, 5, 1), 7)
    assert values(figures(EVER, book), ["mtd", "last_month"]) == [12, 5]


@pytest.mark.parametrize(
    ("catalogue", "known"),
    [
        # of March, nothing is known before the 10th
        (CASH_AT_START, {"mtd", "last_month", "28d", "qtd"}),
        (MEAN_CASH, {"mtd", "last_month", "28d", "qtd"}),
        (one("cash", "cash", Unit.MONEY), {"mtd", "last_month", "28d", "qtd", "ytd", "last_quarter", "12m"}),
    ],
)
def test_days_that_are_needed_must_be_known(catalogue: Catalogue, known: set[str]) -> None:
    """A mean needs every day and a start the day before; a level needs its last day only."""
    book = Notebook().feed("cash", coverage=replace(FULL, first_day=date(2025, 3, 10)))
    found = figures(catalogue, book)
    asked = ("mtd", "last_month", "28d", "qtd", "ytd", "last_quarter", "12m", "last_year")
    assert {name for name in asked if found[name].value is not None} == known


def test_balances_wait_for_the_whole_history() -> None:
    """While history is loading, a level and a sum since the start lack what is to come: unknown, never too low."""
    loading = replace(FULL, first_day=date(2025, 4, 1), is_whole=False)
    book = Notebook().feed("cash", "orders", coverage=loading)
    assert {each.value for each in figures(one("cash", "cash", Unit.MONEY), book).values()} == {None}
    assert {each.value for each in figures(EVER, book).values()} == {None}
    assert figures(EVER, book)["today"].reasons == ("History is still being read.",)
    assert figures(one("orders", "orders", Unit.COUNT), book)["mtd"].value == 0


def test_an_unknown_past_makes_the_present_unknown() -> None:
    """Growth needs both windows and monthly means need each month; the days that are told of are the window's."""
    book = Notebook().write("orders", TODAY, 1).feed("orders", coverage=replace(FULL, first_day=date(2025, 4, 1)))
    growth, monthly = figures(GROWTH, book)["mtd"], figures(MONTHLY, book)["mtd"]
    assert (growth.value, growth.days_known, growth.reasons) == (None, 14, ("There is nothing to divide by.",))
    assert (monthly.value, monthly.days_known) == (None, 0)
    assert monthly.reasons == ("Days before 2025-04-01 have not been read.",)


def test_today_at_its_start_is_known_before_anything_was_read_today() -> None:
    """Yesterday's closing balance is today's opening one."""
    night = datetime(2025, 5, 13, 22, 30, tzinfo=UTC)
    book = Notebook().write("cash", date(2025, 5, 1), 5).feed("cash", coverage=replace(FULL, through=night))
    assert figures(CASH_AT_START, book, now=night)["today"].value == 5
    assert figures(CASH_AT_START, book, now=NOW)["today"].quality is Quality.FINAL
