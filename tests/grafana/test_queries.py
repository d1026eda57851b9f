"""What dashboards ask, asked of a real Prometheus that scrapes the demo and reads its history."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from grafana.asking import Asked, Asker
from grafana.committed import Committed, committed
from grafana.lint_rules import metrics
from grafana.world import World, demo_world
from kpitaps.alerts import DATA_SOURCE, panel_id
from kpitaps.calendar import day_end, day_start, local_day
from kpitaps.kpis import KPIS
from kpitaps.kpis.metric_names import metric_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parts.prometheus import StartPrometheus

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # five taps load three years

WINDOW = "28d"
"""The window that is chosen: every KPI has something to say of it, whatever the day of the month."""

EMPTY = (
    ("kpi_cart_abandonment_last_year", "Shopify tells of abandoned checkouts of the last months only."),
    ("kpi_cart_abandonment_history", "Likewise, a year before."),
    ("kpi_receivable_period", "It says nothing of less than a whole month."),
    ("kpi_visitors_projection_", "How far a count of different people may be off is not known from single days."),
    ("kpi_visitors_actual", "How many came in a window is known from when it was first asked for."),
    ("kpi_visitors_previous", "Likewise."),
    ("kpi_visitors_last_year", "Likewise."),
    ('kpi_change_ratio{company="branderij-de-kade",kpi="visitors"', "Likewise."),
    ("kpi_revenue_per_visitor_", "Likewise."),
    ("kpi_visitors_history", "Likewise."),
    ("kpi_nps_projection_", "Too few answers to say how far it may be off."),
    ("kpi_debt_projection_", "What is to hold at all times is not going anywhere."),
    ("kpi_project_budget_used_", "Budgets are known from the day they were first read, and 28 days end before."),
    ('goal="half_year_', "Its period is over by the end of June: from October on it is not within the last 90 days."),
    ('goal="customers_half_year"}) unless', "Likewise it goes nowhere any more."),
    ("increase(kpitaps_", "A bar is an hour, and this Prometheus has not seen one."),
    ("rate(kpitaps_", "Nor a line of its own."),
)
"""Parts of expressions that may find nothing in the demo, and why."""

SHORT = (
    ("kpi_visitors_daily", "How many different people came on a day is known from when it was first asked for."),
    ("kpi_revenue_per_visitor_daily", "Likewise."),
    ("kpi_visitors_", "Likewise."),
)
"""Parts of expressions of history that reach back less far than a board, and why."""

FEW = 30

EVALUATED_WITHIN = 90.0

LARGEST_SHARE = 50.0
"""A share of one is written as 1; a hundred of them is not to be taken for one per cent."""

SINCE_2001_MS = 1e12

SO_FAR = re.compile(r"last_over_time\((?P<live>[^\[]+)\[1d\]")

DIVIDED = re.compile(r" / (\d+)$")
"""Times are asked in the unit that they are told in."""

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

PLAIN_LIVE = re.compile(r'^max\((?P<name>kpi_\w+)\{company="\$company",window="\$window"\}\)$')


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, prometheus: StartPrometheus) -> Iterator[World]:
    """The demo, served and scraped."""
    with demo_world(tmp_path_factory.mktemp("demo"), prometheus) as found:
        yield found


@pytest.fixture(scope="session")
def answers(world: World) -> dict[str, list[Asked]]:
    """What every query of every dashboard is answered; they are the same in both languages."""
    now, chosen = time.time(), {"window": WINDOW}
    return {
        each.name: [asked for panel in Asker(world.prometheus, each, now, chosen).panels() for asked in panel]
        for each in _english()
    }


def every(answers: dict[str, list[Asked]]) -> Iterator[tuple[str, Asked]]:
    """Yield each answer with where it belongs."""
    for board, found in answers.items():
        for asked in found:
            yield f"{board}: {asked.panel['title']!r} {asked.query['refId']}: {asked.expression}", asked


def test_every_query_finds_something(answers: dict[str, list[Asked]]) -> None:
    """Every query of every panel has an answer with a number in it, but for those that promise none here."""
    empty = [where for where, asked in every(answers) if not asked.last]
    assert [where for where in empty if not any(part in where for part, _ in EMPTY)] == []


def test_legends_have_their_labels(answers: dict[str, list[Asked]]) -> None:
    """Every label that a legend speaks of is on every series, and no two series of a query are called the same."""
    for where, asked in every(answers):
        assert all(asked.legend_labels <= set(each["labels"]) for each in asked.series), where
        if asked.query["format"] != "table":
            names = [each["name"] for each in asked.series]
            assert len(names) == len(set(names)), where


def test_history_is_drawn_over_its_whole_range(answers: dict[str, list[Asked]]) -> None:
    """A line of history has a value for nearly every step: what the past holds does not depend on who scraped."""
    drawn = [
        (where, max(len(each["points"]) for each in asked.series))
        for where, asked in every(answers)
        if asked.panel["type"] == "timeseries" and 'kpitaps="history"' in asked.expression and asked.series
    ]
    assert len(drawn) > FEW
    assert [each for each in drawn if each[1] < FEW and not any(part in each[0] for part, _ in SHORT)] == []


def test_values_are_in_their_units_range(answers: dict[str, list[Asked]]) -> None:
    """Shares are fractions, times are not negative, and dates are in milliseconds."""
    for where, asked in every(answers):
        match _unit(asked):
            case "percentunit":
                assert all(abs(value) <= LARGEST_SHARE for value in asked.last), where
            case "s" | "dtdurations":
                assert all(value >= 0 for value in asked.last), where
            case "dateTimeFromNow":
                assert all(value > SINCE_2001_MS for value in asked.last), where


def test_tiles_show_what_the_command_line_says(world: World, answers: dict[str, list[Asked]]) -> None:
    """A panel that shows a KPI's chosen window shows the value that ``kpis --json`` gives."""
    figures = {(row["kpi"], row["window"]): row["value"] for row in world.program.json("kpis") if not row["labels"]}
    keys = {metric_name(kpi.key, kpi.unit, "EUR"): kpi.key for kpi in KPIS}
    shown = {
        keys[found["name"]]: asked.last
        for _, asked in every(answers)
        if (found := PLAIN_LIVE.match(asked.query["expr"])) and found["name"] in keys
    }
    assert len(shown) > 40
    assert shown == {key: [value for value in [figures[key, WINDOW]] if value is not None] for key in shown}


