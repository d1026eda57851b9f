"""What users install: wheels, in an environment that has nothing else of ours, beside a stranger's tap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.program import Program
from house.checkout import PROJECTS, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "kpitaps-tides"
version = "2.1"
dependencies = ["kpitaps"]

[project.entry-points.kpitaps]
tides = "kpitaps_tides"
tides_extra = "kpitaps_tides_that_was_forgotten"

[tool.hatch.build.targets.wheel]
only-include = ["kpitaps_tides.py"]
"""
TAP = '''
"""A whole tap in one file, written with what ``import kpitaps`` offers."""

from datetime import timedelta

from kpitaps import Account, Record, Settings, Tap, hookimpl, setting


class HarbourSettings(Settings):
    harbour: str = setting("Harbour", help="Its short name", pattern="[a-z]+")


tap = Tap(
    "tides",
    title="Tides",
    settings=HarbourSettings,
    api=1,
    base_url="https://{harbour}.tides.example",
    hosts=["{harbour}.tides.example"],
)
orders = tap.measure("orders")
ships = tap.measure(
    "tides_ships",
    unit="count",
    dated_by="arrival",
    en=("Ships", "Ships that came in."),
    nl=("Schepen", "Schepen die binnenkwamen."),
)


@tap.account
def account(ctx):
    return Account(id=ctx.settings.harbour, name="Harbour", time_zone="Europe/Brussels", currency="EUR")


@tap.records("calls", feeds=[orders, ships], every="1h", history="30d")
def calls(ctx, span):
    for number in range(10):
        at = ctx.now - timedelta(days=number, hours=1)
        if span.start <= at < span.end:
            yield Record(str(number), at).add(orders, at, 2).add(ships, at, 1)


@hookimpl
def kpitaps_taps():
    return [tap]
'''


OURS = ("exact_online", "google_analytics", "hubspot", "shopify", "teamleader")


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a command that must succeed, and show what it said if it does not."""
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """kpitaps, its own taps and a stranger's, installed from wheels into an empty environment."""
    folder = tmp_path_factory.mktemp("wheels")
    stranger = folder / "tides"
    stranger.mkdir()
    (stranger / "pyproject.toml").write_text(PYPROJECT)
    (stranger / "kpitaps_tides.py").write_text(TAP)
    build = (sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder / "dist")
    for project in (*PROJECTS, stranger):
        run(*build, cwd=project)
    uv = Path(sys.executable).with_name("uv")
    run(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv")
    # The versions that the lock names, so that tomorrow's releases of others fail no test of today.
    constraints = ["--constraint", ROOT / "requirements.lock"]
    wheels = sorted((folder / "dist").glob("*.whl"))
    run(uv, "pip", "install", "--quiet", "--python", folder / "venv" / "bin" / "python", *constraints, *wheels)
    return Program(folder / "home", command=(str(folder / "venv" / "bin" / "kpitaps"),))


def test_every_tap_is_found(installed: Program) -> None:
    """Installing a distribution is all that it takes; a broken entry point is listed with its reason."""
    taps = {tap["name"]: tap for tap in installed.json("taps")}
    assert {name: (tap["distribution"], tap["version"], tap["state"]) for name, tap in taps.items()} == {
        **{tap: (f"kpitaps-{tap.replace('_', '-')}", "0.1.0", "ready") for tap in OURS},
        "tides": ("kpitaps-tides", "2.1", "ready"),
        "tides_extra": ("kpitaps-tides", "2.1", "broken"),
    }
    assert "No module named 'kpitaps_tides_that_was_forgotten'" in taps["tides_extra"]["reason"]


def test_only_what_is_needed_is_installed(installed: Program) -> None:
    """What only developers need is not a dependency: no test, lint or docs tools, and no PostgreSQL driver."""
    python = Path(installed.command[0]).with_name("python")
    listed = subprocess.run(
        [python, "-c", "from importlib.metadata import distributions as d; print(*(x.name.lower() for x in d()))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"pytest", "mypy", "ruff", "mkdocs", "hypothesis", "psycopg", "fastapi"}.isdisjoint(listed.stdout.split())


def test_strangers_tap_feeds_kpis(installed: Program) -> None:
    """A tap that we have never seen is connected, read and counted like our own."""
    installed.json("add", "tides", "--set", "harbour=ostend", "--company", "harbour")
    (result,) = installed.json("sync")
    assert [(run["outcome"], run["records"]) for run in result["streams"]] == [("ok", 10)]
    rows = installed.json("kpis", "--company", "harbour")
    assert [row["value"] for row in rows if (row["kpi"], row["window"]) == ("orders", "7d")] == [14]
    assert installed("check").returncode == 8, "the broken entry point is a problem"


def test_demo_runs(installed: Program) -> None:
    """The demo needs nothing but what was installed."""
    done = installed("demo", "--once", "--json", "--now", "2026-06-15")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["kpi"] for row in rows} >= {"orders", "order_revenue", "refund_rate", "sales_by_product"}
    assert all(row["value"] is not None for row in rows if row["window"] == "last_year" and row["kpi"] == "orders")
