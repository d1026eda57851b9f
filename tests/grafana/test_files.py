"""Grafana's provisioning folder: what is in it, and what a later run tells Grafana to delete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from grafana.file_types import DataSourcesFile, ProvidersFile
from grafana.wanted_world import board, panel, rule, wanted
from kpitaps.app.written_files import write_files
from kpitaps.grafana.files import ALERTING, provisioning_files
from kpitaps.grafana.wanted import Folder, folder_title

if TYPE_CHECKING:
    from pathlib import Path

    from kpitaps.grafana.wanted import Wanted


def read(what: Wanted, path: str, **options: Any) -> Any:
    """Return what a file says."""
    return yaml.safe_load(provisioning_files(what, **options)[path])


def test_the_data_source_is_known_by_its_uid() -> None:
    """Dashboards and rules refer to the uid; what Grafana remembers of earlier answers must not hide corrections."""
    (source,) = read(wanted(prometheus_url="http://prometheus:9090"), "datasources/kpitaps.yaml")["datasources"]
    assert (source["uid"], source["type"], source["url"]) == (
        *("kpitaps-prometheus", "prometheus"),
        "http://prometheus:9090",
    )
    assert source["jsonData"]["incrementalQuerying"] is False
    assert source["isDefault"] is False


def test_each_company_has_a_folder() -> None:
    """One provider names the place as Grafana sees it, and takes the folders' names from the directories there."""
    what = wanted()
    files = provisioning_files(what, dashboards_path="/dashboards/")
    (provider,) = yaml.safe_load(files["dashboards/kpitaps.yaml"])["providers"]
    assert provider["options"] == {"path": "/dashboards", "foldersFromFilesStructure": True}
    assert not {"folder", "folderUid"} & provider.keys()
    model = json.loads(files["dashboards/kpitaps/kpitaps/kpitaps-kade-overview.json"])
    assert model == what.folders[0].dashboards[0].model


def test_a_dollar_is_no_variable_of_the_environment() -> None:
    """Grafana replaces $NAME in what it reads, so a dollar that is meant is doubled."""
    what = wanted(prometheus_url="http://p:9090/$a")
    assert read(what, "dashboards/kpitaps.yaml", dashboards_path="/$x")["providers"][0]["options"]["path"] == "/$$x"
    assert read(what, "datasources/kpitaps.yaml")["datasources"][0]["url"] == "http://p:9090/$$a"


def test_a_folder_has_no_slash_in_its_title() -> None:
    """To Grafana a slash in a title is a path of folders."""
    assert folder_title("Kade / EU", is_only=False) == "kpitaps · Kade - EU"
    assert folder_title("Kade / EU", is_only=True) == "kpitaps"


def test_what_an_earlier_run_made_is_deleted() -> None:
    """Grafana keeps what a file merely does not mention any more, so it is told what to delete, for good."""
    first = provisioning_files(wanted())[ALERTING]
    less = wanted(rule("revenue"), alerting={"groups": wanted(rule("revenue")).alerting["groups"]})
    second = provisioning_files(less, earlier=first)[ALERTING]
    said = yaml.safe_load(second)
    assert said["deleteRules"] == [{"orgId": 1, "uid": "kpitaps-kade-rule-orders"}]
    assert said["deleteContactPoints"] == [{"orgId": 1, "uid": "kpitaps-chat"}]
    assert provisioning_files(less, earlier=second)[ALERTING] == second


def test_what_somebody_added_to_our_file_is_not_deleted() -> None:
    """A rule that is not ours is not told to be deleted, though it stood in our file."""
    earlier = yaml.safe_load(provisioning_files(wanted())[ALERTING])
    earlier["groups"][0]["rules"].append({"uid": "theirs"})
    earlier["contactPoints"].append({"name": "theirs", "receivers": [{"uid": "theirs"}]})
    found = read(wanted(), ALERTING, earlier=yaml.safe_dump(earlier))
    assert not {"deleteRules", "deleteContactPoints"} & found.keys()


def test_what_comes_back_is_not_deleted() -> None:
    """A goal that is set again gets its rule again."""
    first = provisioning_files(wanted())[ALERTING]
    gone = provisioning_files(wanted(rule("revenue")), earlier=first)[ALERTING]
    back = yaml.safe_load(provisioning_files(wanted(), earlier=gone)[ALERTING])
    assert not {"deleteRules", "deleteContactPoints"} & back.keys()


def test_mute_times_are_never_deleted() -> None:
    """Grafana would delete them before it reads the rules, and not start while one of those still names one."""
    first = provisioning_files(wanted())[ALERTING]
    spoken = yaml.safe_load(first) | {"deleteMuteTimes": [{"orgId": 1, "name": "kpitaps-night"}]}
    less = wanted(alerting={"groups": wanted().alerting["groups"]})
    assert "deleteMuteTimes" not in read(less, ALERTING, earlier=first)
    assert "deleteMuteTimes" not in read(less, ALERTING, earlier=yaml.safe_dump(spoken))


def test_grafana_knows_each_key_of_source_and_provider() -> None:
    """It ignores what it does not know, so that a slip would have no effect and no message."""
    assert DataSourcesFile.model_validate(read(wanted(), "datasources/kpitaps.yaml"))
    assert ProvidersFile.model_validate(read(wanted(), "dashboards/kpitaps.yaml"))


@pytest.mark.parametrize("spoilt", ["", "[", "- a", "groups: 1", "groups: [{rules: [{}]}]", "deleteRules: [x]", "1"])
def test_a_spoilt_file_is_replaced(spoilt: str) -> None:
    """What somebody made of our file keeps nobody from writing it anew."""
    assert provisioning_files(wanted(), earlier=spoilt) == provisioning_files(wanted())


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    """The same wishes are the same files, to the byte."""
    write_files(tmp_path, provisioning_files(wanted()), kind="grafana", home=tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    earlier = (tmp_path / ALERTING).read_text()
    assert not write_files(tmp_path, provisioning_files(wanted(), earlier=earlier), kind="grafana", home=tmp_path)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}


def test_neighbours_in_the_folder_stay(tmp_path: Path) -> None:
    """Files of others in the provisioning folder are never touched, and ours that are no more wanted go."""
    (tmp_path / "dashboards").mkdir()
    theirs = tmp_path / "dashboards" / "theirs.yaml"
    theirs.write_text("apiVersion: 1\n")
    write_files(tmp_path, provisioning_files(wanted()), kind="grafana", home=tmp_path)
    folder = Folder("kade", "kpitaps-kade", "kpitaps", (board("overview", panel(1, "up")),))
    write_files(tmp_path, provisioning_files(wanted(folders=(folder,))), kind="grafana", home=tmp_path)
    assert theirs.read_text() == "apiVersion: 1\n"
    assert [path.stem for path in (tmp_path / "dashboards/kpitaps/kpitaps").iterdir()] == ["kpitaps-kade-overview"]
