"""The reference says what the code does, option by option and row by row."""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING, Any

import pytest
import typer
from house.checkout import ROOT
from kpitaps_shopify.tap import tap

from kpitaps.cli.main import app
from kpitaps.config import Environment
from kpitaps.kpis import KPIS

if TYPE_CHECKING:
    from types import ModuleType

REFERENCE = ROOT / "docs" / "reference"
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def script(name: str) -> ModuleType:
    """Import a script of the docs."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def section(command: str) -> str:
    """Return what the reference says of a command."""
    text = (REFERENCE / "commands.md").read_text()
    return re.split(r"^## ", text.partition(f"## `kpitaps {command}`\n")[2], flags=re.MULTILINE)[0]


def test_generated_page_is_up_to_date() -> None:
    """Measures and KPIs are described as they are; if not, run docs/generate_reference.py."""
    assert (REFERENCE / "kpis.md").read_text() == script("generate_reference").page()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_described(command: str) -> None:
    """Each command's section has a row for each of its options, and for no other."""
    options = {name for parameter in COMMANDS[command].params for name in parameter.opts if name.startswith("--")}
    rows = re.findall(r"^\| `(--[a-z][a-z-]*)", section(command), flags=re.MULTILINE)
    assert sorted(rows) == sorted(options - {"--help"})


def test_keys_of_figures_are_described() -> None:
    """The keys of ``kpis --json`` are all in the reference of that command."""
    keys = {"company", "kpi", "window", "labels", "value", "unit", "previous", "last_year", "quality", "open"}
    assert [key for key in (*keys, "data_through", "reasons") if f"`{key}`" not in section("kpis")] == []


@pytest.mark.parametrize(("name", "value"), [("listen", "127.0.0.1:9470"), ("workers", "10")])
def test_defaults_are_those_of_the_code(name: str, value: str) -> None:
    """A variable's default is what the reference says."""
    assert str(getattr(Environment(), name)) == value
    (line,) = (x for x in (REFERENCE / "environment.md").read_text().splitlines() if f"| `KPITAPS_{name.upper()}`" in x)
    assert value in line.rpartition(" | ")[2]


def test_every_measure_of_shopify_is_explained() -> None:
    """What a measure means in this source stands on the tap's page, and so do its streams with their terms."""
    page = (REFERENCE / "taps" / "shopify.md").read_text()
    assert {key for key in tap.measures if f"| `{key}` |" not in page} == set()
    assert {stream.name for stream in tap.streams.values() if f"| `{stream.name}` |" not in page} == set()
    assert f"| {tap.streams['checkouts'].history.days} days |" in page
    assert tap.streams["orders"].every.total_seconds() == 15 * 60


def test_picture_is_of_the_present_program() -> None:
    """The picture names every KPI that the demo shows; if not, run docs/draw_pictures.py."""
    picture = (ROOT / "docs" / "images" / "demo.svg").read_text().replace("&#160;", " ")
    shown = [kpi.en.name for kpi in KPIS if not kpi.by and not kpi.key.startswith("social_")]
    assert [name for name in shown if name not in picture] == []
    assert not re.search(r"(?:src|href|url\()\W*https?:", picture), "it loads something from elsewhere"
