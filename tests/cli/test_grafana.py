"""``kpitaps grafana``: the same dashboards and rules as files, and in a running Grafana."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from parts.grafana import TOKEN, fake_grafana

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parts.grafana import FakeGrafana

    from cli.conftest import CommandLine

GOAL = """
[goal.orders]
kpi = "orders"
target = 100
period = "every month"
owner = "Anna"
"""


ALERTS = """
[contact.team]
to = "team@example.com"
webhook = "env:HOOK"
form = "slack"
[mute.weekend]
weekdays = ["saturday", "sunday"]
[defaults]
contact = "team"
mute = "weekend"
[threshold.orders]
kpi = "orders"
below = 5
recovers_at = 8
"""


@pytest.fixture
def grafana(connected: CommandLine) -> Iterator[FakeGrafana]:
    """A Grafana that the command line knows."""
    with fake_grafana() as started:
        connected.set(grafana_url=started.url, grafana_token=TOKEN)
        yield started


def test_files_are_written_once(connected: CommandLine, tmp_path: Path) -> None:
    """The first run writes everything that Grafana reads, the second finds it as it should be."""
    folder = tmp_path / "provisioning"
    said = connected("grafana", "files", str(folder), "--prometheus-url", "http://prometheus:9090")
    assert said.code == 0, said.err
    boards = list((folder / "dashboards/kpitaps/kpitaps").iterdir())
    assert {json.loads(board.read_text())["uid"] for board in boards} == {board.stem for board in boards}
    assert yaml.safe_load((folder / "alerting/kpitaps.yaml").read_text())["groups"]
    again = connected("grafana", "files", str(folder), "--prometheus-url", "http://prometheus:9090")
    assert (again.code, again.out) == (0, "")


def test_what_must_be_where_is_told(connected: CommandLine, tmp_path: Path) -> None:
    """No file holds the address of a webhook: the commands say where Grafana and Alertmanager look for it."""
    connected.home.joinpath("alerts.toml").write_text(ALERTS)
    said = connected("grafana", "files", str(tmp_path / "grafana"))
    assert "Before Grafana starts, it must find as a variable, or as a file: HOOK." in said.err
    said = connected("prometheus", "files", str(tmp_path / "prometheus"), "--secrets", "/s")
    assert "Alertmanager must find in /s: team-webhook." in said.err
    connected.home.joinpath("alerts.toml").write_text(ALERTS.replace("slack", "teams"))
    said = connected("prometheus", "files", str(tmp_path / "old"), "--alertmanager-version", "0.25")
    assert "envsubst must fill in: TEAM_WEBHOOK." in said.err


@pytest.mark.slow
def test_a_plan_of_files_is_a_diff(connected: CommandLine, tmp_path: Path) -> None:
    """A plan writes nothing, shows what would change, and says so by its exit code."""
    folder = tmp_path / "provisioning"
    assert connected("grafana", "files", str(folder), "--plan").code == 8
    assert not folder.exists()
    connected("grafana", "files", str(folder))
    said = connected("grafana", "files", str(folder), "--plan", "--dashboards-path", "/var/lib/boards")
    assert (said.code, "+    path: /var/lib/boards" in said.out) == (8, True)
    assert connected("grafana", "files", str(folder), "--plan").code == 0


def test_a_running_grafana_is_brought_there_once(connected: CommandLine, grafana: FakeGrafana) -> None:
    """Dashboards, rules and the data source arrive; the second run writes nothing."""
    said = connected("grafana", "apply")
    assert said.code == 0, said.err
    assert {"create data source kpitaps", "create folder kpitaps"} <= set(said.out.splitlines())
    assert grafana.boards
    assert grafana.rules
    grafana.writes.clear()
    again = connected("grafana", "apply")
    assert (again.code, again.out, grafana.writes) == (0, "", [])
    assert "Nothing to change." in again.err


@pytest.mark.slow
def test_a_goal_comes_and_goes_with_its_rules(connected: CommandLine, grafana: FakeGrafana) -> None:
    """Setting a goal makes its rules, removing it takes them away, and the plan says so first."""
    connected("grafana", "apply")
    before = set(grafana.rules)
    goals = connected.home / "goals.toml"
    goals.write_text(GOAL)
    assert connected("grafana", "apply", "--plan").code == 8
    assert set(grafana.rules) == before
    connected("grafana", "apply")
    assert len(set(grafana.rules) - before) == 2
    goals.unlink()
    said = connected("grafana", "apply")
    assert said.out.count("remove alert rule") == 2
    assert set(grafana.rules) == before


def test_alerts_can_be_left_to_prometheus(connected: CommandLine, grafana: FakeGrafana) -> None:
    """Who has Alertmanager needs no rules in Grafana: those that it has from us go."""
    connected("grafana", "apply")
    assert connected("grafana", "apply", "--without-alerts").code == 0
    assert grafana.rules == {}
    assert grafana.boards


@pytest.mark.slow
def test_each_language_has_its_own_words(connected: CommandLine, grafana: FakeGrafana) -> None:
    """The language decides what boards are called; where they are stays the same."""
    connected("grafana", "apply", "--language", "nl")
    dutch = {uid: versions[-1]["dashboard"]["title"] for uid, versions in grafana.boards.items()}
    connected("grafana", "apply", "--language", "en")
    english = {uid: versions[-1]["dashboard"]["title"] for uid, versions in grafana.boards.items()}
    assert dutch.keys() == english.keys()
    assert dutch != english


@pytest.mark.parametrize(
    ("variables", "code", "sentence"),
    [
        ({}, 3, "nothing says where Grafana is: set --url or KPITAPS_GRAFANA_URL"),
        ({"grafana_url": "http://127.0.0.1:1"}, 3, "nothing says who we are: set KPITAPS_GRAFANA_TOKEN"),
        ({"grafana_url": "grafana", "grafana_token": "x"}, 3, "'grafana' is no address of a Grafana"),
    ],
)
def test_what_is_missing_is_named(connected: CommandLine, variables: dict[str, str], code: int, sentence: str) -> None:
    """Address and token are asked for by name."""
    connected.set(**variables)
    said = connected("grafana", "apply")
    assert (said.code, sentence in said.err) == (code, True), said.err


@pytest.mark.usefixtures("grafana")
def test_without_the_extra_there_is_one_sentence(connected: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """grafana-client is an extra: the sentence says how to install it."""
    monkeypatch.setitem(sys.modules, "grafana_client.api", None)
    said = connected("grafana", "apply")
    assert (said.code, said.err.strip()) == (
        3,
        "Error: kpitaps grafana apply needs the extra grafana: pip install 'kpitaps[grafana]'",
    )


def test_an_empty_home_has_only_the_data_source(kpitaps: CommandLine, tmp_path: Path) -> None:
    """A Grafana may start before there is a company: it finds the place where dashboards will be."""
    said = kpitaps("grafana", "files", str(tmp_path / "out"))
    assert (said.code, "There is no company yet" in said.err) == (0, True)
    written = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert written == {"kpitaps.yaml", ".kpitaps-grafana.json"}
    kpitaps.set(grafana_url="http://127.0.0.1:1", grafana_token=TOKEN)
    said = kpitaps("grafana", "apply")
    assert (said.code, "connect an account with kpitaps add" in said.err) == (2, True)


def test_an_empty_home_removes_no_dashboards(connected: CommandLine, tmp_path: Path) -> None:
    """Where the home's disk is missing, the dashboards that there are stay until a person removes them."""
    folder = tmp_path / "out"
    connected("grafana", "files", str(folder))
    connected.home.rename(tmp_path / "gone")
    said = connected("grafana", "files", str(folder))
    assert (said.code, "is KPITAPS_HOME right?" in said.err) == (2, True)
    boards = list((folder / "dashboards/kpitaps").rglob("*.json"))
    assert boards
    for board in boards:
        board.unlink()
    assert connected("grafana", "files", str(folder)).code == 0


