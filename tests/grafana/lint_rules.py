"""What a good dashboard keeps to: the rules of Grafana's dashboard-linter (0.2.0) under their names, and our own.

The linter's rules for Loki's queries have nothing to look at here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from grafana.promql import COUNTED_BY, PLACEHOLDERS, interpolated, selections, used
from kpitaps.grafana.dashboards.looks import DAYS, HOURS, MONTHS
from kpitaps.grafana.dashboards.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from grafana.committed import Committed
    from grafana.promql import Selected

LINTED = frozenset({"stat", "table", "timeseries", "gauge", "bargauge", "state-timeline", "piechart", "barchart"})
"""Kinds of panels that show values; the linter looks at fewer of them."""

OWN_QUERY = frozenset({"alertlist", "annolist", "dashlist", "text", "row"})
"""Kinds of panels that ask no data source."""

UNITS = frozenset(
    {"none", "short", "percentunit", "percent", "locale", "s", "dtdurations", "dateTimeFromNow", "ops", "reqps"}
)
"""The units of Grafana's list that are of use here."""

COLUMNS = 24
LONGEST_UID = 40
BY_NAME = ("datasource", "Data source")
OF_PROMETHEUS = ("${datasource}", "$datasource")


@dataclass(frozen=True)
class Rule:
    """Something to keep to.

    Attributes:
        name: What the linter calls it; our own begin with ``house-``.
        check: Yields what is wrong with a dashboard.
    """

    name: str
    check: Callable[[Committed], Iterator[str]]


@dataclass(frozen=True)
class Exempt:
    """What breaks a rule for a reason.

    Attributes:
        rule: The rule's name.
        about: What each excused complaint contains.
        reason: Why.
    """

    rule: str
    about: str
    reason: str


EXEMPT = (
    Exempt("template-job-rule", "", "One kpitaps holds all figures: its job is not what people choose by."),
    Exempt("template-instance-rule", "", "A figure does not depend on which process showed it."),
    Exempt("target-job-rule", "", "History has no job, and a figure is the same whoever scraped it."),
    Exempt("target-instance-rule", "", "Likewise."),
    Exempt(
        "panel-units-rule",
        "currency:financial:",
        "Amounts in full; of currencies the linter knows abbreviated ones only.",
    ),
    Exempt("panel-units-rule", "suffix: ×", "A multiple, such as 4.3 ×: Grafana's list has none, its custom units do."),
    *(
        Exempt("panel-units-rule", f"suffix: {unit}'", "Times in one unit: hours do not become days of 24 hours.")
        for told in (HOURS, DAYS, MONTHS)
        for unit in (told.en, told.nl)
    ),
    *(
        Exempt("panel-units-rule", f"suffix: {unit}'", "A share's change: as % it would be taken for a relative one.")
        for unit in TEXTS["percentage_points"].values()
    ),
    Exempt("panel-units-rule", "time:DD-MM-YYYY", "An instant: how long ago it was Grafana says in English only."),
    Exempt("uneditable-dashboard", "", "Who opens one may try things out; provisioned ones cannot be saved over."),
)


def _template_datasource(dashboard: Committed) -> Iterator[str]:
    sources = [(each["name"], each["label"]) for each in dashboard.variables if each["type"] == "datasource"]
    if sources != [BY_NAME]:
        yield f"its data source variables are {sources}"


def _template_named(name: str) -> Callable[[Committed], Iterator[str]]:
    def check(dashboard: Committed) -> Iterator[str]:
        if name not in {each["name"] for each in dashboard.variables}:
            yield f"has no variable {name}"

    return check


def _template_promql(dashboard: Committed) -> Iterator[str]:
    for each in _queried(dashboard):
        query = each["query"]["query"] if isinstance(each["query"], dict) else each["query"]
        function, _, inside = query.removesuffix(")").partition("(")
        if function not in {"label_names", "label_values", "metrics", "query_result"}:
            yield f"variable {each['name']} asks {query}"
        elif problem := _problem(inside.rpartition(",")[0] or inside):
            yield f"variable {each['name']}: {problem}"


