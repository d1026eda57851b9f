"""Asks Prometheus what a dashboard asks, as Grafana does: variables, time range, step, instants and legends."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from grafana.promql import interpolated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parts.prometheus import RunningPrometheus

    from grafana.committed import Committed

Series = dict[str, Any]
"""Its ``labels``, its ``name`` in the legend, and its ``points``: pairs of a second and a value, None for no number."""

SCRAPE_SECONDS = 60
"""What the data source says of how often figures are scraped."""

WIDEST = 1_100
"""Points for which a panel over the whole width has room."""

STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 604_800)
"""Steps between which Grafana chooses, in seconds."""

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "M": 2_592_000, "y": 31_536_000}

_AGO = re.compile(r"now(?:-(?P<number>\d+)(?P<unit>[smhdwMy]))?")
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class Asked:
    """A query, and what came back.

    Attributes:
        panel: The panel it belongs to.
        query: The query as the panel has it.
        expression: What Prometheus was asked.
        step: Seconds between two points; 0 for an instant.
        series: The answer.
    """

    panel: dict[str, Any]
    query: dict[str, Any]
    expression: str
    step: int
    series: list[Series]

    @property
    def legend_labels(self) -> set[str]:
        """The labels of which its legend speaks."""
        return set(_LABEL.findall(self.query.get("legendFormat", "")))

    @property
    def last(self) -> list[float]:
        """The last number of each of its series that has one."""
        found = ([value for _, value in each["points"] if value is not None] for each in self.series)
        return [numbers[-1] for numbers in found if numbers]

    def as_target(self) -> dict[str, Any]:
        """Return it as the picture's page reads it."""
        return {
            "refId": self.query["refId"],
            "format": self.query.get("format", "time_series"),
            "step": self.step or 1,
            "series": self.series,
        }


class Asker:
    """Someone who has a dashboard before them.

    Args:
        prometheus: Whom they ask.
        dashboard: What they look at.
        now: When, in seconds since 1970.
        chosen: What they chose for variables, instead of what the dashboard begins with.
    """

    def __init__(
        self, prometheus: RunningPrometheus, dashboard: Committed, now: float, chosen: Mapping[str, str] | None = None
    ) -> None:
        self._prometheus = prometheus
        self._dashboard = dashboard
        zone = dashboard.model.get("timezone")
        self._now = datetime.fromtimestamp(now, ZoneInfo(zone if zone not in (None, "", "browser", "utc") else "UTC"))
        self.variables = {each["name"]: _beginning(each) for each in dashboard.variables} | dict(chosen or {})
        self.range = tuple(self._moment(dashboard.model["time"][end]) for end in ("from", "to"))

    def panels(self) -> Iterator[list[Asked]]:
        """Yield what each panel that asks anything is answered."""
        for panel in self._dashboard.shown:
            if panel.get("targets"):
                yield self.panel(panel)

    def panel(self, panel: dict[str, Any]) -> list[Asked]:
        """Return what a panel is answered."""
        return [self._asked(panel, query) for query in panel.get("targets", ()) if not query.get("hide")]

    def annotation(self, annotation: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what an annotation finds, as Prometheus gives it."""
        step = self._step({"gridPos": {"w": 24}}, annotation.get("step", ""))
        return self._range(self._filled(annotation["expr"], step), step)

    def _asked(self, panel: dict[str, Any], query: dict[str, Any]) -> Asked:
        step = self._step(panel, query.get("interval") or panel.get("interval") or "")
        expression = self._filled(query["expr"], step)
        if query.get("instant"):
            found = self._answer("query", query=expression, time=self.range[1])
            series = [self._series(query, each["metric"], [each["value"]]) for each in found]
            return Asked(panel, query, expression, 0, series)
        found = self._range(expression, step)
        series = [self._series(query, each["metric"], each["values"]) for each in found]
        return Asked(panel, query, expression, step, series)

    def _range(self, expression: str, step: int) -> list[dict[str, Any]]:
        start, end = self._aligned(step)
        return self._answer("query_range", query=expression, start=start, end=end, step=step)

    def _answer(self, what: str, **parameters: Any) -> list[dict[str, Any]]:
        """Return an answer that came whole: where history cannot be read, Prometheus only warns."""
        answer = self._prometheus.get(f"/api/v1/{what}", **parameters)
        assert not answer.get("warnings"), f"{parameters['query']}: {answer['warnings']}"
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def _step(self, panel: dict[str, Any], shortest: str) -> int:
        room = panel.get("maxDataPoints") or max(1, WIDEST * panel["gridPos"]["w"] // 24)
        wanted = (self.range[1] - self.range[0]) / room
        least = _seconds(shortest) if shortest else SCRAPE_SECONDS
        return max(least, next((step for step in STEPS if step >= wanted), STEPS[-1]))

    def _aligned(self, step: int) -> tuple[float, float]:
        """Return the range on multiples of the step in the dashboard's zone, as Grafana asks for it."""
        offset = self._now.utcoffset() or timedelta(0)
        shift = offset.total_seconds()
        first, last = ((moment + shift) // step * step - shift for moment in self.range)
        return first, last

    def _filled(self, expression: str, step: int) -> str:
        length = round(self.range[1] - self.range[0])
        own = {
            "__interval": f"{step}s",
            "__interval_ms": str(step * 1_000),
            "__rate_interval": f"{max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)}s",
            "__range": f"{length}s",
            "__range_s": str(length),
            "__range_ms": str(length * 1_000),
        }
        return interpolated(expression, own | self.variables)

    def _moment(self, text: str) -> float:
        found = _AGO.fullmatch(text)
        assert found, f"{self._dashboard} begins or ends at {text}, of which this knows nothing"
        ago = int(found["number"]) * SECONDS[found["unit"]] if found["number"] else 0
        return self._now.timestamp() - ago

    def _series(self, query: dict[str, Any], labels: dict[str, str], points: list[Any]) -> Series:
        legend = query.get("legendFormat", "")
        named = _LABEL.sub(lambda found: labels.get(found[1], found[0]), legend) if legend else _whole(labels)
        return {"labels": labels, "name": named, "points": [[float(at), _number(value)] for at, value in points]}


def _beginning(variable: dict[str, Any]) -> str:
    value = variable["current"]["value"]
    return "|".join(value) if isinstance(value, list) else str(value)


def _seconds(duration: str) -> int:
    found = re.fullmatch(r">?=?(\d+)([smhdwMy])", duration)
    assert found, f"{duration} is no duration"
    return int(found[1]) * SECONDS[found[2]]


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _whole(labels: Mapping[str, str]) -> str:
    inside = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if name != "__name__")
    return f"{labels.get('__name__', '')}{{{inside}}}"
