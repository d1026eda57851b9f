"""The whole way of an alert: a gauge, a real Prometheus, a real Alertmanager, a webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alerts.desk import Company, read, rules
from alerts.stand import quick, standing, until

from kpitaps.alerts.alertmanager import config
from kpitaps.alerts.prometheus_rules import rule_file

if TYPE_CHECKING:
    from pathlib import Path

    from parts.prometheus import StartAlertmanager, StartPrometheus

ALERTS = """
[contact.hook]
webhook = "http://127.0.0.1:{port}/alerts"
form = "webhook"
[defaults]
contact = "hook"
[threshold.low]
kpi = "order_revenue"
window = "mtd"
below = 10000
recovers_at = 12000
owner = "Sanne"
for = "0m"
keep_firing_for = "0m"
[operations]
off = ["kpitaps_down"]
"""
PROMETHEUS = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: kpitaps, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "low", "between"),
    [
        (
            "nl",
            "Orderomzet deze maand: € 9.500 (grens: niet onder € 10.000).",
            "Orderomzet deze maand: € 11.000 (grens: niet onder € 10.000).",
        ),
        (
            "en",
            "Order revenue this month: € 9,500 (should not be below € 10,000).",
            "Order revenue this month: € 11,000 (should not be below € 10,000).",
        ),
    ],
)
def test_a_kpi_below_its_threshold_is_told_and_its_recovery_too(
    tmp_path: Path, prometheus: StartPrometheus, alertmanager: StartAlertmanager, language: str, low: str, between: str
) -> None:
    """The webhook gets the message once, nothing between threshold and recovery, and then that all is well."""
    with standing() as stand:
        stand.show(15_000)
        text = ALERTS.format(port=stand.server_port)
        alerts, _ = read(tmp_path, text)
        found = [*rules(tmp_path, text, Company(goals=(), language=language)).values()]
        with alertmanager(quick(config(found, alerts))) as manager:
            target = manager.url.removeprefix("http://")
            said = PROMETHEUS.format(alertmanager=target, port=stand.server_port)
            with prometheus(
                said, "--rules.alert.resend-delay=1s", files={"rules.yml": quick(rule_file(found))}
            ) as server:
                server.scraped()
                assert stand.told() == []
                stand.show(9_500)
                assert stand.waits_for(bool) == [("firing", low)]
                stand.show(11_000)
                until(lambda: manager.alerts()[0]["annotations"]["summary"] == between)
                stand.show(12_500)
                told = stand.waits_for(lambda all_told: all_told[-1][0] == "resolved")
        assert [status for status, _ in told] == ["firing", "resolved"]
        assert stand.posted[0]["commonLabels"]["rule"] == "threshold-low"
        assert stand.posted[0]["commonAnnotations"]["owner"] == "Sanne"
