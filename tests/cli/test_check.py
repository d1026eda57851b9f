"""``kpitaps check``: what keeps the numbers from being right, and how to mend it."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from sqlite3 import connect
from typing import TYPE_CHECKING

import pytest

from cli.conftest import open_shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import CommandLine

NAME = "Branderij De Kade"
DAY = 86_400_000_000


def findings(kpitaps: CommandLine, code: int) -> list[dict[str, str]]:
    """Return what is found, once as JSON and once as text that says the same; that there are no goals is left out."""
    said, text = kpitaps("check", "--json"), kpitaps("check")
    assert (said.code, text.code) == (code, code)
    found: list[dict[str, str]] = said.json
    lines = [f"{each['severity']}: {each['where']}: {each['message']}. {each['fix']}." for each in found]
    assert text.out.splitlines() == (lines or ["Everything is right."])
    return [each for each in found if not each["message"].endswith("KPIs that are measured has a goal")]


def change(kpitaps: CommandLine, statement: str) -> None:
    """Change the ledger behind kpitaps' back."""
    with closing(connect(kpitaps.home / "kpitaps.db")) as ledger, ledger:
        ledger.execute(statement)


def test_all_is_well(connected: CommandLine) -> None:
    """A home that has just read everything has nothing to mend."""
    assert findings(connected, 0) == []


def test_empty_home_is_advice(kpitaps: CommandLine) -> None:
    """Where nothing is connected, that is said rather than that everything is right."""
    (found,) = findings(kpitaps, 0)
    assert (found["severity"], found["message"]) == ("advice", "no account is connected")


def test_broken_plugin(connected: CommandLine, install: Callable[[str, str], None]) -> None:
    """A plugin that cannot be imported is named with its reason; setting KPITAPS_DISABLE silences it."""
    install("broken", "import there_is_no_such_module")
    (found,) = findings(connected, 8)
    assert found["where"] == "plugin broken"
    assert "No module named 'there_is_no_such_module'" in found["message"]
    assert "KPITAPS_DISABLE=broken" in found["fix"]
    connected.set(disable="broken")
    assert findings(connected, 0) == []


def test_tap_that_is_gone(connected: CommandLine) -> None:
    """A connection whose tap was uninstalled says which package to install."""
    connected.set(disable="shopify")
    (found,) = findings(connected, 8)
    assert (found["where"], found["fix"]) == (NAME, "pip install kpitaps-shopify")


def test_stale_data(connected: CommandLine) -> None:
    """Streams that were last read long ago are named, with the time up to which they were read."""
    change(connected, f"UPDATE span SET start_at = start_at - {DAY}, end_at = end_at - {DAY}")
    found = findings(connected, 8)
    assert [each["severity"] for each in found if "was last read at" in each["message"]] == ["problem"] * 2
    assert {each["message"].split()[0] for each in found if each["severity"] == "problem"} == {"orders", "checkouts"}


def test_fresh_data_is_not_stale(connected: CommandLine) -> None:
    """A stream may miss a run or two before anybody is told."""
    change(connected, "UPDATE span SET start_at = start_at - 2700000000, end_at = end_at - 2700000000")
    assert [each for each in findings(connected, 0) if each["severity"] == "problem"] == []


def test_history_that_is_still_missing(connected: CommandLine) -> None:
    """Missing history is advice: the figures that are shown are right."""
    change(connected, "UPDATE span SET start_at = end_at - (end_at - start_at) / 2")
    (orders, checkouts) = findings(connected, 0)
    assert (orders["severity"], orders["message"]) == ("advice", "50% of the history of orders is in")
    assert checkouts["message"] == "50% of the history of checkouts is in"


@pytest.mark.slow
def test_open_repair(kpitaps: CommandLine) -> None:
    """What only a person can mend is a problem until it is mended."""
    with open_shop() as shop:
        kpitaps.set(routes=shop.routes)
        assert kpitaps("add", "shopify", "--json", *shop.settings()).code == 0
        assert kpitaps("sync", "--json").code == 0
        shop.sandbox.faults.add("revoked")
        assert kpitaps("sync", "--json").code == 4
        (found,) = findings(kpitaps, 8)
        assert found["where"] == NAME
        assert "kpitaps add shopify" in found["fix"]
        shop.sandbox.faults.clear()
        assert kpitaps("sync", "--json").code == 0
        assert findings(kpitaps, 0) == []


@pytest.mark.slow
def test_scope_that_is_missing(kpitaps: CommandLine) -> None:
    """History that a shop hides from the app is a problem that says which scope to ask for."""
    with open_shop(scopes=("read_orders", "read_customers")) as shop:
        kpitaps.set(routes=shop.routes)
        assert kpitaps("add", "shopify", "--json", *shop.settings()).code == 0
        assert kpitaps("sync", "--json").code == 0
    (found,) = [each for each in findings(kpitaps, 8) if each["severity"] == "problem"]
    assert "60 days" in found["message"]
    assert "read_all_orders" in found["fix"]


def flag(kpitaps: CommandLine, first: date, last: date, fix: str = "", reason: str = "A sample.") -> None:
    """Let a check say something against orders."""
    days = f"{first.toordinal()}, {last.toordinal()}"
    values = f"1, 'books', 'orders', {days}, 'sampled', '{reason}', '{fix}'"
    columns = "connection_id, origin, measure, first_day, last_day, quality, reason, fix"
    change(kpitaps, f"INSERT INTO flag ({columns}) VALUES ({values})")


