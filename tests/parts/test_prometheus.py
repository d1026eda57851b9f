"""The Prometheus parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from parts.prometheus import Promtool, StartAlertmanager, StartPrometheus

CONFIG = """
global: {scrape_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: nobody
    static_configs: [{targets: ["127.0.0.1:9"]}]
"""
RULES = """
groups:
  - name: one
    rules: [{record: one, expr: "vector(1)"}]
"""
NO_RECEIVER = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


@pytest.mark.slow  # what is scraped end to end shows the same every day
def test_prometheus_answers(prometheus: StartPrometheus) -> None:
    """A Prometheus started by a test evaluates queries, knows its targets and its rules."""
    with prometheus(CONFIG, files={"rules.yml": RULES}) as server:
        assert server.query("vector(2)", time=60)[0]["value"] == [60, "2"]
        assert len(server.query_range("vector(3)", 0, 120, 60)[0]["values"]) == 3
        assert [target["health"] for target in server.scraped()] == ["down"]
        assert server.rules()[0]["rules"][0]["name"] == "one"


def test_two_run_side_by_side(prometheus: StartPrometheus) -> None:
    """A test may run several, each with a port and a folder of its own."""
    with prometheus("global: {}") as one, prometheus("global: {}") as other:
        assert one.url != other.url
        assert one.folder != other.folder


def test_alertmanager_takes_alerts(alertmanager: StartAlertmanager) -> None:
    """An Alertmanager started by a test lists what it was told."""
    with alertmanager(NO_RECEIVER) as server:
        server.client.post("/api/v2/alerts", json=[{"labels": {"alertname": "late"}}]).raise_for_status()
        assert [alert["labels"]["alertname"] for alert in server.alerts()] == ["late"]


def test_promtool_judges(promtool: Promtool) -> None:
    """promtool's exit code says whether it liked what it read."""
    good = "# HELP kpi_orders Orders.\n# TYPE kpi_orders gauge\nkpi_orders 1\n"
    assert promtool("check", "metrics", stdin=good).returncode == 0
    assert promtool("check", "metrics", stdin="kpi_orders_total 1\n").returncode != 0
