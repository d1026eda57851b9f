"""The board of goals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.grafana.dashboards.dashboard import Board
from kpitaps.grafana.dashboards.goal_panels import GoalPanels
from kpitaps.grafana.dashboards.kpi_panels import KpiPanels
from kpitaps.grafana.dashboards.panel import WIDTH, Panel, Row
from kpitaps.grafana.dashboards.panel_types import TEXT
from kpitaps.grafana.dashboards.wording import Wording

if TYPE_CHECKING:
    from kpitaps.grafana.scene import Scene

_FEW = 12
"""Goals up to which each stands open; of more, each is folded in."""


def goals_board(scene: Scene) -> Board:
    """Return the board of a company's goals."""
    say, panels = Wording(scene), GoalPanels(scene)
    parts: list[Panel | Row] = []
    if scene.goals:
        measured = tuple(dict.fromkeys(goal.kpi for goal in scene.goals))
        parts += [panels.statuses(12), panels.attainment(12), KpiPanels(scene).freshness(measured, WIDTH)]
        parts.append(panels.status_course(WIDTH))
    else:
        parts.append(Panel("goals:none", TEXT, say("goals"), say("about_goals"), WIDTH, 4, content=say("no_goals")))
    many = len(scene.goals) > _FEW
    # A folded row draws nothing until it is opened.
    parts += [Row(panels.name(goal), panels.of(goal), collapsed=many) for goal in scene.goals]
    return Board("goals", say("goals"), say("about_goals"), parts, since="now-1y", has_window=False)
