"""``kpitaps prometheus``: files that Prometheus and Alertmanager take as they are."""

from __future__ import annotations

import json
import socket
import subprocess
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import yaml
from parts.needs import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parts.prometheus import Promtool

    from cli.conftest import CommandLine

NAMES = ("alertmanager.yml", "kpitaps-rules.yml", "prometheus.yml")


def read(folder: Path) -> dict[Path, bytes]:
    """Return what is in a folder and below."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Quiet(WSGIRequestHandler):
    """Says nothing of requests."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files are written."""
    return tmp_path / "files"


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str], list[str]]]:
    """A server that is told to read its files again: its address, what it was asked, what it answers."""
    requests: list[str] = []
    answers: list[str] = []

    def application(environ: Any, start: Any) -> list[bytes]:
        requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        start(answers[0] if answers else "200 OK", [("Content-Type", "text/plain")])
        return [b"couldn't load configuration" if answers else b""]

    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", requests, answers
        server.shutdown()


def test_prometheus_and_alertmanager_understand_them(connected: CommandLine, folder: Path, promtool: Promtool) -> None:
    """Their own checkers find nothing wrong, and the rules are loaded by the configuration."""
    (connected.home / "alerts.toml").write_text('[contact.ada]\nto = "ada@example.com"\n[defaults]\ncontact = "ada"\n')
    said = connected("prometheus", "files", str(folder), "--alertmanager-version=0.25")
    assert said.code == 0, said.err
    assert said.out.splitlines() == [f"create {name}" for name in NAMES]
    checked = promtool("check", "config", folder / "prometheus.yml")
    assert "kpitaps-rules.yml" in checked.stdout + checked.stderr
    assert checked.returncode == 0, checked.stdout + checked.stderr
    amtool = need("amtool", "tests let Alertmanager's own checker judge what we write")
    subprocess.run([amtool, "check-config", folder / "alertmanager.yml"], check=True, capture_output=True)


def test_a_second_run_writes_nothing(connected: CommandLine, folder: Path) -> None:
    """Where nothing has changed, nothing is written, and a plan has nothing to show."""
    connected("prometheus", "files", str(folder))
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    said = connected("prometheus", "files", str(folder))
    assert (said.out, said.err) == ("", f"0 changed in {folder}, 3 as they should be.\n")
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert connected("prometheus", "files", str(folder), "--plan").code == 0


def test_a_plan_shows_the_difference(connected: CommandLine, folder: Path) -> None:
    """A plan tells what would change and what was changed by hand, ends with 8, and writes nothing."""
    connected("prometheus", "files", str(folder))
    (folder / "prometheus.yml").write_text("mine")
    said = connected("prometheus", "files", str(folder), "--plan", "--scrape-interval=30s")
    assert said.code == 8
    assert said.out.startswith("change prometheus.yml (it was changed by hand")
    assert "+  scrape_interval: 30s" in said.out
    assert (folder / "prometheus.yml").read_text() == "mine"


def test_before_anything_is_connected(kpitaps: CommandLine, folder: Path, promtool: Promtool) -> None:
    """Without a company there are no rules yet, and Prometheus can start all the same."""
    assert kpitaps("prometheus", "files", str(folder)).code == 0
    assert promtool("check", "config", folder / "prometheus.yml").returncode == 0


def test_alerts_may_be_left_to_grafana(connected: CommandLine, folder: Path) -> None:
    """Rules and Alertmanager's file go when Grafana is to watch."""
    connected("prometheus", "files", str(folder))
    said = connected("prometheus", "files", str(folder), "--without-alerts")
    assert said.out.splitlines() == [
        "remove alertmanager.yml",
        "remove kpitaps-rules.yml",
        "change prometheus.yml",
    ]
    assert "alerting" not in yaml.safe_load((folder / "prometheus.yml").read_text())


def test_a_token_is_read_from_a_file(kpitaps: CommandLine, folder: Path) -> None:
    """The token itself is in no file that we write; where it is to be laid is said until it is there."""
    kpitaps.set(token="s3cret", listen="0.0.0.0:9999")
    said = kpitaps("prometheus", "files", str(folder))
    assert f"into {folder / 'kpitaps.token'}" in said.err
    assert all("s3cret" not in path.read_text() for path in folder.iterdir())
    (folder / "kpitaps.token").write_text("s3cret")
    assert "kpitaps.token" not in kpitaps("prometheus", "files", str(folder)).err
    config = yaml.safe_load((folder / "prometheus.yml").read_text())
    assert config["remote_read"][0]["authorization"] == {"credentials_file": "kpitaps.token"}
    assert config["scrape_configs"][0]["static_configs"] == [{"targets": ["127.0.0.1:9999"]}]


def test_the_block_alone(kpitaps: CommandLine) -> None:
    """What brings history can be pasted into a configuration that there is already."""
    said = kpitaps("prometheus", "remote-read", "--kpitaps=https://kpis.example.com", "--token-file=/etc/token")
    (block,) = yaml.safe_load(said.out)["remote_read"]
    assert block["url"] == "https://kpis.example.com:443/api/v1/read"
    assert block["authorization"] == {"credentials_file": "/etc/token"}


