"""Each command as a table and as JSON, on a home that has read a shop."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING

import pytest

from cli.program import Program
from kpitaps.calendar import WINDOWS
from kpitaps.cli.demo_world import parse_now
from kpitaps.cli.kpis import as_text
from kpitaps.kpis import COMMERCE

if TYPE_CHECKING:
    from cli.conftest import CommandLine, Shop

FIGURE = ["company", "kpi", "window", "labels", "value", "unit"]
FIGURE += ["previous", "last_year", "quality", "open", "data_through", "reasons"]
NAME = "Branderij De Kade"
TAPS = ("exact_online", "google_analytics", "hubspot", "shopify", "teamleader")


def test_kpis_as_json(connected: CommandLine) -> None:
    """``kpis --json`` gives every figure of every window, under the keys that other programs rely on."""
    said = connected("kpis", "--json")
    assert (said.code, said.err) == (0, "")
    assert {tuple(row) for row in said.json} == {tuple(FIGURE)}
    assert {row["window"] for row in said.json} == set(WINDOWS)
    shop = {kpi.key for kpi in COMMERCE} - {"revenue_per_visitor"}
    assert {row["kpi"] for row in said.json} == shop | {
        "sales_by_product",
        "new_customers",
        "churn_rate",
        "retention_rate",
    }


def test_kpis_as_a_table(connected: CommandLine) -> None:
    """``kpis`` shows each KPI by its name, in the window that was asked for; products stand below their KPI."""
    said = connected("kpis", "--window", "last_month")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].strip() == f"{NAME}: last_month"
    names = {kpi.en.name for kpi in COMMERCE} - {"Revenue per visitor"}
    assert {name for name in names if not any(line.startswith(f" {name}") for line in lines)} == set()
    below = lines[next(number for number, line in enumerate(lines) if line.startswith(" Sales by product")) + 1]
    assert below.startswith("   ")
    assert " EUR " in below


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0"), (2.04, "2.0 s"), (170, "2.8 min"), (8_000, "2.2 h"), (-8_000, "-2.2 h"), (400_000, "4.6 d")],
)
def test_durations_are_shown_in_the_unit_that_says_most(seconds: float, text: str) -> None:
    """A page loads in seconds, a visit lasts minutes, a ticket is answered within hours, a deal takes days."""
    assert as_text("seconds", seconds) == text


def test_kpis_of_one_company(connected: CommandLine) -> None:
    """``--company`` gives the figures of that company."""
    assert connected("kpis", "--json", "--company", "main").json == connected("kpis", "--json").json


def test_unknown_is_unknown(connected: CommandLine) -> None:
    """What was not read yet is null in JSON and a dash in the table; never 0."""
    connected.set(routes="", disable="shopify")
    (row,) = (r for r in connected("kpis", "--json").json if (r["kpi"], r["window"]) == ("cart_abandonment", "12m"))
    assert (row["value"], row["quality"]) == (None, "incomplete")
    (line,) = (x for x in connected("kpis", "--window", "12m").out.splitlines() if x.startswith(" Cart abandonment"))
    assert line.split()[2] == "–"


def test_status_as_json(connected: CommandLine) -> None:
    """``status --json`` gives each connection with its streams and repairs."""
    (status,) = connected("status", "--json").json
    assert (status["company"], status["connection"], status["tap"], status["state"]) == ("main", NAME, "shopify", "ok")
    assert {stream["stream"]: (stream["loaded"], stream["outcome"]) for stream in status["streams"]} == {
        "orders": (1.0, "ok"),
        "checkouts": (1.0, "ok"),
    }
    assert status["repairs"] == []


def test_status_as_a_table(connected: CommandLine) -> None:
    """``status`` shows a line per stream."""
    said = connected("status")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == ["Company", "main", "checkouts"]


def test_taps(kpitaps: CommandLine) -> None:
    """``taps`` lists what is installed, as a table and as JSON."""
    listed = kpitaps("taps", "--json").json
    assert [(tap["name"], tap["distribution"], tap["state"], tap["reason"]) for tap in listed] == [
        (name, f"kpitaps-{name.replace('_', '-')}", "ready", "") for name in TAPS
    ]
    assert [line.split()[0] for line in kpitaps("taps").out.splitlines()[1:]] == list(TAPS)
    assert not kpitaps.home.exists(), "looking at what is installed needs no ledger"


def test_sync_says_what_it_did(connected: CommandLine) -> None:
    """``sync`` sums up each connection in a line on stdout."""
    said = connected("sync", NAME)
    assert said.code == 0
    assert said.out.startswith(f"{NAME}: ")
    assert "records read" in said.out


def test_sync_as_json(connected: CommandLine) -> None:
    """``sync --json`` gives each stream's run and says nothing else."""
    said = connected("sync", "--json")
    assert (said.code, said.err) == (0, "")
    (result,) = said.json
    assert result["connection"] == NAME
    assert [(run["stream"], run["outcome"]) for run in result["streams"]] == [("orders", "ok"), ("checkouts", "ok")]


