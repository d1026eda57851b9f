"""What is said of a company's goals: each SMART, together few enough, some of them looking ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from kpitaps.app import Severity
from kpitaps.app.check_goals import check_goals
from kpitaps.kpis import KPIS, define
from kpitaps.kpis.files import Table
from kpitaps.kpis.goals.table import goal_of

if TYPE_CHECKING:
    from kpitaps.kpis.goals import Goal

TODAY = date(2026, 5, 14)
BY_KEY = {definition.kpi.key: definition for definition in define(KPIS).definitions}
ROWS = {kpi.key: kpi for kpi in KPIS}
SMART = {"owner": "Anna", "decides": "Whether to hire.", "period": "every month"}


def goal(kpi: str, key: str = "aim", **more: Any) -> Goal:
    """Return a goal that nothing can be said against, but for what ``more`` changes."""
    target = 1 if ROWS[kpi].unit != "duration" else "4 h"
    values = {"kpi": kpi, "target": target, **SMART, **more}
    table = Table(
        "goals.toml", "goal", key, {name: value for name, value in values.items() if value}, ("goal", key), {}
    )
    return goal_of(table, BY_KEY, "EUR", "NL")


def said(*goals: Goal, fed: tuple[str, ...] = (), of: Any = None) -> list[str]:
    """Return what is said of goals whose KPIs are fed, and of what ``fed`` adds."""
    keys = frozenset((*(each.kpi for each in goals), *fed)) if of is None else frozenset(of)
    return [f"{each.message}. {each.fix}." for each in check_goals("acme", goals, ROWS, keys, TODAY)]


def test_nothing_is_said_of_good_goals() -> None:
    """An owner, a decision, a deadline, and something that looks ahead."""
    assert said(goal("revenue", "more"), goal("runway", "longer", target="90 d")) == []


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ({"owner": ""}, 'nobody who answers for it. Add owner = "…" to [goal.aim] in goals.toml.'),
        ({"decides": ""}, 'no decision that it is for. Add decides = "…" to [goal.aim] in goals.toml.'),
        (
            {"owner": "", "decides": ""},
            (
                "nobody who answers for it and no decision that it is for. "
                'Add owner = "…" and decides = "…" to [goal.aim] in goals.toml.'
            ),
        ),
    ],
)
def test_each_goal_has_an_owner_and_a_decision(lacking: dict[str, str], sentence: str) -> None:
    """What is missing is said in one sentence, with the line to write."""
    assert said(goal("leads", **lacking)) == [f"goal aim has {sentence}"]


def test_where_there_are_teams_each_goal_has_one() -> None:
    """Without teams nobody asks for one."""
    assert said(goal("leads", "one"), goal("sessions", "two")) == []
    (found,) = said(goal("leads", "one", team="sales"), goal("sessions", "two"))
    assert found.startswith("goal two has no team, as others have.")


def test_a_goal_without_a_source_is_a_problem() -> None:
    """It will never have a value."""
    (found,) = check_goals("acme", [goal("leads")], ROWS, frozenset(), TODAY)
    assert (found.severity, found.message) == (Severity.PROBLEM, "goal aim has no value: nothing feeds leads")


def test_a_goal_that_is_over_counts_no_more() -> None:
    """It asks for its next deadline, and for nothing else."""
    over = goal("leads", owner="", period="", deadline=date(2026, 5, 13))
    (found,) = said(over, of=())
    assert found.startswith("goal aim was over on 2026-05-13.")
    assert said(replace(over, owner="Bo", schedule=replace(over.schedule, last=TODAY))) == []  # type: ignore[type-var]


def test_more_than_seven_kpis_are_too_many_for_a_team() -> None:
    """Two goals of one KPI count once, and each team by itself."""
    leading = [key for key, row in ROWS.items() if row.leading and row.unit == "count" and row.by is None]
    seven = [goal(key, f"g{number}", team="a") for number, key in enumerate(leading[:7])]
    twice = goal(leading[0], "again", team="a", period="every week")
    assert said(*seven, twice, goal(leading[7], "other", team="b")) == []
    (found,) = said(*seven, goal(leading[7], "other", team="a"))
    assert found.startswith("team a has goals for 8 KPIs, more than anybody keeps in view: ")
    assert found.endswith("Keep the five to seven on which decisions depend.")


def test_what_was_wants_something_beside_it_that_looks_ahead() -> None:
    """Only where something leading is measured in the same part of the business."""
    lagging = goal("won_value", team="sales")
    assert said(lagging) == []
    (found,) = said(lagging, fed=("leads", "sessions"))[:1]
    assert found == (
        "team sales has goals only for what was (won_value), and none for what tells what is coming. "
        "Add a goal for a leading KPI, such as leads."
    )
    assert said(lagging, goal("leads", "ahead", team="sales")) == []


def test_measuring_without_a_goal() -> None:
    """Without any goals it is said once; with some, of each part of the business that has none."""
    assert said(fed=("revenue", "leads")) == [
        (
            "none of the 2 KPIs that are measured has a goal. "
            "Begin with the two or three on which a decision depends: kpitaps goals add."
        )
    ]
    assert said(goal("leads"), fed=("sessions", "visitors", "pageviews", "ad_clicks")) == [
        (
            "marketing is measured without a goal: sessions, visitors, pageviews and 1 more. "
            "Set one with kpitaps goals add, if a decision depends on it."
        )
    ]
    assert said() == []


def test_two_goals_of_one_kpi_in_one_period() -> None:
    """They contradict each other, or say the same; of another period or label they do not."""
    assert said(goal("leads", "one"), goal("leads", "two", period="every week")) == []
    (found,) = said(goal("leads", "one"), goal("leads", "two", target=9))
    assert found == "goals one and two are of leads in the same period. Keep one of them."
    assert goal("leads").target.amount == Fraction(1)