def test_tiles_end_with_what_is_so_now(world: World, answers: dict[str, list[Asked]]) -> None:
    """The last value of a tile's course, which is the one it shows, is the live one."""
    tiles = [(where, asked, found) for where, asked in every(answers) if (found := SO_FAR.search(asked.expression))]
    assert len(tiles) > FEW
    for where, asked, found in tiles:
        size = int(divided[1]) if (divided := DIVIDED.search(asked.expression)) else 1
        live = [float(each["value"][1]) / size for each in world.prometheus.query(f"max({found['live']})")]
        assert asked.last == pytest.approx(live), where
        assert all(each["points"][-1][1] is not None for each in asked.series), where


@pytest.mark.parametrize("ago", [0, 182], ids=["this season", "the other season"])
@pytest.mark.parametrize("years", [1, 3])
def test_each_day_has_its_bar(world: World, ago: int, years: int) -> None:
    """Whatever the season one looks in, and however far back, each local day has a bar, of 23 and 25 hours too."""
    (board,) = (each for each in _english() if each.name == "commerce")
    wide = replace(board, model={**board.model, "time": {"from": f"now-{years}y", "to": "now"}})
    (panel,) = (each for each in board.panels if each["id"] == panel_id("kpi:orders"))
    bars = Asker(world.prometheus, wide, time.time() - ago * 86_400).panel(panel)[2]
    points = [point for each in bars.series for point in each["points"]]
    shown = {local_day(datetime.fromtimestamp(at + 3_600, UTC), AMSTERDAM): value for at, value in points}
    days = [min(shown) + timedelta(days=number) for number in range(len(points))]
    assert list(shown) == days
    odd = [day for day in days if day_end(day, AMSTERDAM) - day_start(day, AMSTERDAM) != timedelta(days=1)]
    assert len(odd) >= 2 * years - 1
    for day in odd:
        noon = (day_start(day, AMSTERDAM) + timedelta(hours=12)).timestamp()
        (known,) = world.prometheus.query('kpi_orders_daily{kpitaps="history"}', noon)
        assert shown[day] == float(known["value"][1]), day


