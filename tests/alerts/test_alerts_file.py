"""What may be written in alerts.toml, and what is said of what may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from alerts.desk import KADE, Company, read, rules

from kpitaps.alerts import AlertsFile, judged, read_alerts
from kpitaps.alerts.rules import strangers
from kpitaps.errors import BadDefinition, BadSettings

if TYPE_CHECKING:
    from pathlib import Path

WRONG = [
    ('[contact.a]\nto = "nobody"\n', "line 2", "'nobody' is no mail address"),
    ("[contact.a]\n", "line 1", "it goes nowhere"),
    ('[contact.a]\nwebhook = "https://chat.example/secret"\n', "line 1", "add form ="),
    ('[contact.a]\nform = "slack"\nwebhook = "ftp://chat.example/secret"\n', "line 3", "is no address"),
    ('[contact.a]\nform = "slack"\nwebhook = "http://chat.example/secret"\n', "line 3", "write https://"),
    ("[mute.a]\n", "line 1", "it does not say when"),
    ('[mute.a]\nweekdays = "zondag"\n', "line 2", "'zondag' is none of"),
    ('[mute.a]\ntimes = "18-8"\n', "line 2", "is no part of a day"),
    ('[mute.a]\ntimes = "18:00-24:30"\n', "line 2", "is no part of a day"),
    ('[mute.a]\ntimes = "18:00-08:00"\nlocation = "Gouda"\n', "line 3", "'Gouda' is no time zone"),
    ('[threshold.a]\nkpi = "orders"\n', "line 1", "exactly one of below"),
    ('[threshold.a]\nkpi = "orders"\nbelow = 1\nabove = 2\n', "line 1", "exactly one of below"),
    ('[threshold.a]\nkpi = "orders"\nbelow = 1\nwindow = "1d"\n', "line 1", "'1d' is no window"),
    ('[threshold.a]\nkpi = "orders"\nbelow = 1\nfor = "1 hour"\n', "line 4", "not a duration"),
    ('[threshold.a]\nkpi = "orders"\nbelow = 1\nfro = "1h"\n', "line 4", "did you mean 'for'"),
    ('[threshold.a]\nkpi = "orders"\nbelow = 1\ncontact = "x"\n', "line 4", "write [contact.x]"),
    ('[contact.mail]\nto = "a@b.nl"\n[goal.g]\ncontact = "mial"\n', "line 4", "did you mean 'mail'"),
    ('[operations]\nmute = "x"\n', "line 2", "[operations] mute: there is no [mute.x]"),
    ('[operations]\noff = "budget"\n', "line 2", "did you mean 'budget_low'"),
    ('[operations]\nbudget_below = "x"\n', "line 2", "is no amount"),
    ("defaults = 1\n", "line 1", "write [defaults]"),
    ('[contact."../a"]\nto = "a@b.nl"\n', "line 1", "letters, digits, underscores and hyphens"),
    ('[contact.a-b]\nto = "a@b.nl"\n[contact.A_b]\nto = "c@d.nl"\n', "line 3", "there is [contact.a-b] already"),
    ('[threshold."{{ 1 }}"]\nkpi = "orders"\nbelow = 1\n', "line 1", "letters, digits"),
]


@pytest.mark.parametrize(("text", "line", "said"), WRONG)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: str, said: str) -> None:
    """The sentence names file, line and the way out, and never the address of a webhook."""
    _, (error,) = read(tmp_path, text)
    assert str(error).startswith(f"alerts.toml, {line}, ")
    assert said in str(error)
    assert "secret" not in str(error)


CONTACT = '[contact.mail]\nto = "a@b.nl"\n'
UNCLEAR = [
    ('[contact.owner]\nto = "sanne"\n[defaults]\ncontact = "owner"\n', "[contact.owner] is wrong, see line 1"),
    (CONTACT + '[contact.x]\n[goal.g]\ncontact = "x"\n', "line 5, [goal.g] contact: [contact.x] is wrong, see line 3"),
    (CONTACT + '[mute.x]\n[operations]\nmute = "x"\n', "[operations] mute: [mute.x] is wrong, see line 3"),
    (CONTACT + '[defaults]\ncontact = "mail"\nmute = "weekedn"\n', "line 5, [defaults] mute: there is no"),
    (CONTACT + '[defaults]\ncontact = "mail"\nrepeat = "often"\n', "line 5, [defaults] repeat"),
    (CONTACT + '[threshold.a]\nkpi = "orders"\nbelow = 1\ncontact = "mial"\n', "did you mean 'mail'"),
    (CONTACT + "[operations]\ncontact = 5\n", "line 4, [operations] contact: 5 is not right"),
    ("defaults = 1\n", "write [defaults]"),
]


@pytest.mark.parametrize(("text", "said"), UNCLEAR)
def test_it_is_known_when_it_is_unclear_who_is_told(tmp_path: Path, text: str, said: str) -> None:
    """Rules that nobody hears of are as good as none: whoever writes them can refuse."""
    alerts, errors = read(tmp_path, text)
    assert said in str(alerts.unclear[-1])
    assert set(alerts.unclear) <= set(errors)


KEPT = [
    ('[contact.x]\nto = "sanne"\n', {}),
    ('[operations]\noff = "budget_low"\nbudget_below = "x"\n', {"operations.off": ("budget_low",)}),
    ('[goal.growth]\noff = true\nrepaet = "1d"\n', {"goal.off": True}),
    ('[threshold.a]\nkpi = "orders"\nbelow = 1\nfor = "soon"\nowner = "Sanne"\n', {"threshold.owner": "Sanne"}),
]


@pytest.mark.parametrize(("text", "kept"), KEPT)
def test_a_wrong_key_takes_no_other_away(tmp_path: Path, text: str, kept: dict[str, object]) -> None:
    """What is said beside it holds, and who is told is as clear as before."""
    alerts, errors = read(tmp_path, text)
    assert (alerts.unclear, len(errors)) == ((), 1)
    tables = {"operations": alerts.operations, "goal": alerts.goals.get("growth")}
    tables["threshold"] = next((each.terms for each in alerts.thresholds), None)
    assert {key: getattr(tables[key.split(".")[0]], key.split(".")[1]) for key in kept} == kept


def test_a_threshold_holds_for_every_company_that_has_its_kpi(tmp_path: Path) -> None:
    """A company without the KPI is no problem; that none has it is one."""
    text = '[threshold.a]\nkpi = "orders"\nbelow = 1\n[threshold.b]\nkpi = "ordres"\nbelow = 1\n'
    alerts, _ = read(tmp_path, text)
    shop = Company(is_only=False)
    office = Company(
        company=replace(KADE, key="other"), kpis=tuple(kpi for kpi in shop.kpis if kpi.key != "orders"), is_only=False
    )
    found = [judged(each, alerts) for each in (shop, office)]
    assert [each.errors for each in found] == [(), ()]
    assert ["threshold-a" in {rule.key for rule in each.rules} for each in found] == [True, False]
    (error,) = map(str, strangers([shop, office], alerts))
    assert error.startswith("alerts.toml, line 5, [threshold.b] kpi: no company has a KPI 'ordres'")


def test_what_nobody_has_is_told(tmp_path: Path) -> None:
    """A table on a goal or a company that there is not would change nothing without a word."""
    text = '[goal.grwoth]\noff = true\n[threshold.a]\nkpi = "orders"\nbelow = 1\ncompany = "kaed"\n'
    alerts, errors = read(tmp_path, text)
    assert errors == []
    goal, company = map(str, strangers([Company()], alerts))
    assert goal.startswith("alerts.toml, line 1, ")
    assert "did you mean 'growth'?" in goal
    assert company.startswith("alerts.toml, line 6, ")
    assert "did you mean 'kade'?" in company


OF_KPIS = [
    ('kpi = "ordres"\nbelow = 1', "line 2", "did you mean 'orders'"),
    ('kpi = "orders"\nbelow = "1 EUR"', "line 3", "does not fit"),
    ('kpi = "orders"\nbelow = 10\nrecovers_at = 9', "line 4", "is itself below the threshold"),
    ('kpi = "orders"\nabove = 10\nrecovers_at = 11', "line 4", "is itself above the threshold"),
    ('kpi = "orders"\nabove = 10\nlabel = "web"', "line 4", "not broken down by a label"),
    ('kpi = "sales_per_rep"\nchange_below = "-1 %"', "line 2", "changes are known of whole KPIs only"),
]


@pytest.mark.parametrize(("text", "line", "said"), OF_KPIS)
def test_what_does_not_fit_its_kpi_is_told_and_stops_nothing_else(
    tmp_path: Path, text: str, line: str, said: str
) -> None:
    """A threshold that becomes no rule is told with its line; the next one becomes one."""
    alerts, errors = read(tmp_path, f'[threshold.a]\n{text}\n[threshold.b]\nkpi = "orders"\nbelow = 1\n')
    found = judged(Company(), alerts)
    (error,) = [*errors, *found.errors]
    assert str(error).startswith(f"alerts.toml, {line}, [threshold.a] ")
    assert said in str(error)
    assert {"threshold-b", "goal-growth-off-track"} <= {rule.key for rule in found.rules}


def test_a_label_that_alerts_have_themselves_is_refused(tmp_path: Path) -> None:
    """All alerts of such a KPI would carry the same labels, which Prometheus does not evaluate."""
    (kpi,) = (replace(kpi, by="severity") for kpi in Company().kpis if kpi.key == "sales_per_rep")
    alerts, _ = read(tmp_path, '[threshold.a]\nkpi = "sales_per_rep"\nbelow = 1\n')
    (error,) = judged(Company(kpis=(kpi,)), alerts).errors
    assert "name one value with label" in str(error)


def test_without_a_file_there_are_rules(tmp_path: Path) -> None:
    """Goals and operations are watched without a word from anybody."""
    assert read_alerts(tmp_path / "alerts.toml") == (AlertsFile(), [])
    assert {rule.group for rule in judged(Company(), AlertsFile()).rules} == {"goals", "operations"}


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    """There is nothing to go on with then."""
    with pytest.raises(BadDefinition, match=r"alerts\.toml is not valid TOML"):
        read(tmp_path, "[contact")
    with pytest.raises(BadDefinition, match="line 1, nonsense"):
        read(tmp_path, "[nonsense.x]\n")


ROUTED = """
[contact.mail]
to = "owner@kade.example"
[contact.chat]
webhook = "env:CHAT"
form = "slack"
[mute.weekend]
weekdays = ["saturday", "sunday"]
[defaults]
contact = "mail"
mute = "weekend"
repeat = "2d"
[goal.growth]
contact = "chat"
mute = []
[goal.quiet]
off = true
[operations]
repeat = "4h"
off = ["budget_low", "check_failing"]
"""


def test_who_is_told_follows_from_table_and_defaults(tmp_path: Path) -> None:
    """What a table says goes before the defaults; an empty list of mutes means none."""
    found = rules(tmp_path, ROUTED)
    growth, down = found["goal-growth-at-risk"].route, found["operations-kpitaps_down"].route
    assert (growth.contact, growth.mutes, growth.repeat) == ("chat", (), timedelta(days=2))
    assert (down.contact, down.mutes, down.repeat) == ("mail", ("weekend",), timedelta(hours=4))


def test_what_is_off_has_no_rule(tmp_path: Path) -> None:
    """Goals and rules of operations can be left out."""
    goals = tuple(replace(Company().goals[0], goal=key) for key in ("growth", "quiet"))
    keys = set(rules(tmp_path, ROUTED, Company(goals=goals)))
    assert "goal-growth-at-risk" in keys
    assert not {"goal-quiet-at-risk", "operations-budget_low", "operations-check_failing"} & keys


def test_with_several_companies_titles_name_them(tmp_path: Path) -> None:
    """A threshold may be for one of them; what is about the process is told once."""
    text = '[threshold.a]\nkpi = "orders"\nbelow = 1\ncompany = "other"\n'
    alerts, _ = read(tmp_path, text)
    other = replace(KADE, key="other", name="Other B.V.")
    mine = judged(Company(is_only=False), alerts).rules
    theirs = judged(Company(company=other, is_only=False), alerts, with_process=False).rules
    assert {"threshold-a"} == {rule.key for rule in theirs if rule.group == "thresholds"}
    assert not [rule for rule in mine if rule.group == "thresholds"]
    assert all(rule.title.startswith("Other B.V. · ") for rule in theirs)
    assert not {"operations-budget_low"} & {rule.key for rule in theirs}


def test_a_secret_is_looked_up_where_it_is(tmp_path: Path) -> None:
    """Variables and files hold it; one that is not there is told by name."""
    (tmp_path / "hook").write_text("https://chat.example/x\n")
    alerts, _ = read(tmp_path, f'[contact.a]\nwebhook = "file:{tmp_path}/hook"\nform = "teams"\n' + ROUTED)
    file, _, variable = alerts.contacts
    assert file.webhook({}) == "https://chat.example/x"
    assert variable.webhook({"CHAT": "https://chat.example/y"}) == "https://chat.example/y"
    with pytest.raises(BadSettings, match="no environment variable CHAT"):
        variable.webhook({})
