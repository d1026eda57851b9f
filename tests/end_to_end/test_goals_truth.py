"""The demo's goals equal a computation in plain Python from what happened in the company, worked out by hand.

It is 15 June 2026. What adds up is judged as of 14 June: day 165 of 365, and of the 181 days of the half-year.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from end_to_end.oracle_kpis import HEADLINES
from end_to_end.test_kpis_truth import _Company
from kpitaps.calendar import DaySpan
from kpitaps.cli.demo_world import ZONE, demo_world
from kpitaps.kpis.goals.pace import business_days
from kpitaps.testing import Story

if TYPE_CHECKING:
    from kpitaps.kpis.goals import GoalFigure

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # five taps load three years

Worth = Callable[[str, str, str], Fraction]
"""What a KPI was worth from one day to another."""
Expected = tuple[Fraction, Fraction, Fraction, str]
"""Target, value, what is expected, status."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, GoalFigure], Worth]:
    """The demo's goals, and what a KPI was worth from one day to another by the event log."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KPITAPS_HOME", str(tmp_path_factory.mktemp("demo")))
        with demo_world("2026-06-15") as world:
            assert world.load(lambda _: None) == []
            (board,) = world.boards()
            company = _Company(Story(7, world.founded, ZONE, "EUR"), world.clock.now())

    def worth(kpi: str, first: str, last: str) -> Fraction:
        value = HEADLINES[kpi](company.facts, DaySpan(date.fromisoformat(first), date.fromisoformat(last)))
        assert value is not None
        return Fraction(value)

    return {goal.goal: goal for goal in board.goals}, worth


def revenue(worth: Worth) -> Expected:
    """15 % on the 435 537.80 of last year's half; 406 151.47 is 0.875 of what last year's pace asks for."""
    whole = worth("revenue", "2025-01-01", "2025-06-30")
    target = whole * Fraction(115, 100)
    # less than 0.925, which is half of the growth lacking
    pace = worth("revenue", "2025-01-01", "2025-06-14") / whole
    return target, worth("revenue", "2026-01-01", "2026-06-14"), target * pace, "off_track"


def visitors(worth: Worth) -> Expected:
    """16 220 of the 16 848 that last year's curve asks for: 0.963."""
    whole = worth("visitors", "2025-01-01", "2025-12-31")
    target = whole * Fraction(120, 100)
    pace = worth("visitors", "2025-01-01", "2025-06-15") / whole
    return target, worth("visitors", "2026-01-01", "2026-06-15"), target * pace, "on_track"


def conversion(worth: Worth) -> Expected:
    """6.06 % in the last four weeks, where 7.71 % was the start and 7.84 % is expected: 0.773."""
    start = worth("conversion_rate", "2025-12-04", "2025-12-31")
    target = start * Fraction(104, 100)
    expected = start + (target - start) * Fraction(165, 365)
    return target, worth("conversion_rate", "2026-05-18", "2026-06-14"), expected, "off_track"


def fifty_customers(worth: Worth) -> Expected:
    """36 of 50; of the half-year's 123 working days 111 are over, so 45.1 are expected: 0.798."""
    passed = business_days(date(2026, 1, 1), date(2026, 6, 14), "NL")
    assert (passed, business_days(date(2026, 1, 1), date(2026, 6, 30), "NL")) == (111, 123)
    return Fraction(50), worth("new_customers", "2026-01-01", "2026-06-14"), Fraction(50 * 111, 123), "off_track"


def hundred_customers(worth: Worth) -> Expected:
    """36 of 100, where 100 × 165/365 = 45.2 are expected: 0.796."""
    value = worth("new_customers", "2026-01-01", "2026-06-14")
    return Fraction(100), value, Fraction(100 * 165, 365), "off_track"


def retention(worth: Worth) -> Expected:
    """47.1 % of June 2025 to May 2026 stayed; it was 49.4 % in 2025, and 50.5 % is expected: 0.932."""
    start = worth("retention_rate", "2025-01-01", "2025-12-31")
    target = start * Fraction(105, 100)
    # 5 % more is asked for: below 0.975 half of that lacks
    expected = start + (target - start) * Fraction(165, 365)
    return target, worth("retention_rate", "2025-06-01", "2026-05-31"), expected, "off_track"


def response(worth: Worth) -> Expected:
    """12.9 hours in the week of 8 to 14 June, which is over: more than four."""
    four_hours = Fraction(4 * 3600)
    return four_hours, worth("first_response_time", "2026-06-08", "2026-06-14"), four_hours, "off_track"


def nps(worth: Worth) -> Expected:
    """24 since 1 April, which is 0.6 of 40."""
    return Fraction(40), worth("nps", "2026-04-01", "2026-06-14"), Fraction(40), "off_track"


def debt(worth: Worth) -> Expected:
    """0.96 today: below the warning at 1.3."""
    limit = Fraction(15, 10)
    return limit, worth("debt_ratio", "2026-06-15", "2026-06-15"), limit, "on_track"


@pytest.mark.parametrize(
    ("key", "by_hand"),
    [
        ("half_year_revenue", revenue),
        ("visitors", visitors),
        ("conversion", conversion),
        ("customers_half_year", fifty_customers),
        ("customers_year", hundred_customers),
        ("retention", retention),
        ("first_response", response),
        ("nps", nps),
        ("debt", debt),
    ],
)
def test_goals_stand_as_worked_out_by_hand(
    demo: tuple[dict[str, GoalFigure], Worth], key: str, by_hand: Callable[[Worth], Expected]
) -> None:
    """Target, value and what is expected follow from the event log alone, and so does the status."""
    figures, worth = demo
    found = figures[key]
    assert (found.target, found.value, found.expected, str(found.status)) == by_hand(worth)
