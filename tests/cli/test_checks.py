"""Checks of a tap, as the commands show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import CommandLine

TAP = """
from datetime import timedelta

from kpitaps import VOCABULARY, Account, Flag, Quality, Settings, Tap, hookimpl, setting

sessions = VOCABULARY["sessions"]

class Site(Settings):
    reported: int = setting("Reported", help="The visits that the source's own report tells", default=7)

tap = Tap("site", title="Site", settings=Site, api=1, base_url="https://site.example", hosts=["site.example"])
tap.measure("sessions")

@tap.account
def account(ctx):
    return Account("1", "Site", "Europe/Amsterdam", "EUR")

@tap.periods("visits", feeds=[sessions], every="1h", history="5d", settles="1d")
def visits(ctx, span):
    yield sessions.on(ctx.day(span.start), 7)

@tap.check("report", of=[sessions])
def report(ctx, totals):
    day = ctx.day(ctx.now)
    found = totals.over(sessions, day - timedelta(days=30), day)
    if ctx.settings.reported < 0:
        raise ValueError("no report")
    if found != ctx.settings.reported:
        yield Flag(Quality.INCOMPLETE, [sessions], day, day, f"The report tells {ctx.settings.reported} visits.")

@hookimpl
def kpitaps_taps():
    return [tap]
"""


@pytest.fixture
def site(kpitaps: CommandLine, install: Callable[[str, str], None]) -> CommandLine:
    """The command line on a home with a tap that has a check."""
    install("site", TAP)
    return kpitaps


@pytest.mark.parametrize(
    ("reported", "code", "outcome", "flags", "passed"),
    [(7, 0, "ok", 0, "1 of 1 checks passed"), (8, 0, "ok", 1, "0 of 1"), (-1, 6, "tap_bug", 0, "0 of 1")],
)
def test_checks_are_shown(site: CommandLine, reported: int, code: int, outcome: str, flags: int, passed: str) -> None:
    """``sync`` and ``status`` tell of each check how it went; one that fails leaves the connection as it is."""
    assert site("add", "site", "--json", f"--set=reported={reported}").code == 0
    said = site("sync")
    assert (said.code, passed in said.out) == (code, True), said.err
    (status,) = site("status", "--json").json
    assert [(check["check"], check["outcome"]) for check in status["checks"]] == [("report", outcome)]
    assert status["state"] == "ok"
    assert len(status["flags"]) == flags
    assert any(line.split()[:2] == ["check", "report"] for line in site("status").out.splitlines())


def test_checks_as_json(site: CommandLine) -> None:
    """``sync --json`` lists the checks that were run: none, where none is due."""
    assert site("add", "site", "--json", "--set=reported=8").code == 0
    ((result,), (again,)) = (site("sync", "--json").json for _ in range(2))
    assert result["checks"] == [{"check": "report", "outcome": "ok", "message": "", "flags": 1}]
    assert again["checks"] == []
    assert "checks passed" not in site("sync").out


def test_figures_tell_what_a_check_says(site: CommandLine) -> None:
    """A difference is told on the figures of the days that it is of, and on no others."""
    assert site("add", "site", "--json", "--set=reported=8").code == 0
    assert site("sync").code == 0
    rows = {row["window"]: row for row in site("kpis", "--json").json if row["kpi"] == "sessions"}
    assert (rows["today"]["quality"], rows["today"]["reasons"]) == ("incomplete", ["The report tells 8 visits."])
    assert rows["yesterday"]["reasons"] == []