def test_progress_is_on_stderr_only(connected: CommandLine) -> None:
    """In a process whose outputs are files, a connection's bar goes to stderr; stdout stays readable by programs."""
    program = Program(connected.home, {"KPITAPS_ROUTES": os.environ["KPITAPS_ROUTES"]})
    done = program("sync")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith(f"{NAME}: ")
    assert len(done.stdout.splitlines()) == 1
    (bar,) = (line for line in done.stderr.splitlines() if NAME in line)
    assert "100%" in bar
    assert " records " in bar


@pytest.mark.parametrize("command", ["kpis", "status", "sync"])
def test_nothing_connected_is_said(kpitaps: CommandLine, command: str) -> None:
    """On an empty home a command says what to do next; as JSON it is an empty list."""
    said = kpitaps(command)
    assert said.code == 0
    assert "kpitaps add <tap>" in said.out
    assert json.loads(kpitaps(command, "--json").out) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["kpis", "--window", "fortnight"], "there is no window 'fortnight': there are today, yesterday"),
        (["kpis", "--company", "acme"], "there is no company 'acme': there are main"),
        (["sync", "Acme"], f"there is no connection 'Acme': there are {NAME}"),
        (["demo", "--once", "--now", "yesterday"], "--now 'yesterday': write a date such as 2025-01-31"),
        (["demo", "--once", "--now", "2025-02-30"], "--now '2025-02-30': write a date such as 2025-01-31"),
        (["demo", "--once", "--now", "0999-01-01"], "plays between 1980 and 2100"),
    ],
)
def test_wrong_name_is_one_sentence(connected: CommandLine, arguments: list[str], sentence: str) -> None:
    """A name that does not exist is answered with those that do, in one line, with exit code 2."""
    said = connected(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"Error: {sentence}") or sentence in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-01-31", "2025-01-31T22:59:59+00:00"),
        ("20250131", "2025-01-31T22:59:59+00:00"),
        ("2025-07-31", "2025-07-31T21:59:59+00:00"),
        ("2025-01-31T12:00", "2025-01-31T11:00:00+00:00"),
        ("2025-01-31T12:00Z", "2025-01-31T12:00:00+00:00"),
        ("2025-07-31 12:00:30-05:00", "2025-07-31T17:00:30+00:00"),
    ],
)
def test_moments_of_the_demo(text: str, instant: str) -> None:
    """A date is the end of that day in the company's zone; a time without an offset is the company's."""
    assert parse_now(text).isoformat() == instant


def test_texts_from_outside_are_shown_as_they_are(connected: CommandLine, shop: Shop) -> None:
    """Square brackets and colons in a shop's or a vendor's words are no markup of ours."""
    name = "[red]Kade[/blue] :coffee:"
    assert connected("add", "shopify", "--json", "--name", name, *shop.settings()).code == 0
    assert name in connected("status").out
    said = connected("sync")
    assert said.code == 0, said.err
    assert name in said.err


@pytest.mark.parametrize("command", ["run", "demo"])
@pytest.mark.slow
def test_taken_port_is_said_before_anything_is_loaded(kpitaps: CommandLine, command: str) -> None:
    """Nobody waits for three years of history to be told, in one line, that the port is taken."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        said = kpitaps(command, "--listen", address)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"Error: nothing can listen on {address}: ")
    assert said.err.count("\n") == 1


def test_demo_leaves_the_folder_of_somebody_else_alone(kpitaps: CommandLine) -> None:
    """A folder called demo that the demo has not made is not emptied."""
    (kpitaps.home / "demo").mkdir(parents=True)
    (kpitaps.home / "demo" / "kpitaps.db").write_text("precious")
    said = kpitaps("demo", "--once")
    assert said.code == 2
    assert "was not made by the demo" in said.err
    assert (kpitaps.home / "demo" / "kpitaps.db").read_text() == "precious"


@pytest.mark.parametrize("arguments", [["sync"], ["run"], ["add", "shopify", "--json"]])
def test_home_of_a_demo_is_read_by_the_demo_only(kpitaps: CommandLine, arguments: list[str]) -> None:
    """Its accounts exist nowhere else: a command that would ask the real vendors for them says so, and asks nobody."""
    kpitaps.home.mkdir(parents=True, exist_ok=True)
    (kpitaps.home / "demo.json").write_text("{}")
    kpitaps.set(routes="")
    said = kpitaps(*arguments)
    assert (said.code, said.out) == (2, "")
    assert "is a demo's, which only kpitaps demo reads" in said.err


def test_demo_without_a_tap_says_what_to_install(kpitaps: CommandLine) -> None:
    """Without a tap there is nothing to show."""
    kpitaps.set(disable=",".join(TAPS))
    said = kpitaps("demo", "--once", "--json")
    assert (said.code, said.out) == (2, "")
    assert "pip install kpitaps-shopify" in said.err
