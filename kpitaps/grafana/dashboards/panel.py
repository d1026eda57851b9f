"""Panels as rows of tables, and the classic JSON that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.alerts import panel_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.grafana.dashboards.panel_types import Json, PanelType

DATA_SOURCE_REF: Json = {"type": "prometheus", "uid": "${datasource}"}
"""The data source that the board's variable names."""

WIDTH = 24
"""Columns of Grafana's grid."""

PLUGIN_VERSION = "10.4.0"
"""The Grafana whose panels are written; without it a panel is taken for one of long ago, and migrated."""

GREEN, ORANGE, RED, BLUE, GREY = "green", "orange", "red", "blue", "#8e8e8e"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL query of a panel.

    Attributes:
        expression: In PromQL, with Grafana's variables.
        legend: What its series are called; ``{{label}}`` stands for a label's value.
        instant: Whether it asks for the end of the time range only.
        table: Whether its answer is a table, with a column for each label.
    """

    expression: str
    legend: str
    instant: bool = True
    table: bool = False

    def as_json(self, ref: str) -> Json:
        """Return it as a panel's target."""
        return {
            "datasource": DATA_SOURCE_REF,
            "editorMode": "code",
            "expr": self.expression,
            "format": "table" if self.table else "time_series",
            "instant": self.instant,
            "legendFormat": self.legend,
            "range": not self.instant,
            "refId": ref,
        }


@dataclass(frozen=True, slots=True)
class Look:
    """How values are shown.

    Attributes:
        unit: Grafana's name of a unit.
        decimals: Digits after the point; None leaves that to Grafana.
        steps: Colours and the values from which on they hold, the first one's None.
        texts: Values that are shown as a text and a colour.
        low: Where a bar or an axis begins.
        high: Where it ends.
    """

    unit: str
    decimals: int | None = None
    steps: tuple[tuple[str, float | None], ...] = ((BLUE, None),)
    texts: tuple[tuple[str, str, str], ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def thresholds(self) -> Json:
        """Its colours as Grafana's thresholds."""
        return {"mode": "absolute", "steps": [{"color": color, "value": value} for color, value in self.steps]}

    @property
    def mappings(self) -> list[Json]:
        """Its texts as Grafana's value mappings."""
        options = {
            value: {"color": color, "index": index, "text": text}
            for index, (value, text, color) in enumerate(self.texts)
        }
        return [{"type": "value", "options": options}] if options else []

    def properties(self) -> list[Json]:
        """Return it as the properties of an override."""
        properties: list[Json] = [
            {"id": "unit", "value": self.unit},
            {"id": "thresholds", "value": self.thresholds},
            {"id": "mappings", "value": self.mappings},
        ]
        if self.decimals is not None:
            properties.append({"id": "decimals", "value": self.decimals})
        return properties


@dataclass(frozen=True, slots=True)
class Override:
    """What is different for some of a panel's values.

    Attributes:
        by: ``byName``, ``byType`` or ``byFrameRefID``.
        which: The name, the type, or the letter of the query.
        properties: What is different.
    """

    by: str
    which: str
    properties: Sequence[Json]

    def as_json(self) -> Json:
        """Return it as Grafana writes it."""
        return {"matcher": {"id": self.by, "options": self.which}, "properties": list(self.properties)}


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a value to another board."""

    title: str
    url: str

    def as_json(self) -> Json:
        """Return it as Grafana writes it."""
        return {"title": self.title, "url": self.url, "targetBlank": False}


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        what: What it shows; its number follows from it.
        type: What kind of panel it is.
        title: What it is called.
        description: What a person who does not know it must know.
        width: Columns, of `WIDTH`.
        height: Rows of the grid.
        queries: What it asks, in the order of their letters.
        look: How its values are shown.
        no_value: What it says where there are none.
        content: A text's Markdown.
        overrides: What is different for some values.
        links: Of its values.
        transformations: What becomes of answers before they are shown.
    """

    what: str
    type: PanelType
    title: str
    description: str
    width: int
    height: int
    queries: tuple[Query, ...] = ()
    look: Look = Look("none")
    no_value: str = ""
    overrides: tuple[Override, ...] = ()
    links: tuple[Link, ...] = ()
    transformations: tuple[Json, ...] = ()
    content: str = ""

    @property
    def id(self) -> int:
        """Its number."""
        return panel_id(self.what)

    def as_json(self, x: int, y: int, height: int) -> Json:
        """Return it as classic JSON, at a place of the grid."""
        panel: Json = {
            "id": self.id,
            "type": self.type.name,
            "title": self.title,
            "description": self.description,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": height},
            "options": {**self.type.options, **({"content": self.content} if self.content else {})},
            "pluginVersion": PLUGIN_VERSION,
        }
        if not self.queries:
            return panel
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        panel |= {
            "datasource": DATA_SOURCE_REF,
            "fieldConfig": {"defaults": self._defaults(), "overrides": [each.as_json() for each in self.overrides]},
            "targets": [query.as_json(letter) for query, letter in zip(self.queries, letters, strict=False)],
            "transformations": list(self.transformations),
        }
        if self.type.interval:
            panel["interval"] = self.type.interval
        if self.type.points:
            panel["maxDataPoints"] = self.type.points
        return panel

    def _defaults(self) -> Json:
        look = self.look
        defaults: Json = {
            "color": {"mode": self.type.color},
            "custom": dict(self.type.custom),
            "links": [link.as_json() for link in self.links],
            "mappings": look.mappings,
            "noValue": self.no_value,
            "thresholds": look.thresholds,
            "unit": look.unit,
        }
        optional = {"decimals": look.decimals, "min": look.low, "max": look.high}
        return defaults | {name: value for name, value in optional.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Row:
    """A heading, and the panels below it up to the next one.

    Attributes:
        title: What it says.
        panels: What is below it.
        collapsed: Whether it is folded in until somebody opens it.
    """

    title: str
    panels: tuple[Panel, ...]
    collapsed: bool = False


def laid_out(parts: Sequence[Panel | Row]) -> list[Json]:
    """Return panels as classic JSON, each at its place: side by side as far as they fit, lines below each other.

    Panels of one line get the height of the highest, so that no gap is left.
    """
    placed: list[Json] = []
    y = 0
    loose: list[Panel] = []
    for part in parts:
        if isinstance(part, Panel):
            loose.append(part)
            continue
        y = _place(loose, y, placed)
        loose = []
        row: Json = {
            "id": panel_id(f"row:{part.title}"),
            "type": "row",
            "title": part.title,
            "collapsed": part.collapsed,
            "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
            "panels": [],
        }
        placed.append(row)
        below = _place(part.panels, y + 1, row["panels"] if part.collapsed else placed)
        y = y + 1 if part.collapsed else below
    _place(loose, y, placed)
    return placed


def _place(panels: Sequence[Panel], y: int, into: list[Json]) -> int:
    """Add panels from a line of the grid on, and return the first line below them."""
    line: list[Panel] = []
    for panel in (*panels, None):
        if line and (panel is None or sum(each.width for each in line) + panel.width > WIDTH):
            height, x = max(each.height for each in line), 0
            for each in line:
                into.append(each.as_json(x, y, height))
                x += each.width
            y, line = y + height, []
        if panel is not None:
            line.append(panel)
    return y
