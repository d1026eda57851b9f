"""The dashboards against the rules of `grafana.lint_rules`."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from grafana.committed import LANGUAGES, Committed, committed
from grafana.lint_rules import EXEMPT, RULES, Rule, metrics
from kpitaps.grafana.wanted import TAG
from kpitaps.kpis import KPIS
from kpitaps.kpis.metric_names import (
    ATTAINMENT_HISTORY,
    DAILY,
    HISTORY,
    SHARED_HELP,
    STATUS_HISTORY,
    metric_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

OF_GOALS = ("actual", "target", "expected", "projection", "projection_low", "projection_high")
COMPARISONS = ("", "previous", "last_year", DAILY, HISTORY, *OF_GOALS, *(f"{each}_history" for each in OF_GOALS[:3]))

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
GOOD: dict[str, Any] = {
    "uid": "good",
    "editable": False,
    "templating": {
        "list": [
            {"name": "datasource", "label": "Data source", "type": "datasource"},
            *(
                {
                    "name": name,
                    "type": "query",
                    "query": f"label_values(up, {name})",
                    "refresh": 2,
                    "datasource": SOURCE,
                }
                for name in ("job", "instance")
            ),
        ]
    },
    "panels": [
        {
            "id": number,
            "type": "stat",
            "title": "One",
            "description": "What it is.",
            "datasource": SOURCE,
            "gridPos": {"x": 12 * number - 12, "y": 0, "w": 12, "h": 4},
            "targets": [
                {
                    "refId": "A",
                    "datasource": SOURCE,
                    "expr": 'rate(a_total{job="b",instance="c"}[$__rate_interval])',
                }
            ],
            "fieldConfig": {"defaults": {"unit": "none", "noValue": "–"}, "overrides": []},
        }
        for number in (1, 2)
    ],
}


def _first_panel(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda model: model["panels"][0].update(changes)


def _first_query(expression: str) -> Callable[[dict[str, Any]], object]:
    return lambda model: model["panels"][0]["targets"][0].update(expr=expression)


def _variable(number: int, **changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda model: model["templating"]["list"][number].update(changes)


SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "template-datasource-rule": _variable(0, name="source"),
    "template-job-rule": _variable(1, name="task"),
    "template-instance-rule": _variable(2, name="task"),
    "template-label-promql-rule": _variable(1, query="label_values(up{, job)"),
    "template-on-time-change-reload-rule": _variable(1, refresh=1),
    "panel-datasource-rule": _first_panel(datasource={"uid": "mine"}),
    "panel-title-description-rule": _first_panel(description=" "),
    "panel-units-rule": _first_panel(fieldConfig={"defaults": {"unit": "euros", "noValue": "–"}, "overrides": []}),
    "panel-no-targets-rule": _first_panel(targets=[]),
    "target-promql-rule": _first_query("sum(a"),
    "target-rate-interval-rule": _first_query('rate(a{job="b",instance="c"}[5m])'),
    "target-job-rule": _first_query('a{instance="c"}'),
    "target-instance-rule": _first_query('a{job="b"}'),
    "target-counter-agg-rule": _first_query('max_over_time(a_total{job="b",instance="c"}[1d])'),
    "uneditable-dashboard": lambda model: model.update(editable=True),
    "house-no-value": _first_panel(fieldConfig={"defaults": {"unit": "none"}, "overrides": []}),
    "house-ids": _first_panel(id=2),
    "house-grid": _first_panel(gridPos={"x": 0, "y": 3, "w": 13, "h": 4}),
    "house-uid": lambda model: model.update(uid="x" * 41),
    "house-variables": _first_query('a{job="b",instance="c",window="$window"}'),
    "house-company": _first_query('kpi_orders{job="b",instance="c"}'),
}
"""What breaks each rule, and no other."""


def complaints(rule: Rule, dashboard: Committed) -> list[str]:
    """Return what is wrong and not excused."""
    excused = [each.about for each in EXEMPT if each.rule == rule.name]
    return [f"{dashboard}: {what}" for what in rule.check(dashboard) if not any(about in what for about in excused)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_dashboards_keep_to_rule(rule: Rule) -> None:
    """No committed dashboard breaks the rule, but for what is excused with a reason."""
    assert [what for dashboard in committed() for what in complaints(rule, dashboard)] == []


@pytest.mark.parametrize("broken", SPOILT)
def test_rule_finds_what_breaks_it(broken: str) -> None:
    """A good dashboard breaks no rule; spoilt in one way it breaks just the rule that is about it."""
    model = deepcopy(GOOD)
    assert [rule.name for rule in RULES if list(rule.check(Committed("en", "good", model)))] == []
    SPOILT[broken](model)
    assert [rule.name for rule in RULES if list(rule.check(Committed("en", "spoilt", model)))] == [broken]


def test_every_rule_was_seen_to_fail() -> None:
    """Each rule has its way of being broken, and each excuse its rule and its reason."""
    assert set(SPOILT) == {rule.name for rule in RULES}
    assert {each.rule for each in EXEMPT} <= set(SPOILT)
    assert all(each.reason for each in EXEMPT)


def test_every_excuse_is_needed() -> None:
    """An excuse that excuses nothing any more is taken out."""
    checks = {rule.name: rule.check for rule in RULES}
    found = {name: [what for each in committed() for what in check(each)] for name, check in checks.items()}
    assert [each for each in EXEMPT if not any(each.about in what for what in found[each.rule])] == []


def test_only_metrics_that_exist_are_asked_for() -> None:
    """Every metric in a panel or annotation is one that kpitaps shows, live, of itself, or of the past."""
    asked = {name for dashboard in committed() for name in metrics(dashboard)}
    of_kpis = {metric_name(kpi.key, kpi.unit, "EUR", each) for kpi in KPIS for each in COMPARISONS}
    others = {name for name in asked - of_kpis - {*SHARED_HELP, ATTAINMENT_HISTORY, STATUS_HISTORY} if name}
    assert {name for name in others if not name.startswith("kpitaps_")} == set()


def test_links_lead_somewhere() -> None:
    """Every link to a dashboard names one that is committed in the same language, and a panel that is on it."""
    for language in LANGUAGES:
        boards = {
            each.model["uid"]: {panel["id"] for panel in each.panels}
            for each in committed()
            if each.language == language
        }
        for dashboard in committed():
            if dashboard.language == language:
                for uid, panel in _targets(dashboard.model):
                    assert uid in boards, f"{dashboard} links to {uid}"
                    assert panel is None or panel in boards[uid], f"{dashboard} links to panel {panel} of {uid}"


def test_boards_find_each_other() -> None:
    """Every dashboard carries the tags by which the list of dashboards in the others finds it."""
    for dashboard in committed():
        tags = set(dashboard.model["tags"])
        assert TAG in tags
        assert all(set(link["tags"]) <= tags for link in dashboard.model["links"] if link["type"] == "dashboards")


def test_both_languages_show_the_same() -> None:
    """The dashboards of both languages have the same names, panels, places and queries."""
    assert committed()
    faces = {
        language: {each.name: _face(each) for each in committed() if each.language == language}
        for language in LANGUAGES
    }
    assert faces["en"] == faces["nl"]


def _face(dashboard: Committed) -> list[tuple[Any, ...]]:
    return [
        (panel["id"], panel["type"], *panel["gridPos"].values(), *(query["expr"] for query in panel.get("targets", ())))
        for panel in dashboard.shown
    ]


def _targets(value: Any) -> list[tuple[str, int | None]]:
    """Return the boards and panels that links in a model lead to."""
    if isinstance(value, dict):
        return [found for each in value.values() for found in _targets(each)]
    if isinstance(value, list):
        return [found for each in value for found in _targets(each)]
    return [_target(value)] if isinstance(value, str) and value.startswith("/d/") else []


def _target(url: str) -> tuple[str, int | None]:
    path, _, query = url.partition("?")
    number = next((each.partition("=")[2] for each in query.split("&") if each.startswith("viewPanel=")), "")
    return path.split("/")[2], int(number.removeprefix("panel-")) if number else None
