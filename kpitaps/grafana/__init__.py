"""Grafana: dashboards and alert rules made from KPIs and goals, and how they get there."""

from __future__ import annotations

from kpitaps.grafana.scene import Scene, Source, TapDashboard

__all__ = ["Scene", "Source", "TapDashboard"]
