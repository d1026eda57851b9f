"""Bringing a running Grafana to what is wanted, through its API: planned first, and only what differs is written."""

from __future__ import annotations

from kpitaps.grafana.apply.compare import Difference
from kpitaps.grafana.apply.plan import Plan, make_plan
from kpitaps.grafana.apply.server import Server
from kpitaps.grafana.apply.step import Action, Step

__all__ = ["Action", "Difference", "Plan", "Server", "Step", "make_plan"]