def test_metrics_of_kpitaps_itself_are_exposed(world: World) -> None:
    """Every metric by which a dashboard tells of kpitaps itself is one that it shows, with or without a value yet."""
    page = world.served.client.get("/metrics/self").text
    kinds = dict(re.findall(r"^# TYPE (\S+) (\w+)$", page, re.MULTILINE))
    parts = {f"{name}_{part}" for name, kind in kinds.items() if kind != "gauge" for part in ("sum", "count", "bucket")}
    asked = {name for dashboard in committed() for name in metrics(dashboard) if name.startswith("kpitaps_")}
    assert len(asked) > 5
    assert asked - set(kinds) - parts == set()


def test_alert_rules_are_understood(world: World) -> None:
    """Every rule is one that this Prometheus evaluates, and each asks for metrics that have series now."""
    deadline = time.monotonic() + EVALUATED_WITHIN
    while any(rule["health"] == "unknown" for rule in _rules(world)):
        assert time.monotonic() < deadline, "not all rules were evaluated"
        time.sleep(1)
    rules = _rules(world)
    assert len(rules) > 5
    assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"] == []


def test_rules_for_grafana_find_what_they_watch(world: World, tmp_path: Path) -> None:
    """Every query of an alert rule for Grafana is one that Prometheus answers, without a warning."""
    done = world.program("grafana", "files", str(tmp_path))
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "alerting").iterdir()
    rules = [rule for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]
    assert rules
    for rule in rules:
        for query in (each["model"] for each in rule["data"] if each["datasourceUid"] == DATA_SOURCE):
            answer = world.prometheus.get("/api/v1/query", query=query["expr"])
            assert not answer.get("warnings"), rule["title"]


def test_every_window_can_be_chosen(world: World) -> None:
    """No query fails in any window, and the choices are the windows that there are."""
    for dashboard in _english():
        chooser = next((each for each in dashboard.variables if each["name"] == "window"), None)
        for option in chooser["options"] if chooser else ():
            asker = Asker(world.prometheus, dashboard, time.time(), {"window": option["value"]})
            for panel in dashboard.shown:
                if panel["type"] == "stat" and any("$window" in each["expr"] for each in panel.get("targets", ())):
                    asker.panel(panel)
            found = world.prometheus.query(f'count(kpi_window_open{{window="{option["value"]}"}})')
            assert found, option


def test_annotations_are_understood(world: World) -> None:
    """Every annotation's query is one that Prometheus answers."""
    for dashboard in _english():
        asker = Asker(world.prometheus, dashboard, time.time())
        for annotation in dashboard.annotations:
            asker.annotation(annotation)


def _rules(world: World) -> list[dict[str, Any]]:
    return [rule for group in world.prometheus.rules() for rule in group["rules"]]


def _english() -> list[Committed]:
    return [each for each in committed() if each.language == "en"]


def _unit(asked: Asked) -> Any:
    """Return the unit in which a query's values are shown."""
    config = asked.panel["fieldConfig"]
    for override in config["overrides"]:
        if override["matcher"] == {"id": "byFrameRefID", "options": asked.query["refId"]}:
            for each in override["properties"]:
                if each["id"] == "unit":
                    return each["value"]
    return config["defaults"].get("unit")
