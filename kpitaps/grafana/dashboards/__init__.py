"""Dashboards as classic JSON, made of what a company has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.grafana.dashboards.dashboard import Dashboard, framed
from kpitaps.grafana.dashboards.domains import domain_boards
from kpitaps.grafana.dashboards.goals import goals_board
from kpitaps.grafana.dashboards.health import health_board
from kpitaps.grafana.dashboards.of_taps import tap_dashboards
from kpitaps.grafana.dashboards.overview import overview_board

if TYPE_CHECKING:
    from kpitaps.grafana.scene import Scene

__all__ = ["Dashboard", "build"]


def build(scene: Scene) -> tuple[Dashboard, ...]:
    """Return a company's dashboards: the overview, goals, one per domain, taps' health, and what taps bring along."""
    boards = (overview_board(scene), goals_board(scene), *domain_boards(scene), health_board(scene))
    return (*(framed(scene, board) for board in boards), *tap_dashboards(scene))
