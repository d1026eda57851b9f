"""The boards that taps bring along, put into the frame that all boards of a company share.

A tap writes classic JSON that knows no company: ``${datasource}``, ``$company`` and ``$window`` are variables that we
give it, ``${currency}`` in the name of a metric becomes the company's (``kpi_order_revenue_eur``), the unit
``kpitaps:money`` is amounts in it, and where a text should be there may be one per language:
``{"en": "Orders", "nl": "Bestellingen"}``.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from kpitaps.errors import TapBug
from kpitaps.grafana.dashboards.dashboard import Dashboard, frame, variables
from kpitaps.grafana.dashboards.looks import money_unit
from kpitaps.grafana.dashboards.panel import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.grafana.dashboards.panel_types import Json
    from kpitaps.grafana.scene import Scene, TapDashboard

MONEY = "kpitaps:money"
"""The unit that a tap writes for amounts in the company's currency."""

CURRENCY = "${currency}"
"""What a tap writes for the currency in the name of a metric."""

_LANGUAGES = {"en", "nl"}
_OURS = frozenset({"datasource", "company", "window"})
_FROM_TAP = ("description", "time", "refresh", "graphTooltip", "panels")

_logger = logging.getLogger(__name__)


def tap_dashboards(scene: Scene) -> Iterator[Dashboard]:
    """Yield the dashboards that taps bring along; one that cannot be read is left out, and logged."""
    for brought in scene.of_taps:
        try:
            yield _framed(scene, brought, parsed(brought.tap, brought.text))
        except TapBug as error:
            _logger.warning("%s", error)


def parsed(tap: str, text: str) -> Json:
    """Return a tap's dashboard.

    Raises:
        TapBug: if it is no JSON object with panels, each with a type, a title and a place.
    """
    try:
        model = json.loads(text)
    except ValueError as error:
        raise TapBug(f"tap {tap}: its dashboard is no JSON: {error}") from None
    panels = model.get("panels") if isinstance(model, dict) else None
    if not isinstance(panels, list) or not panels:
        raise TapBug(f"tap {tap}: its dashboard has no list of panels; write it as Grafana's classic JSON")
    for number, panel in enumerate(panels, 1):
        lacking = {"type", "title", "gridPos"} - panel.keys() if isinstance(panel, dict) else {"type"}
        if lacking:
            raise TapBug(f"tap {tap}: panel {number} of its dashboard has no {min(lacking)}; add it")
        place = panel["gridPos"]
        if not isinstance(place, dict) or place.get("x", 0) + place.get("w", 0) > WIDTH:
            raise TapBug(f"tap {tap}: panel {number} of its dashboard does not fit; Grafana has {WIDTH} columns")
    return model  # type: ignore[no-any-return]


def _framed(scene: Scene, brought: TapDashboard, model: Json) -> Dashboard:
    said: Json = _said(model, scene)
    name = f"tap-{brought.tap}"
    shell = frame(scene, name, brought.title, has_window=True)
    listed = said.get("templating", {}).get("list", [])
    own = [variable for variable in listed if variable.get("name") not in _OURS]
    shell |= {key: said[key] for key in _FROM_TAP if key in said}
    shell["templating"] = {"list": [*variables(scene, has_window=True), *own]}
    return Dashboard(shell["uid"], shell["title"], shell, name)


def _said(value: Any, scene: Scene) -> Any:
    """Return a part of a tap's JSON in the scene's language and its company's currency."""
    match value:
        case dict() if value.keys() == _LANGUAGES:
            return _said(value[scene.language], scene)
        case dict():
            return {key: _said(each, scene) for key, each in value.items()}
        case list():
            return [_said(each, scene) for each in value]
        case str():
            currency = scene.company.currency
            return money_unit(currency) if value == MONEY else value.replace(CURRENCY, currency.lower())
    return value
