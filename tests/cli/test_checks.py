"""Checks of a tap, as the commands show them."""

from __future__ import annotations

from contextlib import closing
from sqlite3 import connect
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


DAY = 86_400_000_000


def change(site: CommandLine, statement: str) -> None:
    """Change the ledger behind kpitaps' back."""
    with closing(connect(site.home / "kpitaps.db")) as ledger, ledger:
        ledger.execute(statement)


def unrun(site: CommandLine) -> list[tuple[str, str]]:
    """Return what ``kpitaps check`` says of checks that are not run."""
    found = site("check", "--json").json
    return [(each["severity"], each["message"]) for each in found if "check report" in each["message"]]


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


def test_check_that_has_not_run_for_long_is_a_problem(site: CommandLine) -> None:
    """``kpitaps check`` tells since when, once three of its intervals have passed; never run is advice."""
    assert site("add", "site", "--json").code == 0
    assert site("sync").code == 0
    assert unrun(site) == []
    change(site, f"UPDATE run SET started_at = started_at - {4 * DAY} WHERE stream = 'report'")
    ((severity, message),) = unrun(site)
    assert (severity, message.startswith("check report was last run at 20")) == ("problem", True)
    change(site, "DELETE FROM run WHERE stream = 'report'")
    assert unrun(site) == [("advice", "check report has never been run")]


def test_check_of_what_is_kept_from_us_is_explained(site: CommandLine) -> None:
    """It is not run while the source hides a part of what it looks at: that is said, and is no problem of its own."""
    assert site("add", "site", "--json").code == 0
    assert site("sync").code == 0
    change(site, "DELETE FROM run WHERE stream = 'report'")
    change(site, "INSERT INTO incomplete SELECT id, 'visits', 1, '[]', 'hidden' FROM connection")
    ((severity, message),) = unrun(site)
    assert severity == "advice"
    assert message.endswith("the source keeps a part of visits from us, so there is nothing to judge")


def test_many_reasons_are_told_in_short(site: CommandLine) -> None:
    """Of one stream ten are told, the newest; the rest is counted, as a problem if it can be mended."""
    assert site("add", "site", "--json").code == 0
    assert site("sync").code == 0
    for number in range(15):
        values = f"NULL, 'visits', 'sessions', {number + 1}, {number + 1}, 'sampled', 'Sample {number}.', 'Pay.'"
        names = "connection_id, generation_id, origin, measure, first_day, last_day, quality, reason, fix"
        change(site, f"INSERT INTO flag ({names}) SELECT id, {values} FROM connection")
    found = [each["message"] for each in site("check", "--json").json if each["severity"] == "problem"]
    assert [message.rpartition(": ")[2] for message in found[:-1]] == [
        f"Sample {number}" for number in range(14, 4, -1)
    ]
    assert found[-1] == "visits says as much of older days, in 5 other sentences"
