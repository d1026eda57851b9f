"""A small but whole set of what a Grafana is to have, for tests that need no KPIs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kpitaps.alerts.places import dashboard_uid, folder_uid, rule_uid
from kpitaps.grafana.dashboards.dashboard import Dashboard
from kpitaps.grafana.wanted import Folder, Wanted

SLACK = "https://hooks.slack.com/services/T0/B0/secret"


def board(name: str, *panels: dict[str, Any], company: str = "kade") -> Dashboard:
    """Return a dashboard."""
    uid = dashboard_uid(company, name)
    model = {"uid": uid, "title": name.title(), "tags": ["kpitaps"], "schemaVersion": 39, "panels": list(panels)}
    return Dashboard(uid, model["title"], model)


def panel(number: int, expr: str) -> dict[str, Any]:
    """Return a panel."""
    return {"id": number, "type": "stat", "targets": [{"refId": "A", "expr": expr}]}


def rule(key: str, threshold: float = 0.9, **more: Any) -> dict[str, Any]:
    """Return a rule in the format of the API."""
    query = {"refId": "A", "expr": f'kpi_status{{goal="{key}"}}', "instant": True}
    condition = {
        "refId": "C",
        "type": "threshold",
        "conditions": [{"evaluator": {"type": "lt", "params": [threshold]}}],
    }
    return {
        "uid": rule_uid("kade", key),
        "title": key,
        "condition": "C",
        "data": [
            {"refId": "A", "datasourceUid": "kpitaps-prometheus", "model": query},
            {"refId": "C", "datasourceUid": "__expr__", "model": condition},
        ],
        "noDataState": "OK",
        "execErrState": "Error",
        "for": "60m",
        "keep_firing_for": "10m",
        "labels": {"company": "kade"},
        "annotations": {"summary": "{{ $labels.goal }} is off track"},
        "notification_settings": {"receiver": "kpitaps-chat", "mute_time_intervals": ["kpitaps-weekend"]},
        **more,
    }


def wanted(*rules: dict[str, Any], boards: tuple[Dashboard, ...] | None = None, **more: Any) -> Wanted:
    """Return what a Grafana is to have: two dashboards, a contact, a mute time and these rules."""
    boards = (board("overview", panel(1, "up")), board("goals", panel(2, "kpi_status"))) if boards is None else boards
    rules = rules or (rule("revenue"), rule("orders"))
    group = {"folderUid": folder_uid("kade"), "title": "goals", "interval": 300, "rules": list(rules)}
    point = {
        "uid": "kpitaps-chat",
        "name": "kpitaps-chat",
        "type": "slack",
        "disableResolveMessage": False,
        "settings": {"url": SLACK, "title": "{{ .CommonAnnotations.summary }}"},
    }
    weekend = {"name": "kpitaps-weekend", "time_intervals": [{"weekdays": ["saturday", "sunday"]}]}
    in_file = {
        "groups": [
            {"name": "goals", "folder": "kpitaps", "interval": "5m", "rules": [{"uid": r["uid"]} for r in rules]}
        ],
        "contactPoints": [{"name": "kpitaps-chat", "receivers": [{"uid": "kpitaps-chat"}]}],
        "muteTimes": [weekend],
    }
    folder = Folder("kade", folder_uid("kade"), "kpitaps", boards)
    return replace(Wanted("", (folder,), in_file, (group,), (point,), (weekend,)), **more)
