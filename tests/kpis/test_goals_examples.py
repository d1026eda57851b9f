"""The seven examples of goals that people set, each with its arithmetic.

It is Wednesday 14 May 2025. What is over was over on Tuesday 13 May: day 133 of the year, and of the half-year of 181.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from kpis.goal_desk import figures_of
from kpis.notebook import Notebook

from kpitaps.calendar import DaySpan
from kpitaps.kpis.goals import Basis, GoalFigure, Status

if TYPE_CHECKING:
    from pathlib import Path

GOALS = """
# 15 % more revenue by the end of the second quarter (against the same period last year)
[goal.revenue]
kpi = "revenue"
target = "+15 % on last year"
from = 2025-01-01
deadline = 2025-06-30
owner = "Sanne"

# 20 % more visitors between 1 January and 31 December
[goal.visitors]
kpi = "visitors"
target = "+20 % on last year"
from = 2025-01-01
to = 2025-12-31

# Conversion rate up by 4 % on 31 December
[goal.conversion]
kpi = "conversion_rate"
target = "+4 % on the start"
deadline = 2025-12-31

# 50 new customers in six months
[goal.fifty]
kpi = "new_customers"
target = 50
from = 2025-01-01
to = 2025-06-30

# 100 new customers in a year, followed as "new customers per month"
[goal.hundred]
kpi = "new_customers"
target = 100
from = 2025-01-01
to = 2025-12-31
followed_as = "month"

# Retention up 5 % within 12 months, followed monthly
[goal.retention]
kpi = "retention_rate"
target = "+5 % on the start"
from = 2025-01-01
to = 2025-12-31
measured = "12m"
followed_as = "month"

# First response within 4 hours every week
[goal.response]
kpi = "first_response_time"
target = "4 h"
period = "every week"

# NPS at least 40 every quarter
[goal.nps]
kpi = "nps"
target = 40
period = "every quarter"

# Debt ratio below 1.5 at all times: warn at 1.3, critical at 1.5
[goal.debt]
kpi = "debt_ratio"
target = 1.5
period = "at all times"
warn = 1.3
critical = 1.5
"""


def company() -> Notebook:
    book = Notebook()
    book.write("revenue", date(2024, 2, 1), 100_000).write("revenue", date(2024, 6, 1), 81_000)
    book.write("revenue", date(2025, 1, 2), 150_000).write("revenue", date(2025, 5, 14), 9_999)
    for number in range(10):
        book.meet("visitors", date(2024, 3, 1) if number < 4 else date(2024, 9, 1), f"old {number}")
        book.meet("visitors", date(2025, 4, 1), f"new {number // 2}")
    for day, orders in ((date(2024, 12, 20), 20), (date(2025, 5, 1), 21)):
        book.write("orders", day, orders, sales_channel="web").write("sessions", day, 1_000)
    book.write("new_customers", date(2025, 1, 10), 20).write("new_customers", date(2025, 4, 10), 10)
    book.write("customers", date(2023, 1, 1), 100).write("customers_lost", date(2024, 11, 1), 20)
    book.write("customers", date(2024, 11, 1), -20).write("customers", date(2024, 2, 1), 25)
    book.write("first_response_time", date(2025, 5, 12), 6 * 3600, of=2)
    for kind, answers in (("promoters", 55), ("passives", 25), ("detractors", 20)):
        book.write(f"nps_{kind}", date(2025, 4, 8), answers)
    for measure, amount in (("debt_short", 90), ("debt_long", 45), ("equity", 100)):
        book.write(measure, date(2025, 1, 1), amount)
    return book


@pytest.fixture
def goals(tmp_path: Path) -> dict[str, GoalFigure]:
    """How the examples stand."""
    return figures_of(tmp_path, GOALS, company())


def stands(figure: GoalFigure) -> tuple[object, ...]:
    return figure.target, figure.value, figure.expected, figure.attainment, figure.status


def test_revenue_grows_by_fifteen_percent(goals: dict[str, GoalFigure]) -> None:
    """Last year's half-year was 181 000, so the target is 208 150, of which 133/181 is expected: 152 950."""
    figure = goals["revenue"]
    # 150 000 / 152 950 = 0.981; a quarter of the growth is 3.75 %, so it is at risk below 0.9625
    assert stands(figure) == (208_150, 150_000, 152_950, Fraction(150_000, 152_950), Status.ON_TRACK)
    assert (figure.baseline, figure.owner, figure.as_of) == (181_000, "Sanne", date(2025, 5, 13))
    assert (figure.period, figure.is_open) == (DaySpan(date(2025, 1, 1), date(2025, 6, 30)), True)
    # by 13 May of last year 100 000 of the 181 000 were in: 150 000 × 1.81
    assert (figure.projection, figure.basis) == (271_500, Basis.LAST_YEAR)


