"""What Grafana is told: the same rules as Prometheus, in its own words, by file and by API."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from alerts.desk import Company, goal, read, rules
from pydantic import ValidationError

from grafana.file_types import SETTINGS, AlertingFile, expanded
from kpitaps.alerts.notices import body, teams_body
from kpitaps.alerts.prometheus_rules import rule_file
from kpitaps.grafana.alerting import api_rules, contact_points, mute_timings, provisioning_file

if TYPE_CHECKING:
    from pathlib import Path

    from parts.prometheus import Promtool

TEXT = """
[contact.mail]
to = ["owner@kade.example", "ops@kade.example"]
[contact.chat]
webhook = "env:CHAT"
form = "slack"
to = "team@kade.example"
[contact.teams]
webhook = "file:/run/secrets/teams"
form = "teams"
resolved = false
[mute.night]
times = "18:00-08:00"
[defaults]
contact = "mail"
[goal.growth]
contact = "chat"
mute = "night"
[threshold.low]
kpi = "orders"
below = 100
recovers_at = 120
unknown = "tell"
[threshold.high]
kpi = "debt_ratio"
window = "ytd"
above = 1.5
recovers_at = 1.4
for = "0m"
[threshold.rep]
kpi = "sales_per_rep"
below = 1000
"""
HOOK = """
[contact.hook]
webhook = "http://localhost:9"
form = "webhook"
"""
FOLDERS = {"kade": "kpitaps"}


def company(language: str = "en") -> Company:
    """Return a company with a goal that has a strange name."""
    return Company(goals=(goal(), goal("odd", name_en="$HOME ${HOME} {{", owner="${HOME}")), language=language)


def in_file(folder: Path, language: str = "en", text: str = TEXT) -> dict[str, Any]:
    """Return Grafana's file."""
    alerts, _ = read(folder, text)
    return provisioning_file([*rules(folder, text, company(language)).values()], alerts, folders=FOLDERS)


