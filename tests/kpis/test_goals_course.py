"""What is expected by now, what is attained, and where a goal is going. It is 14 May 2025; 13 May is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpis.goal_desk import figures_of
from kpis.notebook import ACME, FULL, Notebook

from kpitaps.calendar import CompanyCalendar, DaySpan
from kpitaps.kpis.goals import Basis, GoalFigure, Status
from kpitaps.kpis.goals.course import attainment
from kpitaps.kpis.goals.pace import business_days
from kpitaps.kpis.goals.periods import Every, before, period_of, year_before
from kpitaps.units import Good, Quality

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = '[goal.g]\nkpi = "orders"\ntarget = 365\n'
YEAR = "from = 2025-01-01\nto = 2025-12-31\n"


def goal(folder: Path, text: str, book: Notebook | None = None, **more: Any) -> GoalFigure:
    return figures_of(folder, text, book or daily(), **more)["g"]


def daily(first: date = date(2023, 1, 1), last: date = date(2025, 5, 13), amount: int = 1) -> Notebook:
    """Return a ledger of as many orders every day."""
    book = Notebook().feed("orders")
    for number in range((last - first).days + 1):
        book.write("orders", first + timedelta(days=number), amount)
    return book


@pytest.mark.parametrize(
    ("pace", "expected"),
    [
        ("", 133),  # 365 × 133/365
        ('pace = "seasonal"', Fraction(365 * 134, 366)),  # last year's 13 May was the 134th of 366 days
        ("listed = [{until = 2025-03-31, value = 50}]", 50 + 315 * Fraction(43, 275)),  # 43 of the 275 days since
        ("listed = [{until = 2025-06-30, value = 181}]", 133),  # 181 × 133/181
    ],
)
def test_what_is_expected_follows_the_pace(tmp_path: Path, pace: str, expected: Fraction) -> None:
    """Every day the same, as last year, or as it is listed."""
    assert goal(tmp_path, f"{ORDERS}{YEAR}{pace}").expected == expected


@pytest.mark.parametrize(
    ("first", "last", "country", "days"),
    [
        # Monday to Friday; King's Day 2026 is a Monday, and Belgium's Labour Day a Friday
        (date(2026, 4, 27), date(2026, 5, 1), "NL", 4),
        (date(2026, 4, 27), date(2026, 5, 1), "BE", 4),
        (date(2026, 4, 25), date(2026, 4, 26), "NL", 0),
        # 31 days with 4 weekends and the 1st off
        (date(2026, 1, 1), date(2026, 1, 31), "BE", 21),
        # 21 July is Belgium's own: 23 working days in the Netherlands
        (date(2026, 7, 1), date(2026, 7, 31), "NL", 23),
        (date(2026, 7, 1), date(2026, 7, 31), "BE", 22),
    ],
)
def test_holidays_are_no_business_days(first: date, last: date, country: str, days: int) -> None:
    """Weekends and public holidays are off, those of the country that is meant."""
    assert business_days(first, last, country) == days


def test_business_days_pace(tmp_path: Path) -> None:
    """Only working days count, in what has passed and in the whole."""
    passed = business_days(date(2025, 5, 1), date(2025, 5, 13), "NL")
    whole = business_days(date(2025, 5, 1), date(2025, 5, 31), "NL")
    figure = goal(tmp_path, f'{ORDERS}period = "month"\npace = "business_days"')
    assert figure.expected == Fraction(365 * passed, whole)


def test_the_first_year_is_linear_and_says_so(tmp_path: Path) -> None:
    """A seasonal pace needs a last year."""
    book = daily(first=date(2025, 1, 1)).feed("orders", coverage=replace(FULL, first_day=date(2025, 1, 1)))
    figure = goal(tmp_path, f'{ORDERS}{YEAR}pace = "seasonal"', book)
    assert (figure.expected, figure.reasons) == (133, ("There is no last year to go by: the pace is linear.",))


@pytest.mark.parametrize(
    ("value", "expected", "good", "attained"),
    [
        (90, 100, Good.UP, Fraction(9, 10)),
        (5, 4, Good.DOWN, Fraction(8, 10)),
        (3, 4, Good.DOWN, Fraction(125, 100)),
        (0, 4, Good.DOWN, Fraction(2)),
        (-50, -100, Good.UP, Fraction(15, 10)),
        (-150, -100, Good.UP, Fraction(5, 10)),
        (7, 0, Good.UP, None),
    ],
)
def test_attainment(value: int, expected: int, good: Good, attained: Fraction | None) -> None:
    """1 is as expected and less is worse, whichever way is better and on either side of zero."""
    assert attainment(Fraction(value), Fraction(expected), good) == attained


@given(st.fractions(), st.fractions(), st.fractions(), st.sampled_from(Good))
def test_better_is_never_less_attained(one: Fraction, other: Fraction, expected: Fraction, good: Good) -> None:
    """Whatever was expected, a better value attains at least as much, and what was expected attains 1."""
    better, worse = (max(one, other), min(one, other)) if good is Good.UP else (min(one, other), max(one, other))
    if expected:
        assert (attainment(better, expected, good) or 0) >= (attainment(worse, expected, good) or 0)
        assert attainment(expected, expected, good) == 1


def test_a_sum_goes_on_as_last_year(tmp_path: Path) -> None:
    """133 orders now, 134 of 366 by then: 133 × 366/134. Weeks of seven orders each leave no doubt."""
    figure = goal(tmp_path, f"{ORDERS}{YEAR}")
    assert (figure.projection, figure.basis) == (Fraction(133 * 366, 134), Basis.LAST_YEAR)
    assert figure.projection_low == figure.projection == figure.projection_high


def test_a_sum_without_last_year_goes_on_as_the_last_weeks(tmp_path: Path) -> None:
    """133 orders now, 7 a week, 232 days to go: 365."""
    book = daily(first=date(2025, 1, 1)).feed("orders", coverage=replace(FULL, first_day=date(2025, 1, 1)))
    figure = goal(tmp_path, f"{ORDERS}{YEAR}", book)
    assert (figure.projection, figure.basis) == (365, Basis.RUN_RATE)


def test_weeks_that_vary_leave_a_range(tmp_path: Path) -> None:
    """Weeks of 0 and 14 in turn deviate by √(12 × 49 / 11) = 7.31: times √(18/7) and 1.28, 15.0 to each side."""
    book = Notebook()
    for number in range(40):
        book.write("orders", date(2025, 5, 13) - timedelta(weeks=number), 14 * (number % 2))
    figure = goal(tmp_path, '[goal.g]\nkpi = "orders"\ntarget = 50\nperiod = "month"', book)
    assert figure.value == 14
    # 14 so far, 7 a week for the 18 days that are left
    assert figure.projection == 14 + 18
    assert figure.projection_high is not None
    assert float(figure.projection_high) == pytest.approx(32 + 1.28 * (12 * 49 / 11 * 18 / 7) ** 0.5)
    # what is there stays: 32 − 15.0 is more than that
    assert figure.projection_low is not None
    assert float(figure.projection_low) == pytest.approx(64 - float(figure.projection_high))


def test_a_rate_is_projected_by_its_sums(tmp_path: Path) -> None:
    """70 of 100 so far this quarter (43 days), 10 of 50 in the last 28: 48 days to go bring 17.1 of 85.7."""
    book = Notebook()
    for day, web, sessions in ((date(2025, 4, 5), 60, 50), (date(2025, 5, 1), 10, 50)):
        book.write("orders", day, web, sales_channel="web").write("sessions", day, sessions)
    figure = goal(tmp_path, '[goal.g]\nkpi = "conversion_rate"\ntarget = "50 %"\nperiod = "quarter"', book)
    more = Fraction(48, 28)
    assert (figure.value, figure.projection) == (Fraction(70, 100), (70 + 10 * more) / (100 + 50 * more))
    assert figure.basis is Basis.RUN_RATE


def test_a_level_goes_on_changing(tmp_path: Path) -> None:
    """1 000 more every week: in 33 weeks and a day, 33 143 more."""
    book = Notebook()
    for number in range(60):
        book.write("mrr", date(2025, 5, 13) - timedelta(weeks=number), 1_000)
    figure = goal(tmp_path, f'[goal.g]\nkpi = "mrr"\ntarget = 100_000\n{YEAR}', book)
    assert (figure.value, figure.basis) == (60_000, Basis.TREND)
    assert figure.projection == 60_000 + Fraction(1_000 * 232, 7)
    # from 41 000 on 31 December 133/365 of the way to 100 000
    assert figure.expected == 41_000 + 59_000 * Fraction(133, 365)


@pytest.mark.parametrize(("orders", "status"), [(31, Status.ON_TRACK), (30, Status.OFF_TRACK)])
@pytest.mark.parametrize("limits", ["", "critical = 20", "warn = 40\ncritical = 35"])
def test_a_period_that_is_over_was_reached_or_not(tmp_path: Path, orders: int, status: Status, limits: str) -> None:
    """At the end there is no risk any more, and no waiting; limits only say how it stood on the way there."""
    book = Notebook().write("orders", date(2025, 4, 1), orders)
    april = '[goal.g]\nkpi = "orders"\ntarget = 31\nfrom = 2025-04-01\nto = 2025-04-30\n'
    figure = goal(tmp_path, april + limits, book)
    assert (figure.status, figure.is_open, figure.as_of) == (status, False, date(2025, 4, 30))
    assert (figure.projection, figure.basis) == (orders, Basis.RESULT)


def test_on_the_first_day_the_last_period_is_told(tmp_path: Path) -> None:
    """On Monday morning no day of the new week is over: what is told is how the last one ended."""
    monday = datetime(2025, 5, 12, 6, tzinfo=UTC)
    book = daily().feed("orders", coverage=replace(FULL, through=monday))
    figure = goal(tmp_path, '[goal.g]\nkpi = "orders"\ntarget = 7\nperiod = "every week"', book, now=monday)
    assert figure.period == DaySpan(date(2025, 5, 5), date(2025, 5, 11))
    assert (figure.value, figure.status, figure.is_open) == (7, Status.ON_TRACK, False)


def test_a_day_counts_once_it_was_read_to_its_end(tmp_path: Path) -> None:
    """Where yesterday was read in part, the day before is the one; where nothing was read for days, there is none."""
    for through, day, status in ((13, 12, Status.ON_TRACK), (9, 13, Status.UNKNOWN)):
        coverage = replace(FULL, through=datetime(2025, 5, through, 9, tzinfo=UTC))
        figure = goal(tmp_path, f"{ORDERS}{YEAR}", daily().feed("orders", coverage=coverage))
        assert (figure.as_of.day, figure.status) == (day, status)


def test_what_has_not_begun_is_unknown(tmp_path: Path) -> None:
    """A goal of next month has a target, and nothing else."""
    figure = goal(tmp_path, f"{ORDERS}from = 2025-06-01\nto = 2025-06-30")
    assert (figure.target, figure.value, figure.status) == (365, None, Status.UNKNOWN)


def test_what_nobody_feeds_is_unknown(tmp_path: Path) -> None:
    """A goal whose KPI has no source says so, and has no number."""
    figure = goal(tmp_path, f'[goal.g]\nkpi = "mrr"\ntarget = 5\n{YEAR}')
    assert (figure.value, figure.status, figure.reasons) == (None, Status.UNKNOWN, ("No connection feeds its KPI.",))


def test_quality_comes_along(tmp_path: Path) -> None:
    """What a source says against some days stands beside the goal that they are part of."""
    day = date(2025, 3, 3)
    figure = goal(tmp_path, f"{ORDERS}{YEAR}", daily().doubt("orders", day, day, Quality.SAMPLED, "A sample."))
    assert (figure.quality, figure.reasons) == (Quality.SAMPLED, ("A sample.",))


def test_small_changes_count(tmp_path: Path) -> None:
    """4 % more is off track without any growth, though that is 0.96 of what is expected: half of the growth lacks."""
    text = f'[goal.g]\nkpi = "orders"\ntarget = "+4 % on last year"\n{YEAR}'
    # 366 last year, so 380.64; 133/365 of it is 138.7, and there are 134
    figure = goal(tmp_path, text, daily().write("orders", date(2025, 1, 1), 1))
    assert (float(figure.attainment or 0), figure.status) == (pytest.approx(0.9661, abs=1e-4), Status.OFF_TRACK)


def test_what_was_spent_does_not_come_back(tmp_path: Path) -> None:
    """Complaints beyond the whole year's limit are off track, however little of the year is left."""
    text = f'[goal.g]\nkpi = "complaints"\ntarget = 10\n{YEAR}'
    figure = goal(tmp_path, text, Notebook().write("complaints", date(2025, 1, 2), 11))
    assert figure.status is Status.OFF_TRACK


