"""``kpitaps demo`` as a newcomer runs it: in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from signal import SIGINT, SIGTERM
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cli.program import Program
from house.checkout import ROOT

from kpitaps.kpis import KPIS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # five taps load three years

NOW = "2026-06-15"
ONCE = ("demo", "--once", "--json", "--now")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Program, subprocess.CompletedProcess[str]]:
    """A home in which the demo has loaded everything once, and what it said."""
    program = Program(tmp_path_factory.mktemp("demo") / "home")
    return program, program(*ONCE, NOW)


@pytest.fixture
def demo(loaded: tuple[Program, subprocess.CompletedProcess[str]], tmp_path: Path) -> Program:
    """The demo on a copy of that home: what a test does to it is its own."""
    shutil.copytree(loaded[0].home, tmp_path / "home")
    return replace(loaded[0], home=tmp_path / "home")


def value(rows: list[dict[str, Any]], kpi: str, window: str) -> dict[str, Any]:
    """Return the figure of a headline KPI."""
    (found,) = (row for row in rows if (row["kpi"], row["window"]) == (kpi, window) and not row["labels"])
    return found


def test_stdout_is_json_and_nothing_else(loaded: tuple[Program, subprocess.CompletedProcess[str]]) -> None:
    """``demo --once --json`` prints the KPIs of a company with three years of history."""
    _, done = loaded
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["company"] for row in rows} == {"branderij-de-kade"}
    orders = value(rows, "orders", "12m")
    assert (orders["quality"], orders["open"]) == ("final", False)
    assert min(orders["value"], orders["previous"], orders["last_year"]) > 1_000
    revenue = value(rows, "order_revenue", "today")
    assert (revenue["unit"], revenue["open"], revenue["quality"]) == ("EUR", True, "provisional")
    assert revenue["data_through"].startswith("2026-06-15T23:5")


def test_every_kpi_has_a_value(loaded: tuple[Program, subprocess.CompletedProcess[str]]) -> None:
    """Five taps feed every KPI that ships, but for those of social networks, whose taps are still to come."""
    rows = json.loads(loaded[1].stdout)
    fed = {row["kpi"] for row in rows if row["value"] is not None}
    assert {kpi.key for kpi in KPIS} - fed == {"social_followers", "social_engagement"}
    assert {row["quality"] for row in rows if row["value"] is not None} <= {"final", "provisional"}


def test_second_run_is_the_same(loaded: tuple[Program, subprocess.CompletedProcess[str]], demo: Program) -> None:
    """The same moment in the same home gives the same bytes, and next to nothing is read again."""
    assert demo(*ONCE, NOW).stdout == loaded[1].stdout


def test_figures_follow_the_clock(loaded: tuple[Program, subprocess.CompletedProcess[str]], demo: Program) -> None:
    """A time is taken in the company's zone; a day later yesterday is what was today, now final."""
    today = value(json.loads(loaded[1].stdout), "orders", "today")
    rows = json.loads(demo(*ONCE, "2026-06-16T00:30").stdout)
    assert value(rows, "orders", "yesterday") | {"window": "today"} == today | {
        "quality": "final",
        "open": False,
        "data_through": "2026-06-16T00:25:00+02:00",
    }
    assert value(rows, "orders", "today")["open"]


def test_clock_may_go_back(loaded: tuple[Program, subprocess.CompletedProcess[str]], demo: Program) -> None:
    """An earlier moment is another story: it is told anew, and when the clock returns it is the first one again."""
    back = json.loads(demo(*ONCE, "2026-05-01").stdout)
    assert value(back, "orders", "today")["data_through"].startswith("2026-05-01T23:5")
    # What was read in between goes back further: which days have not been read is told with another date.
    again, first = (json.loads(said) for said in (demo(*ONCE, NOW).stdout, loaded[1].stdout))
    assert [{**row, "reasons": []} for row in again] == [{**row, "reasons": []} for row in first]


@pytest.mark.parametrize("signal", [SIGTERM, SIGINT])
def test_it_serves_until_told_to_stop(demo: Program, signal: int) -> None:
    """Without ``--once`` it serves on loopback, says where, and a signal ends it with 0."""
    with demo.serving("demo", "--now", NOW, "--listen", "127.0.0.1:0") as served:
        answers = {path: served.client.get(path) for path in ("/healthz", "/readyz", "/metrics", "/metrics/self")}
        assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 200)
        assert 'kpi_orders{company="branderij-de-kade",window="today"}' in answers["/metrics"].text
        assert served.ends(signal) == 0
        assert served.log.read_text().endswith("Stopped.\n")
    with pytest.raises(httpx.ConnectError):
        httpx.get(served.url, trust_env=False)


def test_committed_dashboards_are_those_of_the_demo(demo: Program, tmp_path: Path) -> None:
    """``make dashboards`` would change nothing: what is committed is what the demo's company gets."""
    made = tmp_path / "made"
    subprocess.run([sys.executable, ROOT / "dashboards" / "generate.py", demo.home, made], check=True)
    texts = {
        folder: {str(file.relative_to(folder)): file.read_text() for file in folder.glob("*/*.json")}
        for folder in (made, ROOT / "dashboards")
    }
    assert texts[made] == texts[ROOT / "dashboards"]