def _template_reload(dashboard: Committed) -> Iterator[str]:
    yield from (
        f"variable {each['name']} is not asked anew" for each in _queried(dashboard) if each.get("refresh") != 2
    )


def _queried(dashboard: Committed) -> list[dict[str, Any]]:
    return [each for each in dashboard.variables if each["type"] == "query"]


def _panel_datasource(dashboard: Committed) -> Iterator[str]:
    asking = [(panel["title"], panel) for panel in dashboard.shown if panel["type"] not in OWN_QUERY]
    asking += [(panel["title"], query) for panel in dashboard.shown for query in panel.get("targets", ())]
    asking += [(each["name"], each) for each in [*_queried(dashboard), *dashboard.annotations]]
    for what, each in asking:
        if each.get("datasource", {}).get("uid") not in OF_PROMETHEUS:
            yield f"{what}: its data source is {each.get('datasource')}"


def _panel_texts(dashboard: Committed) -> Iterator[str]:
    for panel in dashboard.shown:
        if not panel.get("title", "").strip() or not panel.get("description", "").strip():
            yield f"{panel.get('title')!r} has no title or no description"


def _panel_units(dashboard: Committed) -> Iterator[str]:
    for panel in _linted(dashboard):
        defaults = panel["fieldConfig"]["defaults"]
        properties = [each for override in panel["fieldConfig"]["overrides"] for each in override["properties"]]
        units = [defaults.get("unit"), *(each["value"] for each in properties if each["id"] == "unit")]
        has_mappings = defaults.get("mappings") or any(
            each["id"] == "mappings" and each["value"] for each in properties
        )
        units = [unit for unit in units if unit]
        if not units and not has_mappings:
            yield f"{panel['title']!r} has no unit"
        yield from (f"{panel['title']!r} has the unit {unit!r}" for unit in units if unit not in UNITS)


def _panel_targets(dashboard: Committed) -> Iterator[str]:
    yield from (f"{panel['title']!r} asks nothing" for panel in _linted(dashboard) if not panel.get("targets"))


def _target_promql(dashboard: Committed) -> Iterator[str]:
    for where, expression in expressions(dashboard):
        if problem := _problem(expression):
            yield f"{where}: {problem}"


def _target_rate_interval(dashboard: Committed) -> Iterator[str]:
    for where, expression in expressions(dashboard):
        if any(each.function in ("rate", "irate") for each in _selections(expression)):
            marked = interpolated(expression, PLACEHOLDERS | {"__rate_interval": "1234567s"} | _standing_in(expression))
            for each in selections(marked):
                if each.function in ("rate", "irate") and each.seconds != 1_234_567:
                    yield f"{where}: a rate is not over $__rate_interval"


def _target_matches(label: str) -> Callable[[Committed], Iterator[str]]:
    def check(dashboard: Committed) -> Iterator[str]:
        for where, expression in expressions(dashboard):
            for each in _selections(expression):
                if not any(name == label for name, _, _ in each.matchers):
                    yield f"{where}: {each.name} is not asked by {label}"

    return check


def _target_counters(dashboard: Committed) -> Iterator[str]:
    for where, expression in expressions(dashboard):
        for each in _selections(expression):
            if each.name.endswith("_total") and (each.seconds is None or each.function not in COUNTED_BY):
                yield f"{where}: {each.name} counts up, and may start again"


def _uneditable(dashboard: Committed) -> Iterator[str]:
    if dashboard.model.get("editable", True):
        yield "is editable"


def _house_no_value(dashboard: Committed) -> Iterator[str]:
    for panel in _linted(dashboard):
        if not panel["fieldConfig"]["defaults"].get("noValue"):
            yield f"{panel['title']!r} says nothing where there is no value"


def _house_ids(dashboard: Committed) -> Iterator[str]:
    counted = Counter(panel.get("id") for panel in dashboard.panels)
    yield from (f"{times} panels have the id {number}" for number, times in counted.items() if times > 1 or not number)
    for panel in dashboard.panels:
        refs = [query["refId"] for query in panel.get("targets", ())]
        if len(refs) != len(set(refs)):
            yield f"{panel['title']!r} has two queries of one letter"