def test_a_goal_of_one_salesperson(tmp_path: Path) -> None:
    """A KPI that is broken down has goals for its parts."""
    book = Notebook().write("deals_won_value", date(2025, 5, 2), 70, rep="Ann")
    book.write("deals_won_value", date(2025, 5, 3), 30, rep="Bram")
    text = '[goal.g]\nkpi = "sales_per_rep"\nlabel = "Ann"\ntarget = 100\nperiod = "month"'
    assert goal(tmp_path, text, book).value == 70


@pytest.mark.parametrize(
    ("every", "start", "day", "span"),
    [
        (Every.WEEK, 1, date(2026, 12, 31), DaySpan(date(2026, 12, 28), date(2027, 1, 3))),
        (Every.QUARTER, 4, date(2025, 1, 31), DaySpan(date(2025, 1, 1), date(2025, 3, 31))),
        (Every.HALF_YEAR, 4, date(2025, 9, 30), DaySpan(date(2025, 4, 1), date(2025, 9, 30))),
        (Every.HALF_YEAR, 4, date(2025, 10, 1), DaySpan(date(2025, 10, 1), date(2026, 3, 31))),
        (Every.YEAR, 9, date(2024, 8, 31), DaySpan(date(2023, 9, 1), date(2024, 8, 31))),
    ],
)
def test_periods_are_those_of_the_fiscal_calendar(every: Every, start: int, day: date, span: DaySpan) -> None:
    """ISO week 53 belongs to one week; quarters, half-years and years begin in the fiscal year's month."""
    calendar = CompanyCalendar(ZoneInfo("Europe/Amsterdam"), 0, start)
    assert period_of(calendar, every, day) == span


