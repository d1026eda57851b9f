"""Alerts: one definition of each rule, whoever is to watch it."""

from __future__ import annotations

from kpitaps.alerts.places import DATA_SOURCE, dashboard_uid, folder_uid, panel_id, rule_uid

__all__ = ["DATA_SOURCE", "dashboard_uid", "folder_uid", "panel_id", "rule_uid"]
