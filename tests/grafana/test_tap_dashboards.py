"""The dashboards that taps bring along."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from grafana.scenes import KADE, scene
from kpitaps.errors import TapBug
from kpitaps.grafana import TapDashboard
from kpitaps.grafana.dashboards import build
from kpitaps.grafana.dashboards.of_taps import parsed
from kpitaps.plugins import load_plugins

if TYPE_CHECKING:
    from kpitaps.grafana.dashboards import Dashboard

PANEL: dict[str, Any] = {
    "type": "stat",
    "title": {"en": "Orders", "nl": "Bestellingen"},
    "gridPos": {"x": 0, "y": 0, "w": 6, "h": 4},
    "fieldConfig": {"defaults": {"unit": "kpitaps:money"}},
    "targets": [{"expr": 'kpi_order_revenue_${currency}{company="$company"}'}],
}


def brought(text: str, **more: Any) -> list[Dashboard]:
    """Return the boards of a company whose tap brings this dashboard along."""
    made = build(scene("orders", of_taps=(TapDashboard("acme", "Acme", text),), **more))
    return [board for board in made if board.name.startswith("tap-")]


def test_it_is_put_into_the_companys_frame() -> None:
    """It gets uid, tags, variables and calendar, the company's currency, and its texts in one language."""
    text = json.dumps({"panels": [PANEL], "templating": {"list": [{"name": "shop"}, {"name": "company"}]}})
    (board,) = brought(text, language="nl", company=replace(KADE, currency="GBP"))
    assert (board.uid, board.title) == ("kpitaps-kade-tap-acme", "Acme")
    assert [each["name"] for each in board.model["templating"]["list"]] == ["datasource", "company", "window", "shop"]
    (panel,) = board.model["panels"]
    assert panel["title"] == "Bestellingen"
    assert panel["fieldConfig"]["defaults"]["unit"] == "currency:financial:£"
    assert panel["targets"][0]["expr"] == 'kpi_order_revenue_gbp{company="$company"}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "no list of panels"),
        ('{"panels": []}', "no list of panels"),
        ('{"panels": [1]}', "panel 1 of its dashboard has no type"),
        (json.dumps({"panels": [{**PANEL, "gridPos": {"x": 20, "w": 6}}]}), "does not fit"),
    ],
)
def test_what_is_no_dashboard_is_left_out(text: str, said: str, caplog: pytest.LogCaptureFixture) -> None:
    """A dashboard that cannot be read is refused in a sentence, and takes no other down."""
    with pytest.raises(TapBug, match=said):
        parsed("acme", text)
    with caplog.at_level(logging.WARNING):
        assert brought(text) == []
    assert said in caplog.text


def test_our_taps_dashboards_can_be_read() -> None:
    """What our taps bring along is in two languages, and panels have numbers of their own."""
    taps = [tap for tap in load_plugins().taps.values() if tap.dashboard is not None]
    assert {tap.name for tap in taps} >= {"shopify", "google_analytics"}
    for tap in taps:
        assert tap.dashboard is not None
        model = parsed(tap.name, tap.dashboard.read_text(encoding="utf-8"))
        assert model["description"].keys() == {"en", "nl"}
        numbers = [each["id"] for each in model["panels"]]
        assert len(numbers) == len(set(numbers))
