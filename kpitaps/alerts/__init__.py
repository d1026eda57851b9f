"""Alerts: one definition of each rule, whoever is to watch it."""

from __future__ import annotations

from kpitaps.alerts.alerts_file import FILE, AlertsFile, read_alerts
from kpitaps.alerts.contacts import Contact
from kpitaps.alerts.mutes import Mute
from kpitaps.alerts.places import DATA_SOURCE, dashboard_uid, folder_uid, panel_id, rule_uid
from kpitaps.alerts.rule import Comparison, Group, Route, Rule, Severity
from kpitaps.alerts.rules import judged, rules_for
from kpitaps.alerts.watched import Watched

__all__ = [
    "DATA_SOURCE",
    "FILE",
    "AlertsFile",
    "Comparison",
    "Contact",
    "Group",
    "Mute",
    "Route",
    "Rule",
    "Severity",
    "Watched",
    "dashboard_uid",
    "folder_uid",
    "judged",
    "panel_id",
    "read_alerts",
    "rule_uid",
    "rules_for",
]