@pytest.mark.parametrize(
    ("span", "earlier", "a_year_before"),
    [
        (("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
        (("2025-01-01", "2025-06-30"), ("2024-07-01", "2024-12-31"), ("2024-01-01", "2024-06-30")),
        (("2025-03-01", "2025-03-31"), ("2025-02-01", "2025-02-28"), ("2024-03-01", "2024-03-31")),
        (("2025-03-01", "2025-03-30"), ("2025-02-01", "2025-02-28"), ("2024-03-01", "2024-03-30")),
        (("2025-05-05", "2025-05-07"), ("2025-04-28", "2025-04-30"), ("2024-05-05", "2024-05-07")),
    ],
)
def test_days_are_compared_with_days_like_them(
    span: tuple[str, str], earlier: tuple[str, str], a_year_before: tuple[str, str]
) -> None:
    """Whole months with whole months, other days with the same weekdays; February and leap years included."""
    days, before_it, year = (DaySpan(*map(date.fromisoformat, each)) for each in (span, earlier, a_year_before))
    assert (before(days), year_before(days, weekly=False)) == (before_it, year)


def test_the_company_is_that_of_the_board(tmp_path: Path) -> None:
    """Figures carry the company's key and currency."""
    figure = goal(tmp_path, f'[goal.g]\nkpi = "order_revenue"\ntarget = 5\n{YEAR}', Notebook().feed("order_revenue"))
    assert (figure.company, figure.currency, figure.unit_name) == (ACME.key, "EUR", "EUR")
