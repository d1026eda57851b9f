"""A dashboard, and the frame that all of a company's share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.alerts import DATA_SOURCE, dashboard_uid
from kpitaps.calendar import WINDOWS
from kpitaps.grafana.dashboards.panel import DATA_SOURCE_REF, laid_out
from kpitaps.grafana.dashboards.panel_types import DAILY_STEP
from kpitaps.grafana.dashboards.queries import selector
from kpitaps.grafana.dashboards.wording import Wording
from kpitaps.grafana.wanted import TAG
from kpitaps.kpis.metric_names import GOAL_CHANGED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.grafana.dashboards.panel import Panel, Row
    from kpitaps.grafana.dashboards.panel_types import Json
    from kpitaps.grafana.scene import Scene

SCHEMA_VERSION = 39
"""Of the classic JSON: newer Grafanas migrate it as they load it, older ones ignore what they do not know."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GRAFANAS = frozenset({"monday", "saturday", "sunday"})
"""The weekdays on which a week may begin in Grafana."""

_FIRST_WINDOW = "mtd"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard.

    Attributes:
        uid: What links, alerts and another run know it by.
        title: What it is called.
        model: The whole of it, as classic JSON.
        name: What it is called among its company's, in every language: ``overview``, ``tap-shopify``.
    """

    uid: str
    title: str
    model: Json
    name: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard before it is put into its frame.

    Attributes:
        name: Its part of the uid.
        title: What it is about.
        description: Which question it answers.
        parts: Its panels, in reading order.
        since: Where its time range begins, as Grafana writes it.
        has_window: Whether a period can be chosen.
    """

    name: str
    title: str
    description: str
    parts: Sequence[Panel | Row]
    since: str = "now-90d"
    has_window: bool = True


def framed(scene: Scene, board: Board) -> Dashboard:
    """Return a board as a dashboard of the scene's company."""
    model = frame(scene, board.name, board.title, has_window=board.has_window) | {
        "description": board.description,
        "panels": laid_out(board.parts),
        "time": {"from": board.since, "to": "now"},
    }
    return Dashboard(model["uid"], model["title"], model, board.name)


def frame(scene: Scene, name: str, title: str, *, has_window: bool) -> Json:
    """Return what all dashboards of a company have in common.

    Args:
        scene: The company.
        name: The board's part of the uid.
        title: What it is about; the company's name comes before it where there are several.
        has_window: Whether a period can be chosen.
    """
    company, say = scene.company, Wording(scene)
    calendar = company.calendar
    first = _WEEKDAYS[calendar.week_start]
    return {
        "annotations": {"list": _annotations(say)},
        "editable": True,
        "fiscalYearStartMonth": calendar.fiscal_year_start - 1,
        "graphTooltip": 1,
        "id": None,
        "links": _links(scene, say),
        "liveNow": False,
        "refresh": "5m",
        "schemaVersion": SCHEMA_VERSION,
        "tags": tags(scene),
        "templating": {"list": variables(scene, has_window=has_window)},
        "time": {"from": "now-90d", "to": "now"},
        "timepicker": {},
        "timezone": str(calendar.zone),
        "title": title if scene.is_only else f"{company.name} · {title}",
        "uid": dashboard_uid(company.key, name),
        "version": 1,
        "weekStart": first if first in _GRAFANAS else "",
    }


def tags(scene: Scene) -> list[str]:
    """Return the tags by which a company's boards find each other."""
    return [TAG, scene.company.key]


def variables(scene: Scene, *, has_window: bool) -> list[Json]:
    """Return the variables that a company's boards have."""
    say = Wording(scene)
    found: list[Json] = [
        {
            "name": "datasource",
            "label": "Data source",  # Grafana's own word, which its linter looks for
            "type": "datasource",
            "query": "prometheus",
            "current": {"selected": False, "text": "kpitaps", "value": DATA_SOURCE},
            "hide": 0,
            "includeAll": False,
            "multi": False,
            "options": [],
            "refresh": 1,
            "regex": "",
            "skipUrlSync": False,
        },
        constant("company", say("company"), scene.company.key),
    ]
    return [*found, _windows(say)] if has_window else found


def constant(name: str, label: str, value: str) -> Json:
    """Return a variable that nobody sees or changes."""
    chosen = {"selected": True, "text": value, "value": value}
    return {
        "name": name,
        "label": label,
        "type": "constant",
        "query": value,
        "current": chosen,
        "hide": 2,
        "options": [chosen],
        "skipUrlSync": True,
    }


def _windows(say: Wording) -> Json:
    options = [{"selected": window == _FIRST_WINDOW, "text": say(window), "value": window} for window in WINDOWS]
    return {
        "name": "window",
        "label": say("period"),
        "type": "custom",
        "query": ",".join(f"{option['text']} : {option['value']}" for option in options),
        "current": next(option for option in options if option["selected"]),
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": options,
        "skipUrlSync": False,
    }


def _annotations(say: Wording) -> list[Json]:
    restated = f"increase({selector('kpitaps_restatements_total')}[$__interval]) > 0"
    changed = f"{selector(GOAL_CHANGED)} * 1000"
    return [
        _annotation(say, "restatements", restated, "purple", "restatement", "connection,stream"),
        _annotation(say, "goal_changes", changed, "blue", "goal_change", "goal") | {"useValueForTime": True},
    ]


def _annotation(say: Wording, name: str, expression: str, color: str, text: str, tags: str) -> Json:
    return {
        "datasource": DATA_SOURCE_REF,
        "enable": True,
        "expr": expression,
        "hide": False,
        "iconColor": color,
        "name": say(name),
        "step": DAILY_STEP,
        "tagKeys": tags,
        "target": {"expr": expression, "interval": DAILY_STEP, "refId": "Anno"},
        "textFormat": say(text),
        "titleFormat": say(name),
        "useValueForTime": False,
    }


def _links(scene: Scene, say: Wording) -> list[Json]:
    return [
        {
            "asDropdown": True,
            "icon": "external link",
            "includeVars": True,
            "keepTime": True,
            "tags": tags(scene),
            "targetBlank": False,
            "title": say("boards"),
            "tooltip": "",
            "type": "dashboards",
            "url": "",
        }
    ]