def _house_grid(dashboard: Committed) -> Iterator[str]:
    placed = [(panel.get("title"), panel["gridPos"]) for panel in dashboard.model["panels"]]
    for title, at in placed:
        if at["x"] < 0 or at["x"] + at["w"] > COLUMNS or min(at["w"], at["h"]) < 1:
            yield f"{title!r} stands outside the grid"
    for (one, a), (other, b) in combinations(placed, 2):
        apart = (
            a["x"] + a["w"] <= b["x"]
            or b["x"] + b["w"] <= a["x"]
            or a["y"] + a["h"] <= b["y"]
            or b["y"] + b["h"] <= a["y"]
        )
        if not apart:
            yield f"{one!r} lies over {other!r}"


def _house_uid(dashboard: Committed) -> Iterator[str]:
    uid = dashboard.model.get("uid") or ""
    if not 0 < len(uid) <= LONGEST_UID:
        yield f"has the uid {uid!r}"


def _house_variables(dashboard: Committed) -> Iterator[str]:
    declared = {each["name"] for each in dashboard.variables} | set(PLACEHOLDERS)
    declared |= {panel["repeat"] for panel in dashboard.panels if panel.get("repeat")}
    for where, text in [*expressions(dashboard), *((panel["title"], panel["title"]) for panel in dashboard.panels)]:
        yield from (f"{where}: ${name} is not declared" for name in used(text) if name not in declared)


def _house_company(dashboard: Committed) -> Iterator[str]:
    for where, expression in expressions(dashboard):
        for each in _selections(expression):
            if each.name.startswith("kpi_") and not any(name == "company" for name, _, _ in each.matchers):
                yield f"{where}: {each.name} is asked of every company"


def expressions(dashboard: Committed) -> Iterator[tuple[str, str]]:
    """Yield every expression of a dashboard and where it stands."""
    for panel in dashboard.shown:
        yield from ((f"{panel['title']!r} {query['refId']}", query["expr"]) for query in panel.get("targets", ()))
    yield from ((f"annotation {each['name']!r}", each["expr"]) for each in dashboard.annotations)


def metrics(dashboard: Committed) -> set[str]:
    """Return the names of all metrics that a dashboard asks for; empty where a matcher chooses."""
    return {each.name for _, expression in expressions(dashboard) for each in _selections(expression)}


def _linted(dashboard: Committed) -> Iterator[dict[str, Any]]:
    return (panel for panel in dashboard.shown if panel["type"] in LINTED)


def _standing_in(expression: str) -> dict[str, str]:
    return {name: "x" for name in used(expression) if name not in PLACEHOLDERS}


def _selections(expression: str) -> list[Selected]:
    try:
        return selections(interpolated(expression, PLACEHOLDERS | _standing_in(expression)))
    except ValueError:
        return []  # another rule's business


def _problem(expression: str) -> str:
    try:
        selections(interpolated(expression, PLACEHOLDERS | _standing_in(expression)))
    except ValueError as reason:
        return f"{expression}: {reason}"
    return ""


RULES = (
    Rule("template-datasource-rule", _template_datasource),
    Rule("template-job-rule", _template_named("job")),
    Rule("template-instance-rule", _template_named("instance")),
    Rule("template-label-promql-rule", _template_promql),
    Rule("template-on-time-change-reload-rule", _template_reload),
    Rule("panel-datasource-rule", _panel_datasource),
    Rule("panel-title-description-rule", _panel_texts),
    Rule("panel-units-rule", _panel_units),
    Rule("panel-no-targets-rule", _panel_targets),
    Rule("target-promql-rule", _target_promql),
    Rule("target-rate-interval-rule", _target_rate_interval),
    Rule("target-job-rule", _target_matches("job")),
    Rule("target-instance-rule", _target_matches("instance")),
    Rule("target-counter-agg-rule", _target_counters),
    Rule("uneditable-dashboard", _uneditable),
    Rule("house-no-value", _house_no_value),
    Rule("house-ids", _house_ids),
    Rule("house-grid", _house_grid),
    Rule("house-uid", _house_uid),
    Rule("house-variables", _house_variables),
    Rule("house-company", _house_company),
)