def by_uid(groups: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the rules of groups."""
    return {rule["uid"]: rule for group in groups for rule in group["rules"]}


def condition(rule: dict[str, Any]) -> str:
    """Return a Grafana rule's condition, as Prometheus would write it."""
    query, number, threshold = (each["model"] for each in rule["data"][:3])
    assert (number["type"], number["expression"], threshold["expression"]) == ("reduce", "A", "B")
    assert (threshold["refId"], threshold["type"]) == (rule["condition"], "threshold")
    (limits,) = threshold["conditions"]
    sign = {"lt": "<", "gt": ">"}
    (value,) = limits["evaluator"]["params"]
    said = f"({query['expr']}) {sign[limits['evaluator']['type']]} {value:g}"
    if unload := limits.get("unloadEvaluator"):
        # it lasts as long as it is not unloaded
        said += f" or ({query['expr']}) {({'gt': '<=', 'lt': '>='})[unload['type']]} {unload['params'][0]:g}"
    return said


@pytest.mark.parametrize("language", ["nl", "en"])
def test_grafana_and_prometheus_have_the_same_condition(tmp_path: Path, language: str) -> None:
    """Query, comparison, recovery and waiting are the same, rule by rule."""
    found = [*rules(tmp_path, TEXT, company(language)).values()]
    theirs = by_uid(in_file(tmp_path, language)["groups"])
    assert list(theirs) == [rule.uid for rule in found]
    prometheus = [rule for group in yaml.safe_load(rule_file(found))["groups"] for rule in group["rules"]]
    for rule, mine in zip(found, prometheus, strict=True):
        other = theirs[rule.uid]
        expression = re.sub(r" or \((.*) and on \(.*\) ALERTS\{.*\}\)$", r" or \1", mine["expr"])
        assert condition(other) == expression
        assert other["for"] == mine.get("for", "0s")
        assert other["title"].replace("$$", "$") == mine["alert"].replace('{{ "{{" }}', "{{")


def test_grafana_and_prometheus_tell_of_the_same_queries(tmp_path: Path) -> None:
    """What texts ask besides is asked in the same words, so that both leave out the same."""
    found = [*rules(tmp_path, TEXT, company()).values()]
    theirs = by_uid(in_file(tmp_path)["groups"])
    prometheus = [rule for group in yaml.safe_load(rule_file(found))["groups"] for rule in group["rules"]]
    for rule, mine in zip(found, prometheus, strict=True):
        texts = f"{mine['annotations']['summary']}{mine['annotations'].get('description', '')}"
        asked = [json.loads(query) for query in re.findall(r'\{\{ with query ("(?:[^"\\]|\\.)*") \}\}', texts)]
        queries = [each["model"]["expr"] for each in theirs[rule.uid]["data"][3:] if "expr" in each["model"]]
        wrapped = [re.fullmatch(r'label_replace\((.*), "known", "yes", "", ""\) or on .*', query) for query in queries]
        assert [query and query[1] for query in wrapped] == list(dict.fromkeys(asked))


def test_api_and_file_say_the_same(tmp_path: Path) -> None:
    """The API's keys are its own; only files need their dollar signs doubled."""
    found = [*rules(tmp_path, TEXT, company()).values()]
    file, api = by_uid(in_file(tmp_path)["groups"]), by_uid(api_rules(found))
    assert list(file) == list(api)
    for uid, mine in file.items():
        other = api[uid]
        assert [{"queryType": "", **each} for each in mine["data"]] == other["data"]
        assert mine["keepFiringFor"] == other["keep_firing_for"]
        assert mine["missing_series_evals_to_resolve"] == other["missingSeriesEvalsToResolve"]
        assert mine["annotations"] == other["annotations"]
        assert mine.get("notification_settings") == other.get("notification_settings")
        assert other["folderUID"] == "kpitaps-kade"


def test_what_grafana_would_take_for_a_variable_is_doubled_or_broken(tmp_path: Path) -> None:
    """Titles and labels are expanded when a file is read, ``${NAME}`` in annotations by the newest versions too."""
    rule = by_uid(in_file(tmp_path)["groups"])["kpitaps-kade-rule-goal-odd-off-track"]
    assert rule["title"] == "$$HOME $${HOME} {{: off track"
    assert "${" not in json.dumps(rule["annotations"])
    assert rule["annotations"]["owner"] == '{{ "$" }}{HOME}'
    assert all("$" not in value for value in rule["labels"].values())


def test_a_file_says_only_what_grafana_reads(tmp_path: Path) -> None:
    """Each key is known, of its type and within its limits: some mistakes it ignores, with others it does not start."""
    said = yaml.safe_load(yaml.safe_dump({"apiVersion": 1, **in_file(tmp_path, text=f"{TEXT}{HOOK}")}))
    read_by_grafana = AlertingFile.model_validate(said)
    kinds = {receiver.type for point in read_by_grafana.contact_points for receiver in point.receivers}
    assert kinds == SETTINGS.keys()
    spoilt = json.loads(json.dumps(said).replace("keepFiringFor", "keep_firing_for"))
    with pytest.raises(ValidationError, match="keepFiringFor"):
        AlertingFile.model_validate(spoilt)


def test_a_rule_names_dashboard_and_panel_or_neither(tmp_path: Path) -> None:
    """The API refuses one without the other; panels show their alerts' states by both, from files too."""
    for groups in (in_file(tmp_path)["groups"], api_rules([*rules(tmp_path, TEXT, company()).values()])):
        found = by_uid(groups)
        places = {uid: {key for key in rule["annotations"] if key.startswith("__")} for uid, rule in found.items()}
        assert places["kpitaps-kade-rule-goal-growth-at-risk"] == {"__dashboardUid__", "__panelId__"}
        assert {len(place) for place in places.values()} == {0, 2}


@pytest.mark.parametrize(("kept", "missed"), [("10m", 10), ("1h", 60), ("30s", 1), ("0m", 1)])
def test_one_result_that_vanishes_is_waited_for_as_all_are(tmp_path: Path, kept: str, missed: int) -> None:
    """Grafana keeps an alert firing if all results are missing, and counts evaluations if others are there."""
    found = rules(tmp_path, f'[threshold.low]\nkpi = "orders"\nbelow = 1\nkeep_firing_for = "{kept}"')
    (rule,) = (each for each in by_uid(api_rules([*found.values()])).values() if "threshold-low" in each["uid"])
    assert rule["missingSeriesEvalsToResolve"] == missed


def test_an_error_tells_that_nobody_knows(tmp_path: Path) -> None:
    """Grafana sends a rule's texts for an error too: without a value they say so, and no more than that."""
    for rule in by_uid(in_file(tmp_path)["groups"]).values():
        title = rule["title"].replace("$$", "$").replace("${", '{{ "$" }}{').replace(" {{:", ' {{ "{{" }}:')
        unasked = f"{title}: not known, as Grafana could not ask Prometheus."
        for text, otherwise in (("summary", unasked), ("description", "")):
            assert rule["annotations"][text].startswith("{{ if $values.B }}")
            assert rule["annotations"][text].endswith(f"{{{{ else }}}}{otherwise}{{{{ end }}}}")


def test_an_address_with_a_dollar_is_no_variable(tmp_path: Path) -> None:
    """Mail addresses may have one; the API takes them as they are."""
    text = '[contact.mail]\nto = ["owner@kade.example", "a$HOME@kade.example"]'
    alerts, _ = read(tmp_path, text)
    (in_api,) = contact_points(alerts, "en")
    ((in_file,),) = (point["receivers"] for point in provisioning_file([], alerts, folders={})["contactPoints"])
    assert in_api["settings"]["addresses"] == "owner@kade.example;a$HOME@kade.example"
    assert expanded(in_file["settings"]["addresses"], {"HOME": "/root"}) == in_api["settings"]["addresses"]


def test_states_and_groups_leave_nothing_to_chance(tmp_path: Path) -> None:
    """A file without a word on errors would alert; grouping without these labels is refused; policies are not ours."""
    said = in_file(tmp_path)
    assert set(said) == {"groups", "contactPoints", "muteTimes"}
    assert all("/" not in group["name"] and group["interval"] == "1m" for group in said["groups"])
    titles = [rule["title"] for group in said["groups"] for rule in group["rules"]]
    assert len(titles) == len(set(titles))
    for rule in by_uid(said["groups"]).values():
        assert (rule["noDataState"], rule["execErrState"]) == ("OK", "Error")
        assert len(rule["uid"]) <= 40
        assert rule["notification_settings"]["group_by"] == ["grafana_folder", "alertname"]


def test_each_value_in_a_text_is_a_number_of_its_own(tmp_path: Path) -> None:
    """Texts name only values that the rule computes, each reduced from a query with a label."""
    for rule in by_uid(in_file(tmp_path)["groups"]).values():
        names = {each["refId"]: each["model"] for each in rule["data"]}
        for used in re.findall(r"\$values\.(\w+)\.", json.dumps(rule["annotations"])):
            assert names[used]["type"] == "reduce"
            if used != "B":
                assert "by (company" in names[names[used]["expression"]]["expr"]


def test_what_is_told_besides_never_keeps_a_rule_from_firing(promtool: Promtool, tmp_path: Path) -> None:
    """Grafana has no data for a rule of which one query has none: each has a result if the rule's own has one."""
    rule = by_uid(in_file(tmp_path)["groups"])["kpitaps-kade-rule-goal-growth-at-risk"]
    queries = [each["model"]["expr"] for each in rule["data"] if "expr" in each["model"]]
    of = '{company="kade", goal="growth"'
    actual = {"labels": f'{of}, known="yes"}}', "value": 5}
    # the second one is what the goal has reached; nothing is known of the others
    told = [[{"labels": f"{of}}}", "value": 1}], [actual], *[[{"labels": f"{of}}}", "value": 1}]] * (len(queries) - 2)]
    asked = [
        {"expr": query, "eval_time": "1m", "exp_samples": [*samples]}
        for query, samples in zip(queries, told, strict=True)
    ]
    series = {"kpi_status": "1x5", "kpi_revenue_actual_eur": "5x5"}
    given = [{"series": f'{name}{{company="kade",goal="growth"}}', "values": value} for name, value in series.items()]
    test = {"rule_files": [], "tests": [{"interval": "1m", "input_series": given, "promql_expr_test": asked}]}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(test, width=10_000), encoding="utf-8")
    done = promtool("test", "rules", "tests.yml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(queries) > 4


def test_no_title_is_longer_than_grafana_takes(tmp_path: Path) -> None:
    """It refuses a whole file for one; what is cut off stays a title of its own."""
    long = "A goal that nobody can say in a few words " * 9
    alike = Company(goals=(goal("a", name_en=long), goal("b", name_en=long.upper())), is_only=False)
    titles = [rule.title for rule in rules(tmp_path, company=alike).values()]
    assert max(map(len, titles)) <= 190
    assert len({title.casefold() for title in titles}) == len(titles)


def test_files_hold_no_address_that_is_a_secret(tmp_path: Path) -> None:
    """Not even one that stands in alerts.toml as it is; one on this machine is none."""
    text = TEXT.replace("env:CHAT", "https://chat.example/secret")
    text = text.replace("file:/run/secrets/teams", "http://localhost:9/$here")
    alerts, _ = read(tmp_path, text)
    said = provisioning_file([], alerts, folders=FOLDERS)["contactPoints"]
    urls = [each["settings"].get("url") for point in said for each in point["receivers"]]
    assert urls == [None, None, "$__env{CHAT_WEBHOOK}", "http://localhost:9/$$here"]


def test_each_rule_names_its_contact(tmp_path: Path) -> None:
    """Ours are told apart from people's own by their names."""
    said = in_file(tmp_path)
    settings = by_uid(said["groups"])["kpitaps-kade-rule-goal-growth-at-risk"]["notification_settings"]
    assert settings["receiver"] == "kpitaps-chat"
    assert settings["mute_time_intervals"] == ["kpitaps-night"]
    assert [point["name"] for point in said["contactPoints"]] == ["kpitaps-mail", "kpitaps-chat", "kpitaps-teams"]
    assert said["muteTimes"][0]["name"] == "kpitaps-night"


def test_without_a_contact_policies_decide(tmp_path: Path) -> None:
    """A rule that names nobody goes where the organisation's own policies send it."""
    said = provisioning_file([*rules(tmp_path).values()], read(tmp_path, "")[0], folders=FOLDERS)
    assert set(said) == {"groups"}
    assert not any("notification_settings" in rule for rule in by_uid(said["groups"]).values())


def test_files_refer_to_secrets_and_the_api_gets_them(tmp_path: Path) -> None:
    """Grafana reads variables and files itself; its API takes the address only."""
    said = in_file(tmp_path)["contactPoints"]
    urls = [each["settings"].get("url") for point in said for each in point["receivers"]]
    assert urls == [None, None, "$__env{CHAT}", "$__file{/run/secrets/teams}"]
    text = TEXT.replace("file:/run/secrets/teams", "https://teams.example/$x")
    alerts, _ = read(tmp_path, text)
    points = contact_points(alerts, "nl", {"CHAT": "https://chat.example"})
    assert [each["settings"].get("url") for each in points] == [
        *(None, None),
        *("https://chat.example", "https://teams.example/$x"),
    ]
    assert [each["disableResolveMessage"] for each in points] == [False, False, False, True]
    assert len({each["uid"] for each in points}) == len(points)
    texts = [each["settings"].get("message", each["settings"].get("text")) for each in points]
    assert texts == [body("nl"), body("nl"), body("nl"), teams_body("nl")], "only Teams takes Markdown"


def test_mute_timings_have_their_zone(tmp_path: Path) -> None:
    """That of the company, where the table names none."""
    alerts, _ = read(tmp_path, TEXT)
    (night,) = mute_timings(alerts, "Europe/Brussels")
    assert [each["location"] for each in night["time_intervals"]] == ["Europe/Brussels"]