def test_servers_are_told_of_changes_only(
    kpitaps: CommandLine, folder: Path, asked: tuple[str, list[str], list[str]]
) -> None:
    """A server reads its files again when they have changed; one that does not run is no error."""
    url, requests, _ = asked
    for _ in range(2):
        said = kpitaps("prometheus", "files", str(folder), f"--reload={url}", "--reload=http://127.0.0.1:9")
        assert said.code == 0
    assert requests == ["POST /-/reload"]


def test_a_server_here_is_behind_no_proxy(
    kpitaps: CommandLine, folder: Path, asked: tuple[str, list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that the environment names is not asked for a server on this machine."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    url, requests, _ = asked
    kpitaps("prometheus", "files", str(folder), f"--reload={url}")
    assert requests == ["POST /-/reload"]


def test_a_server_that_refused_is_told_again(
    kpitaps: CommandLine, folder: Path, asked: tuple[str, list[str], list[str]]
) -> None:
    """What a server says against the files is told, and the next run asks it anew."""
    url, requests, answers = asked
    answers.append("500 Internal Server Error")
    said = kpitaps("prometheus", "files", str(folder), f"--reload={url}")
    assert (said.code, "couldn't load configuration" in said.err) == (2, True)
    answers.clear()
    assert kpitaps("prometheus", "files", str(folder), f"--reload={url}").code == 0
    assert len(requests) == 2


def test_a_server_is_told_by_whichever_run_names_it(
    kpitaps: CommandLine, folder: Path, asked: tuple[str, list[str], list[str]]
) -> None:
    """A run that names no server, or another one, leaves it to be told by the next."""
    url, requests, _ = asked
    kpitaps("prometheus", "files", str(folder))
    kpitaps("prometheus", "files", str(folder), "--reload=http://127.0.0.1:9")
    assert requests == []
    for _ in range(2):
        said = kpitaps("prometheus", "files", str(folder), f"--reload={url}/")
    assert (requests, "has read" in said.err) == (["POST /-/reload"], False)


def test_a_server_that_does_not_run_is_told_once_it_does(
    kpitaps: CommandLine, folder: Path, asked: tuple[str, list[str], list[str]]
) -> None:
    """Nobody listens there: that is said, is no error, and the others are told once."""
    url, requests, _ = asked
    for _ in range(2):
        said = kpitaps("prometheus", "files", str(folder), "--reload=http://127.0.0.1:9", f"--reload={url}")
        assert (said.code, "http://127.0.0.1:9 does not run; it is told once it does." in said.err) == (0, True)
    assert requests == ["POST /-/reload"]


def test_a_server_that_cannot_be_found_keeps_no_other_waiting(
    kpitaps: CommandLine, folder: Path, asked: tuple[str, list[str], list[str]]
) -> None:
    """A name that nobody knows is an error, and so is a server without TLS; the last one is told all the same."""
    url, requests, _ = asked
    wrong = ["--reload=http://nobody.invalid:9090", f"--reload={url.replace('http:', 'https:')}"]
    said = kpitaps("prometheus", "files", str(folder), *wrong, f"--reload={url}")
    assert said.code == 5
    assert said.err.splitlines()[-1].startswith("Error: http://nobody.invalid:9090 has not read its files again: ")
    assert "Error: https://127.0.0.1" in said.err
    assert requests == ["POST /-/reload"]


def test_what_is_written_meanwhile_is_told_of(
    kpitaps: CommandLine, folder: Path, asked: tuple[str, list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a server reads the files another run writes them anew: it has not read those."""
    url, requests, _ = asked

    def read_too_early(*_: object) -> bool:
        return kpitaps("prometheus", "files", str(folder), "--scrape-interval=30s").code == 0

    with monkeypatch.context() as patch:
        patch.setattr("kpitaps.app.reload._reload", read_too_early)
        assert kpitaps("prometheus", "files", str(folder), f"--reload={url}").code == 0
    kpitaps("prometheus", "files", str(folder), "--scrape-interval=30s", f"--reload={url}")
    assert requests == ["POST /-/reload"]


@pytest.mark.parametrize("note", ["", "{", "[]", '{"files": "x", "read": 1}'])
def test_a_note_that_cannot_be_read_counts_for_nothing(
    kpitaps: CommandLine, folder: Path, asked: tuple[str, list[str], list[str]], note: str
) -> None:
    """Early versions left an empty one where servers were still to be told."""
    url, requests, _ = asked
    kpitaps("prometheus", "files", str(folder))
    (folder / ".kpitaps-reload").write_text(note)
    kpitaps("prometheus", "files", str(folder), f"--reload={url}")
    assert requests == ["POST /-/reload"]


def test_a_mail_server_that_nobody_chose_is_told(connected: CommandLine, folder: Path) -> None:
    """Mail that would go to the machine's own server, or not be encrypted as asked, is said as long as it is so."""
    (connected.home / "alerts.toml").write_text('[contact.ada]\nto = "ada@example.com"\n[defaults]\ncontact = "ada"\n')
    said = connected("prometheus", "files", str(folder))
    assert "through localhost:25, from kpitaps@localhost: set KPITAPS_SMTP_HOST and KPITAPS_SMTP_FROM." in said.err
    connected.set(smtp_host="mail.example.com", smtp_from="kpis@example.com", smtp_security="tls", smtp_port="2465")
    said = connected("prometheus", "files", str(folder))
    assert ("localhost" in said.err, "on port 2465 Alertmanager uses STARTTLS instead" in said.err) == (False, True)


def break_off(server: socket.socket) -> None:
    """Take a connection, and drop it."""
    server.accept()[0].close()


def test_a_server_that_breaks_off_is_told_again(kpitaps: CommandLine, folder: Path) -> None:
    """A server that is just going down is no bug of ours: the next run asks it anew."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=break_off, args=(server,), daemon=True).start()
        said = kpitaps("prometheus", "files", str(folder), f"--reload=http://127.0.0.1:{server.getsockname()[1]}")
    assert (said.code, "has not read its files again" in said.err) == (5, True), said.err
    assert json.loads((folder / ".kpitaps-reload").read_text())["read"] == []


def test_a_run_that_was_cut_short_is_told_of(
    kpitaps: CommandLine, folder: Path, asked: tuple[str, list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends when all is written leaves a note for the next one, which tells the server."""
    url, requests, _ = asked

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("kpitaps.app.written_files._Manifest.keep", fail)
        assert kpitaps("prometheus", "files", str(folder), f"--reload={url}").code == 130
    assert kpitaps("prometheus", "files", str(folder), f"--reload={url}").code == 0
    assert requests == ["POST /-/reload"]


def test_an_empty_home_removes_no_rules(connected: CommandLine, folder: Path, tmp_path: Path) -> None:
    """Where the home's disk is missing, the alert rules that there are stay."""
    connected("prometheus", "files", str(folder))
    rules = (folder / "kpitaps-rules.yml").read_text()
    connected.home.rename(tmp_path / "gone")
    said = connected("prometheus", "files", str(folder))
    assert (said.code, "is KPITAPS_HOME right?" in said.err) == (2, True)
    assert "alert:" in rules
    assert (folder / "kpitaps-rules.yml").read_text() == rules


GOAL = '[goal.sold]\nkpi = "orders"\ntarget = 1\nperiod = "every month"\n'
WRITING = [("prometheus", "files"), ("grafana", "files"), ("grafana", "apply", "--url=http://127.0.0.1:9")]


@pytest.mark.parametrize("command", WRITING)
@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("goals.toml", f"{GOAL}[goal\n", "goals.toml is not valid TOML"),
        ("goals.toml", f"{GOAL}[gaol.x]\n", "goals.toml, line 5, gaol"),
        ("alerts.toml", '[contact.a]\nto = "ada"\n[defaults]\ncontact = "a"\n', "[contact.a] is wrong, see line 1"),
    ],
)
def test_what_cannot_be_read_takes_no_rule_away(
    connected: CommandLine, folder: Path, command: tuple[str, ...], file: str, text: str, said: str
) -> None:
    """What was written stays to the letter, and the exit code tells of it."""
    connected.set(grafana_token="x")
    (connected.home / "goals.toml").write_text(GOAL)
    where = [str(folder)] if command[1] == "files" else []
    written = where and connected(*command, *where).code == 0 and read(folder)
    (connected.home / file).write_text(text)
    found = connected(*command, *where)
    assert (found.code, said in found.err, found.out) == (3, True, "")
    assert found.err.count(said) == 1
    assert not where or read(folder) == written


def test_a_wrong_goal_is_told_once(connected: CommandLine, folder: Path) -> None:
    """Its place is said once, and the other goals have their rules."""
    (connected.home / "goals.toml").write_text(f'{GOAL}[goal.bad]\nkpi = "ordres"\ntarget = 1\n')
    found = connected("prometheus", "files", str(folder))
    assert (found.code, found.err.count("goals.toml, line 6")) == (0, 1)
    assert "goal-sold" in (folder / "kpitaps-rules.yml").read_text()


@pytest.mark.parametrize(
    "option",
    [
        "--kpitaps=here",
        "--alertmanager=there",
        "--scrape-interval=often",
        "--language=fr",
        "--alertmanager-version=0.24",
        "--reload=nonsense",
    ],
)
def test_what_cannot_be_is_told(connected: CommandLine, folder: Path, option: str) -> None:
    """An option that makes no sense is one sentence."""
    said = connected("prometheus", "files", str(folder), option)
    assert (said.code, said.err.splitlines()[-1].startswith("Error: ")) == (2, True), said.err
