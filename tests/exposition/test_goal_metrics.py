"""Goals as metrics."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from kpis.goal_desk import figures_of
from kpis.notebook import ACME, NOW
from kpis.test_goals_examples import GOALS, company
from prometheus_client.parser import text_string_to_metric_families

from kpitaps.exposition import render
from kpitaps.kpis import KPIS, Board
from kpitaps.kpis.goals import GoalFigure, Status

if TYPE_CHECKING:
    from pathlib import Path

    from parts.prometheus import Promtool


@pytest.fixture
def goals(tmp_path: Path) -> dict[str, GoalFigure]:
    """How the examples stand."""
    return figures_of(tmp_path, GOALS, company())


def body(*goals: GoalFigure) -> str:
    return render([Board.of(ACME, NOW, KPIS, (), goals)]).body.decode()


def samples(*goals: GoalFigure) -> dict[str, float]:
    families = text_string_to_metric_families(body(*goals))
    found = (each for family in families for each in family.samples)
    return {each.name: each.value for each in found if "goal" in each.labels}


def test_a_goal_is_a_row_of_series(goals: dict[str, GoalFigure]) -> None:
    """Value, target, expected and projection are in the KPI's unit; attainment and status are shared by all."""
    found = samples(goals["revenue"])
    assert found.pop("kpi_attainment_ratio") == pytest.approx(150_000 / 152_950)
    assert (found.pop("kpi_revenue_projection_low_eur"), found.pop("kpi_revenue_projection_high_eur")) > (0, 0)
    assert found == {
        "kpi_revenue_actual_eur": 150_000,
        "kpi_revenue_target_eur": 208_150,
        "kpi_revenue_expected_eur": 152_950,
        "kpi_revenue_projection_eur": 271_500,
        "kpi_status": 0,
        "kpi_status_since_timestamp_seconds": datetime(2024, 12, 31, 23, tzinfo=UTC).timestamp(),
        "kpi_goal_ends_timestamp_seconds": datetime(2025, 6, 30, 22, tzinfo=UTC).timestamp(),
    }


def test_a_goal_that_was_changed_says_when(goals: dict[str, GoalFigure]) -> None:
    """When a goal got another definition is told in seconds since 1970."""
    changed = replace(goals["revenue"], changed=NOW)
    assert samples(changed)["kpi_goal_changed_timestamp_seconds"] == NOW.timestamp()


def test_a_series_names_company_and_goal(goals: dict[str, GoalFigure]) -> None:
    """Two goals of one KPI are told apart by their label."""
    page = body(goals["fifty"], goals["hundred"])
    assert 'kpi_new_customers_target{company="acme",goal="fifty"} 50\n' in page
    assert 'kpi_new_customers_target{company="acme",goal="hundred"} 100\n' in page
    assert 'kpi_status{company="acme",kpi="new_customers",goal="fifty"} 2\n' in page


def test_the_unknown_has_no_series(goals: dict[str, GoalFigure]) -> None:
    """Without a value there is no sample, and an unknown status is none of the numbers."""
    blank = replace(goals["debt"], value=None, expected=None, attainment=None, status=Status.UNKNOWN)
    assert samples(blank) == {"kpi_debt_target_ratio": 1.5}


def test_promtool_finds_nothing(promtool: Promtool, goals: dict[str, GoalFigure]) -> None:
    """Prometheus' own checker has no complaint about any name, help or type."""
    checked = promtool("check", "metrics", stdin=body(*goals.values()))
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
