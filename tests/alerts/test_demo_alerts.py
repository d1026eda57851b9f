"""The demo's own alerts.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.desk import rules

from kpitaps.cli.demo_alerts import DEMO_ALERTS

if TYPE_CHECKING:
    from pathlib import Path


def test_the_demos_alerts_are_valid(tmp_path: Path) -> None:
    """Each of its tables becomes a rule, and nobody is forgotten."""
    found = rules(tmp_path, DEMO_ALERTS)
    keys = {"revenue_drop", "few_orders", "overdue", "margin", "margin-unknown"}
    assert {f"threshold-{key}" for key in keys} <= set(found)
    assert all(rule.route.contact for rule in found.values())
