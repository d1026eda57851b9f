"""The types of panels that boards are made of, with the options that all of a type share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

DAILY_STEP = "1d"
"""The shortest step of queries about history: a day has one value."""

TEN_YEARS = 3_660
"""Values up to which the step stays a day; with longer ones, bars left days out, and tiles ended days ago."""

_REDUCED: Json = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_SEEN: Json = {"legend": False, "tooltip": False, "viz": False}
_LEGEND: Json = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}


@dataclass(frozen=True, slots=True)
class PanelType:
    """A type of panels.

    Attributes:
        name: Grafana's.
        options: What all of its panels say.
        custom: What it adds to how fields are shown.
        color: How series get their colours.
        interval: The shortest step of its queries; empty for the data source's.
        points: Values that it asks for at most; 0 for as many as it has pixels.
    """

    name: str
    options: Mapping[str, Any]
    custom: Mapping[str, Any] = field(default_factory=dict)
    color: str = "thresholds"
    interval: str = ""
    points: int = 0


def _stat(
    *, spark: bool = False, background: bool = False, text: str = "value_and_name", orientation: str = "auto"
) -> Json:
    return {
        "colorMode": "background" if background else "value",
        "graphMode": "area" if spark else "none",
        "justifyMode": "auto",
        "orientation": orientation,
        "reduceOptions": _REDUCED,
        "textMode": text,
        "wideLayout": True,
    }


_SIZES: Json = {"text": {"titleSize": 14, "valueSize": 22}}
"""Of its own accord Grafana takes the largest that fits, which differs from tile to tile."""

TILE = PanelType("stat", _stat(spark=True, orientation="horizontal") | _SIZES, interval=DAILY_STEP, points=TEN_YEARS)
"""A value, its course behind it."""

FIGURES = PanelType("stat", _stat() | _SIZES)
"""Values, one beside the other."""

COLUMN = PanelType("stat", _stat(orientation="horizontal") | _SIZES)
"""Values, one below the other: in a grid the last one of three would be the largest."""

SIGNALS = PanelType("stat", _stat(background=True) | _SIZES)
"""Values that are read by their colour: words, under names that may be long."""

LISTED = PanelType("stat", _stat(background=True, orientation="horizontal") | _SIZES)
"""The same one below the other, where they would be narrower than their names."""

COUNTS = PanelType("stat", _stat(background=True) | {"text": {"titleSize": 14, "valueSize": 44}})
"""Numbers that are read by their colour."""

_BARS: Json = {
    "displayMode": "basic",
    "minVizHeight": 16,
    "minVizWidth": 8,
    "namePlacement": "auto",  # above the bar, where there is room: beside it long names are cut off
    "orientation": "horizontal",
    "reduceOptions": _REDUCED,
    "showUnfilled": True,
    "sizing": "auto",
    "valueMode": "color",
}

BARS = PanelType("bargauge", _BARS)
"""One bar per value."""

NAMED_BARS = PanelType("bargauge", _BARS | {"minVizHeight": 32, "namePlacement": "top"})
"""One bar per value, each below its name: a sentence."""

_LINE: Json = {
    "axisBorderShow": False,
    "axisCenteredZero": False,
    "axisColorMode": "text",
    "axisLabel": "",
    "axisPlacement": "auto",
    "barAlignment": 0,
    "drawStyle": "line",
    "fillOpacity": 0,
    "gradientMode": "none",
    "hideFrom": _SEEN,
    "insertNulls": False,
    "lineInterpolation": "linear",
    "lineWidth": 2,
    "pointSize": 4,
    "scaleDistribution": {"type": "linear"},
    "showPoints": "auto",
    "spanNulls": False,
    "stacking": {"group": "A", "mode": "none"},
    "thresholdsStyle": {"mode": "off"},
}
_LINES: Json = {"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "none"}}

LINES = PanelType("timeseries", _LINES, _LINE, "palette-classic", DAILY_STEP, TEN_YEARS)
"""Lines of history: one value a day."""

LIVE_LINES = PanelType("timeseries", _LINES, _LINE, "palette-classic")
"""Lines of what Prometheus itself has scraped."""

LIVE_BARS = PanelType(
    "timeseries",
    _LINES,
    _LINE | {"drawStyle": "bars", "fillOpacity": 60, "lineWidth": 0, "stacking": {"group": "A", "mode": "normal"}},
    "palette-classic",
    "1h",
)
"""Stacked bars of what happened since the bar before."""

TIMELINE = PanelType(
    "state-timeline",
    {
        "alignValue": "left",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "mergeValues": True,
        "rowHeight": 0.9,
        "showValue": "never",
        "tooltip": {"mode": "single", "sort": "none"},
    },
    {"fillOpacity": 80, "hideFrom": _SEEN, "insertNulls": False, "lineWidth": 0, "spanNulls": False},
    interval=DAILY_STEP,
    points=TEN_YEARS,
)
"""One band per series, coloured by its value."""

TABLE = PanelType(
    "table",
    {
        "cellHeight": "sm",
        "showHeader": True,
    },
    {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False},
)
"""A table."""

TEXT = PanelType(
    "text",
    {"code": {"language": "plaintext", "showLineNumbers": False, "showMiniMap": False}, "mode": "markdown"},
)
"""A text in Markdown."""