def test_visitors_follow_last_year(goals: dict[str, GoalFigure]) -> None:
    """4 of last year's 10 visitors were there by 13 May, so 4/10 of 12 is expected now: people count once."""
    figure = goals["visitors"]
    assert stands(figure) == (12, 5, Fraction(48, 10), Fraction(50, 48), Status.ON_TRACK)
    # 5 × 10/4; nothing says how far that may be off
    assert (figure.projection, figure.projection_low, figure.basis) == (Fraction(125, 10), None, Basis.LAST_YEAR)


def test_conversion_goes_up_from_where_it_was(goals: dict[str, GoalFigure]) -> None:
    """2 % in the last four weeks of the year before; 2.08 % is the target, and 133/365 of the way is expected now."""
    figure = goals["conversion"]
    expected = Fraction(2, 100) + Fraction(8, 10_000) * Fraction(133, 365)
    assert stands(figure) == (
        Fraction(208, 10_000),
        Fraction(21, 1_000),
        expected,
        Fraction(21, 1_000) / expected,
        Status.ON_TRACK,
    )
    assert (figure.measured, figure.projection, figure.basis) == ("28d", Fraction(21, 1_000), Basis.PRESENT)


def test_fifty_customers_in_six_months(goals: dict[str, GoalFigure]) -> None:
    """50 × 133/181 = 36.7 are expected and 30 are there: 0.817 is less than 0.85."""
    expected = Fraction(50 * 133, 181)
    assert stands(goals["fifty"]) == (50, 30, expected, 30 / expected, Status.OFF_TRACK)


def test_hundred_customers_followed_by_month(goals: dict[str, GoalFigure]) -> None:
    """100 × 133/365 = 36.4 are expected and 30 are there: 0.823; each month has its share of the hundred."""
    figure = goals["hundred"]
    expected = Fraction(100 * 133, 365)
    assert stands(figure) == (100, 30, expected, 30 / expected, Status.OFF_TRACK)
    assert [step.target for step in figure.steps[:2]] == [Fraction(100 * 31, 365), Fraction(100 * 28, 365)]
    assert sum(step.target or 0 for step in figure.steps) == 100
    assert [step.value for step in figure.steps[:6]] == [20, 0, 0, 10, 0, None]


def test_retention_goes_up_by_five_percent(goals: dict[str, GoalFigure]) -> None:
    """20 of 100 left in 2024: 0.80, so 0.84 is the target. Since May of last year 20 of 125 left: also 0.84."""
    figure = goals["retention"]
    expected = Fraction(80, 100) + Fraction(4, 100) * Fraction(133, 365)
    assert stands(figure) == (
        Fraction(84, 100),
        Fraction(84, 100),
        expected,
        Fraction(84, 100) / expected,
        Status.ON_TRACK,
    )
    # the twelve months up to March are those of April 2024 to March 2025, with 125 customers at their start
    assert figure.steps[2].value == Fraction(84, 100)
    assert figure.steps[2].target == Fraction(80, 100) + Fraction(4, 100) * Fraction(31 + 28 + 31, 365)


def test_first_response_within_four_hours(goals: dict[str, GoalFigure]) -> None:
    """Two answers took six hours together this week: 3 h each, a quarter better than 4 h."""
    figure = goals["response"]
    assert stands(figure) == (14_400, 10_800, 14_400, Fraction(125, 100), Status.ON_TRACK)
    assert figure.period == DaySpan(date(2025, 5, 12), date(2025, 5, 18))


def test_nps_of_forty_every_quarter(goals: dict[str, GoalFigure]) -> None:
    """(55 − 20) / 100 × 100 = 35, which is 0.875 of 40: at risk."""
    assert stands(goals["nps"]) == (40, 35, 40, Fraction(35, 40), Status.AT_RISK)


def test_debt_ratio_at_all_times(goals: dict[str, GoalFigure]) -> None:
    """(90 + 45) / 100 = 1.35 is beyond the warning at 1.3 and below 1.5, today."""
    figure = goals["debt"]
    assert stands(figure) == (
        Fraction(15, 10),
        Fraction(135, 100),
        Fraction(15, 10),
        Fraction(2) - Fraction(135, 150),
        Status.AT_RISK,
    )
    assert (figure.as_of, figure.projection) == (date(2025, 5, 14), None)
