"""Where things of a company's boards are: links from a tile to its domain, and from there to what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.alerts import dashboard_uid, panel_id
from kpitaps.grafana.dashboards.panel import Link

if TYPE_CHECKING:
    from kpitaps.grafana.dashboards.wording import Wording
    from kpitaps.grafana.scene import Scene
    from kpitaps.kpis import Kpi

_KEPT = "${window:queryparam}&${__url_time_range}"
"""The period and the time range of the board one comes from."""

DEFINITIONS = "definitions"


def to_board(scene: Scene, say: Wording, name: str, title: str) -> Link:
    """Return a link to a board."""
    return Link(say("to_board", board=title), f"/d/{dashboard_uid(scene.company.key, name)}?{_KEPT}")


def to_domain(scene: Scene, say: Wording, kpi: Kpi) -> Link:
    """Return a link to the board of a KPI's domain."""
    return to_board(scene, say, kpi.domain, say.domain(kpi.domain))


def to_definition(scene: Scene, say: Wording, kpi: Kpi) -> Link:
    """Return a link to what the KPIs of a domain mean."""
    return Link(say("to_definition"), f"{_board(scene, kpi.domain)}&viewPanel={panel_id(DEFINITIONS)}")


def to_goal(scene: Scene, say: Wording, goal: str) -> Link:
    """Return a link to a goal's course."""
    return Link(say("to_goal"), f"{_board(scene, 'goals')}&viewPanel={panel_id(f'goal:{goal}')}")


def _board(scene: Scene, name: str) -> str:
    return f"/d/{dashboard_uid(scene.company.key, name)}?{_KEPT}"
