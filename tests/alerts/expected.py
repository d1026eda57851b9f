"""What promtool is to expect of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kpitaps.alerts import Rule


def names(at: str, rule: Rule, *alerts: dict[str, Any]) -> dict[str, Any]:
    """Return what promtool is to expect of a rule at a time."""
    return {"eval_time": at, "alertname": rule.title, "exp_alerts": list(alerts)}


def fires(rule: Rule, summary: str, description: str, **labels: str) -> dict[str, Any]:
    """Return an alert of a rule as promtool is to expect it."""
    said = {"summary": summary, "description": description, "dashboard_url": rule.dashboard_url}
    said |= {"runbook_url": rule.docs_url} | ({"owner": rule.owner} if rule.owner else {})
    return {"exp_labels": {**labels, **rule.all_labels}, "exp_annotations": said}