def test_another_home_is_refused(connected: CommandLine, tmp_path: Path) -> None:
    """A folder belongs to the home that wrote it, and moves only when somebody says so."""
    folders = (("grafana", "files", str(tmp_path / "g")), ("prometheus", "files", str(tmp_path / "p")))
    first = connected.home
    for command in folders:
        connected(*command)
    connected.set(home=str(first.rename(tmp_path / "moved")))
    for command in folders:
        said = connected(*command)
        assert (said.code, f"are of the home {first}, and this one is {tmp_path / 'moved'}" in said.err) == (2, True)
        assert connected(*command, "--take-over").code == 0
        assert connected(*command).out == ""


def test_a_company_that_is_gone_takes_its_files_along(connected: CommandLine, tmp_path: Path) -> None:
    """Its folder goes as the plan said, but for what somebody else put there."""
    folder = tmp_path / "out"
    alone = tmp_path / "alone"
    shutil.copytree(connected.home, alone)
    connected("company", "second", "--currency=EUR", "--time-zone=Europe/Amsterdam", "--name=Second")
    connected("grafana", "files", str(folder))
    (second,) = (folder / "dashboards/kpitaps").glob("*Second")
    (second / "mine.json").write_text("{}")
    shutil.rmtree(connected.home)
    alone.rename(connected.home)
    planned = connected("grafana", "files", str(folder), "--plan").out
    assert f"remove dashboards/kpitaps/{second.name}/kpitaps-second-overview.json" in planned
    connected("grafana", "files", str(folder))
    assert [path.name for path in second.iterdir()] == ["mine.json"]


