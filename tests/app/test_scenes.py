"""What dashboards and alert rules are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kpitaps.app import change_company
from kpitaps.app.grafana import provisions
from kpitaps.app.scenes import scenes
from kpitaps.config import Environment
from kpitaps.errors import BadUse
from kpitaps.kpis.goals.character import Character
from kpitaps.measures import VOCABULARY
from kpitaps.measures.dated_by import DUTCH
from kpitaps.plugins import load_plugins

if TYPE_CHECKING:
    from pathlib import Path

    from app.digest_world import World


def test_every_event_has_a_dutch_name() -> None:
    """Whatever a measure is dated by can be said in Dutch, and nothing else is in the table."""
    taps = load_plugins().taps.values()
    own = {measure.dated_by for tap in taps for measure in tap.measures.values()}
    assert {measure.dated_by for measure in VOCABULARY.values()} | own == DUTCH.keys()


def test_a_company_that_has_read_its_shop(digest_world: World) -> None:
    """A scene has the KPIs that are fed, who feeds them, and by which events they are dated."""
    (scene,) = scenes(digest_world.runtime)
    keys = [kpi.key for kpi in scene.kpis]
    assert "orders" in keys
    assert "mrr" not in keys
    assert scene.fed_by["orders"] == ("Shopify",)
    assert scene.dated["orders"] == ("order", "de bestelling")
    assert scene.character("orders") is Character.ADDS
    assert [(source.tap, source.title) for source in scene.sources] == [("shopify", "Shopify")]
    assert (scene.is_only, scene.language) == (True, "nl")


def test_the_language_can_be_chosen(digest_world: World) -> None:
    """Dutch where the company's time zone is, English elsewhere, and what is asked for everywhere."""
    assert {scene.language for scene in scenes(digest_world.runtime, "en")} == {"en"}
    change_company(digest_world.runtime, "other", {"currency": "USD", "time_zone": "America/New_York"})
    found = {scene.company.key: scene for scene in scenes(digest_world.runtime)}
    assert found["other"].language == "en"
    assert not any(scene.is_only for scene in found.values())
    with pytest.raises(BadUse, match="no language 'fr'"):
        scenes(digest_world.runtime, "fr")


def test_companies_of_one_name_have_folders_of_their_own(digest_world: World) -> None:
    """Titles of folders are unique in Grafana, whatever companies are called."""
    name = scenes(digest_world.runtime)[0].company.name
    change_company(
        digest_world.runtime, "other", {"name": name.upper(), "currency": "EUR", "time_zone": "Europe/Amsterdam"}
    )
    titles = {folder.title.casefold() for folder in provisions(digest_world.runtime).for_files().folders}
    assert len(titles) == 2


def test_urls_are_read_from_the_environment(tmp_path: Path) -> None:
    """Where Grafana and Prometheus are is said once, for all commands."""
    environment = Environment.read(
        {"KPITAPS_HOME": str(tmp_path), "KPITAPS_GRAFANA_URL": "http://g", "KPITAPS_PROMETHEUS_URL": "http://p"}
    )
    assert (environment.grafana_url, environment.prometheus_url, environment.grafana_token) == (
        "http://g",
        "http://p",
        None,
    )
