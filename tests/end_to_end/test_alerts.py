"""A shop whose revenue falls: kpitaps, its own files for Prometheus and Alertmanager, and whoever is told of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from alerts.stand import quick, standing, until

from end_to_end.worlds import world
from kpitaps.app.grafana import provisions
from kpitaps.app.prometheus import prometheus_files
from kpitaps.exposition.prometheus_config import PrometheusPlace, Server
from kpitaps.testing import Story, serve
from kpitaps.web import Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parts.prometheus import StartAlertmanager, StartPrometheus

    from end_to_end.worlds import World
    from kpitaps.app import Runtime

NOW = datetime(2025, 11, 20, 13, 30, tzinfo=UTC)
ALERTS = """
[contact.hook]
webhook = "http://127.0.0.1:{port}/alerts"
form = "webhook"

[defaults]
contact = "hook"

[threshold.revenue_low]
kpi = "order_revenue"
window = "mtd"
below = {below}
recovers_at = {recovers}
owner = "Sanne"
for = "0m"
keep_firing_for = "0m"
"""


def _revenue(site: Site) -> float:
    """Return the shop's revenue of this month as its live page shows it."""
    site.publish()
    start = 'kpi_order_revenue_eur{company="'
    lines = site._holder.page.body.decode().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(start) and 'window="mtd"' in line)


def _push(shop: World, site: Site, act: Callable[[], object], is_enough: Callable[[float], bool]) -> float:
    """Let things happen in the shop until its revenue is as wanted, and return that."""
    for _ in range(60):
        act()
        shop.move_to(shop.sandbox.clock.now() + timedelta(minutes=16))
        shop.synced("orders")
        if is_enough(revenue := _revenue(site)):
            return revenue
    raise AssertionError(f"revenue is still {revenue}")


@pytest.mark.slow
def test_revenue_that_falls_is_told_and_that_it_recovered(
    tmp_path: Path, prometheus: StartPrometheus, alertmanager: StartAlertmanager
) -> None:
    """Refunds push revenue below its threshold: the webhook is told how far; new orders end the alert."""
    story = Story(23, date(2025, 9, 1), orders_per_day=3, zone="Europe/Amsterdam", currency="EUR")
    with world(tmp_path / "home", story, NOW) as shop, standing() as hook:
        shop.synced()
        site = Site(shop.runtime)
        before = _revenue(site)
        below, recovers = round(before * 0.98), round(before * 0.99)
        text = ALERTS.format(port=hook.server_port, below=below, recovers=recovers)
        (tmp_path / "home" / "alerts.toml").write_text(text)
        with serve(site.app("127.0.0.1")) as url:
            place = PrometheusPlace(Server(url.removeprefix("http://")), Server("127.0.0.1:1"), "1s")
            files = prometheus_files(shop.runtime, place, alertmanager_version="0.25", language="en").texts
            config = quick(files["prometheus.yml"])
            with alertmanager(quick(files["alertmanager.yml"])) as manager:
                config = config.replace("127.0.0.1:1\n", f"{manager.url.removeprefix('http://')}\n")
                rules = {"kpitaps-rules.yml": quick(files["kpitaps-rules.yml"])}
                with prometheus(config, "--rules.alert.resend-delay=1s", files=rules) as server:
                    server.scraped()
                    until(lambda: server.query("kpi_order_revenue_eur") != [])
                    assert server.query('ALERTS{alertstate="firing"}') == []
                    orders = iter(_sold(story, shop.sandbox.clock.now()))
                    low = _push(
                        shop, site, lambda: story.refund(next(orders), shop.sandbox.clock.now()), lambda x: x < below
                    )
                    told = hook.waits_for(bool)
                    assert told[0][0] == "firing"
                    # cut off, so that it never looks as if it had reached the limit
                    assert f"€ {int(low):,}" in told[0][1], told
                    assert f"€ {below:,.0f}" in told[0][1], told
                    _push(shop, site, lambda: story.place(shop.sandbox.clock.now()), lambda x: x > recovers)
                    assert hook.waits_for(lambda every: every[-1][0] == "resolved")
        _same_condition(shop.runtime, yaml.safe_load(files["kpitaps-rules.yml"]), below)


def _sold(story: Story, now: datetime) -> list[int]:
    """Return the orders of the last ten days, the latest first."""
    events = [event for event in story.events(now) if type(event).__name__ == "OrderPlaced"]
    return [event.order for event in reversed(events) if event.at > now - timedelta(days=10)]


def _same_condition(runtime: Runtime, rules: dict[str, Any], below: int) -> None:
    """Hold the rule for Grafana against the one that has just fired."""
    expressions = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    (expression,) = (each for each in expressions if "kpi_order_revenue_eur" in each)
    made = provisions(runtime, language="en").for_files().alerting
    found = [rule for group in made["groups"] for rule in group["rules"] if "revenue_low" in str(rule["labels"])]
    (rule,) = found
    queries = {each["refId"]: each["model"] for each in rule["data"]}
    assert queries["A"]["expr"] in expression
    (condition,) = queries[rule["condition"]]["conditions"]
    assert condition["evaluator"] == {"type": "lt", "params": [below]}
    assert f"< {below}" in expression