def test_a_language_that_does_not_exist_is_told(connected: CommandLine, tmp_path: Path) -> None:
    """There are two."""
    said = connected("grafana", "files", str(tmp_path), "--language", "fr")
    assert (said.code, "there is no language 'fr': nl or en" in said.err) == (2, True)


def test_what_is_wrong_in_a_file_is_told(connected: CommandLine, tmp_path: Path) -> None:
    """A threshold that cannot become a rule is told, and everything else is written."""
    connected.home.joinpath("alerts.toml").write_text('[threshold.low]\nkpi = "nothing_of_ours"\nbelow = 5\n')
    said = connected("grafana", "files", str(tmp_path / "out"))
    assert (said.code, "Left out: " in said.err, "nothing_of_ours" in said.err) == (0, True, True)


def test_contacts_and_mute_times_arrive(
    connected: CommandLine, grafana: FakeGrafana, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is told, and when not, comes from alerts.toml with its secrets; all of it goes with the file."""
    monkeypatch.setenv("HOOK", "https://hooks.slack.com/services/secret")
    connected.home.joinpath("alerts.toml").write_text(ALERTS)
    said = connected("grafana", "apply")
    assert (said.code, "secret" in said.out + said.err) == (0, False), said.err
    assert {point["name"] for point in grafana.points.values()} == {"kpitaps-team"}
    assert "https://hooks.slack.com/services/secret" in json.dumps(grafana.points)
    assert connected("grafana", "apply").out == ""
    connected.home.joinpath("alerts.toml").unlink()
    assert connected("grafana", "apply").code == 0
    assert (grafana.points, grafana.mutes) == ({}, {})


def test_a_missing_secret_is_found_by_its_line(connected: CommandLine, grafana: FakeGrafana) -> None:
    """A contact whose address is not there keeps all from being applied: file and line say where it stands."""
    connected.home.joinpath("alerts.toml").write_text(ALERTS.replace("HOOK", "NO_SUCH_VAR"))
    said = connected("grafana", "apply")
    sentence = (
        "alerts.toml, line 4, [contact.team] webhook: there is no environment variable NO_SUCH_VAR, or it is empty"
    )
    assert (said.code, f"Error: {sentence}" in said.err, "nothing is applied" in said.err) == (3, True, True), said.err
    assert grafana.writes == []
