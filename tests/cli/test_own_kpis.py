"""``kpitaps kpis --validate`` and ``kpitaps measures``: KPIs of a company's own, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import CommandLine

TAP = """
from datetime import timedelta

from kpitaps import Account, Settings, Tap, hookimpl

tap = Tap("ada", title="Ada", settings=Settings, api=1, base_url="https://x.example", hosts=["x.example"])
leads = tap.measure("leads")
calls = tap.measure("ada_calls", unit="count", labels=["rep"], dated_by="call", en=("Calls", "Calls made."),
                    nl=("Gesprekken", "Gesprekken."))

@tap.account
def account(ctx):
    return Account("a", "Ada account", "Europe/Amsterdam", "EUR")

@tap.periods("sales", feeds=[leads, calls], every="1h", settles="1d", history="30d")
def sales(ctx, span):
    last = ctx.day(span.end - timedelta(seconds=1))
    yield leads.on(last, 3)
    yield calls.on(last, 12, rep="Bo")

@hookimpl
def kpitaps_taps():
    return [tap]
"""
GOOD = """
[kpi.calls_per_lead]
formula = 'ada_calls / leads'
unit = "ratio"
good = "down"
domain = "sales"
en.name = "Calls per lead"

[kpi.waiting]
formula = 'orders'
unit = "count"
good = "up"
domain = "commerce"
"""


@pytest.fixture
def ada(kpitaps: CommandLine, install: Callable[[str, str], None]) -> CommandLine:
    """A company that connected a tap with a measure of its own."""
    install("ada", TAP)
    assert kpitaps("add", "ada", "--json").code == 0
    assert kpitaps("sync", "--json").code == 0
    return kpitaps


def write(ada: CommandLine, text: str) -> None:
    """Write the file of the company's own KPIs."""
    (ada.home / "kpis.toml").write_text(text)


def test_an_own_kpi_has_figures(ada: CommandLine) -> None:
    """What is valid is shown with the rest, and validating says what still waits for an account."""
    write(ada, GOOD)
    said = ada("kpis", "--validate")
    assert said.code == 0
    assert "calls_per_lead = ada_calls / leads (ratio)\n" in said.out
    assert "waiting = orders (count); no figures yet: nothing feeds orders\n" in said.out
    figures = {row["window"]: row["value"] for row in ada("kpis", "--json").json if row["kpi"] == "calls_per_lead"}
    assert figures["mtd"] == 4
    assert "Calls per lead" in ada("kpis", "--window", "mtd").out


def test_a_mistake_ends_with_the_code_of_a_definition(ada: CommandLine) -> None:
    """A script sees that something is wrong, a person where; the figures are shown all the same."""
    write(ada, GOOD.replace("ada_calls", "ada_cals"))
    said = ada("kpis", "--validate")
    assert said.code == 3
    assert "problem: kpis.toml, line 3, column 12, [kpi.calls_per_lead] formula: there is no measure or KPI" in said.out
    shown = ada("kpis", "--json")
    assert shown.code == 0
    assert "did you mean 'ada_calls'?" in shown.err
    assert ada("check").code == 8


def test_no_file_is_no_mistake(ada: CommandLine) -> None:
    """Nobody needs KPIs of their own."""
    said = ada("kpis", "--validate")
    assert (said.code, said.out.startswith("There is no ")) == (0, True)


def test_measures_are_listed_with_who_feeds_them(ada: CommandLine) -> None:
    """What formulas may use is listed, a tap's own included."""
    rows = {row["measure"]: row for row in ada("measures", "--json").json}
    assert rows["ada_calls"]["taps"] == ["ada"]
    assert rows["ada_calls"]["labels"] == ["rep"]
    assert rows["leads"]["nl"]["name"] == "Leads"
    assert "ada_calls" in ada("measures").out