def test_flags_are_told_once_per_reason_with_their_days(connected: CommandLine) -> None:
    """What can be mended is a problem, the rest is advice; ``status`` tells the same."""
    flag(connected, date(2001, 3, 1), date(2001, 3, 14))
    flag(connected, date(2001, 3, 20), date(2001, 3, 20))
    (advice,) = findings(connected, 0)
    assert advice["message"] == "orders is sampled, 20 March 2001, 1–14 March 2001: A sample"
    flag(connected, date(2002, 12, 30), date.max, "Ask for less.", "Another.")
    (problem, _) = findings(connected, 8)
    assert problem["message"] == "orders is sampled, since 30 December 2002: Another"
    assert problem["fix"] == "Ask for less"
    said = connected("status").out
    assert f"Flag: {NAME}: orders is sampled, since 30 December 2002: Another.\n" in said
    assert connected("status", "--json").json[0]["flags"][1]["days"][0] == ["2001-03-20", "2001-03-20"]


def test_a_thousand_flags_are_not_told_one_by_one(connected: CommandLine) -> None:
    """Of each stream or check the newest ten reasons, and how many there are besides."""
    for number in range(12):
        flag(connected, date(2001, 3, 1 + number), date(2001, 3, 1 + number), reason=f"Number {number}.")
    found = findings(connected, 0)
    assert len(found) == 11
    assert found[-1]["message"] == "books says as much of older days, in 2 other sentences"
    assert f"Flag: {NAME}: 2 more; kpitaps check tells them." in connected("status").out


GOAL = """[goal.more_orders]
kpi = "orders"
target = 900
period = "every month"
"""


def test_goals_are_judged(connected: CommandLine) -> None:
    """A goal that is not SMART is advice; none at all is advice too, and neither is a problem."""
    messages = [each["message"] for each in connected("check", "--json").json]
    assert [each for each in messages if each.endswith("KPIs that are measured has a goal")] == messages
    (connected.home / "goals.toml").write_text(GOAL)
    (first, *_) = findings(connected, 0)
    assert first["message"] == ("goal more_orders has nobody who answers for it and no decision that it is for")
    assert first["fix"] == 'Add owner = "…" and decides = "…" to [goal.more_orders] in goals.toml'


def test_files_that_are_wrong_are_problems(connected: CommandLine) -> None:
    """A goal without a deadline and a KPI of unknown measures are named with their file, and how to mend them."""
    (connected.home / "goals.toml").write_text(GOAL.replace('period = "every month"', ""))
    (connected.home / "kpis.toml").write_text(
        '[kpi.own]\nformula = "ordrs"\nunit = "count"\ngood = "up"\ndomain = "sales"'
    )
    kpis, goals = (each for each in findings(connected, 8) if each["severity"] == "problem")
    assert (kpis["where"], goals["where"]) == ("kpis.toml", "goals.toml")
    assert "orders" in kpis["message"]
    assert "add a deadline" in goals["message"]


def test_own_kpis_that_nothing_feeds(connected: CommandLine) -> None:
    """An own KPI that will not get figures says what it lacks."""
    (connected.home / "kpis.toml").write_text(
        '[kpi.own]\nformula = "leads"\nunit = "count"\ngood = "up"\ndomain = "sales"'
    )
    (found,) = findings(connected, 0)
    assert found["message"] == "the company's own KPI own has no figures: nothing feeds leads"


def test_what_is_wrong_in_alerts(connected: CommandLine) -> None:
    """What is wrong in alerts.toml is told as what is in the other files, a threshold's KPI included."""
    alerts = connected.home / "alerts.toml"
    alerts.write_text('[contact.a]\nto = "ada"\n[threshold.a]\nkpi = "ordres"\nbelow = 1\n')
    contact, threshold = findings(connected, 8)
    assert (contact["where"], contact["severity"]) == ("alerts.toml", "problem")
    assert contact["message"].startswith("alerts.toml, line 2, [contact.a] to")
    assert threshold["message"].startswith("alerts.toml, line 4, [threshold.a] kpi")
    assert "works meanwhile" in threshold["fix"]
    alerts.write_text('[defaults]\ncontact = "a"\n')
    (found,) = findings(connected, 8)
    assert "not written anew" in found["fix"]


def test_files_that_cannot_be_read(connected: CommandLine) -> None:
    """Of a file as a whole nothing works meanwhile, and nothing is said of goals that nobody knows."""
    for file in ("alerts.toml", "goals.toml"):
        (connected.home / file).write_text("[nonsense")
    found = findings(connected, 8)
    assert [each["where"] for each in found] == ["goals.toml", "alerts.toml"]
    assert all("not written anew" in each["fix"] for each in found)
    (connected.home / "alerts.toml").write_text("[goal.sold]\noff = true\n")
    assert [each["where"] for each in findings(connected, 8)] == ["goals.toml"]


def test_goals_that_name_no_company(connected: CommandLine) -> None:
    """With a second company they stay where they are, and it is advised to say whose they are."""
    (connected.home / "goals.toml").write_text('[goal.sold]\nkpi = "orders"\ntarget = 1\nperiod = "every month"\n')
    assert connected("company", "a-second", "--currency=EUR", "--time-zone=Europe/Amsterdam").code == 0
    (found,) = [each for each in findings(connected, 0) if "name no company" in each["message"]]
    assert (found["severity"], found["where"]) == ("advice", "main")
    assert 'company = "main"' in found["fix"]
