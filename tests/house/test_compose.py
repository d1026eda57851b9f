"""The compose files and systemd's units, held against the program: Docker itself is not run."""

from __future__ import annotations

import re
import shlex
import subprocess
from shutil import which
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.main import get_command

from house.checkout import ROOT
from house.promises import described
from kpitaps.cli.main import app
from kpitaps.grafana.files import DASHBOARDS_PATH

if TYPE_CHECKING:
    from pathlib import Path

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DEMO: dict[str, Any] = yaml.safe_load((ROOT / "compose.demo.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SCRIPT = (ROOT / "compose/keep-files.sh").read_text().replace("\\\n", " ")
PAGE = (ROOT / "docs/how-to/without-containers.md").read_text()
UNITS = dict(re.findall(r"`/etc/systemd/system/([\w.-]+)`:\n\n```ini\n(.*?)```", PAGE, re.DOTALL))


def called(text: str) -> list[list[str]]:
    """Return the arguments of each call of kpitaps in a shell script or unit."""
    calls = re.findall(r"(?:^ *|&& *|^ExecStart=/opt/kpitaps/bin/)kpitaps (.+?)(?= +&& |$)", text, re.MULTILINE)
    return [shlex.split(call) for call in calls]


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """Return what a service sees: target → source."""
    long = [each for each in service.get("volumes", []) if isinstance(each, dict)]
    short = [each.split(":") for each in service.get("volumes", []) if isinstance(each, str)]
    return {each["target"]: each["source"] for each in long} | {parts[1]: parts[0] for parts in short}


def test_what_services_name_is_there() -> None:
    """Volumes, secrets and services that are named are declared, and files that are mounted are in the checkout."""
    for name, service in SERVICES.items():
        sources = set(mounts(service).values())
        files = {source for source in sources if source.startswith("./compose")} - {"./compose/secrets/alertmanager"}
        assert {source for source in sources if not source.startswith("./")} <= set(COMPOSE["volumes"]), name
        assert all((ROOT / file).exists() for file in files), name
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"]), name
        assert set(service.get("depends_on", ())) <= set(SERVICES), name
    assert (ROOT / COMPOSE["x-kpitaps"]["build"]["dockerfile"]).exists()
    assert set(DEMO["services"]) <= set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_looked_after(name: str) -> None:
    """Each has a fixed version, says whether it is well, starts again, and listens to this machine only."""
    service = SERVICES[name]
    assert re.fullmatch(r"[\w/]+:(v?\d+\.\d+\.\d+|local)", service["image"])
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_what_is_written_is_what_is_read() -> None:
    """The folders that kpitaps writes are those that the others read, at the paths that the files name."""
    written, prometheus, alertmanager, grafana = (
        mounts(SERVICES[name]) for name in ("files", "prometheus", "alertmanager", "grafana")
    )
    assert written["/files/prometheus"] == prometheus["/etc/kpitaps"] == alertmanager["/etc/kpitaps"]
    assert "--config.file=/etc/kpitaps/prometheus.yml" in SERVICES["prometheus"]["command"]
    assert "--config.file=/etc/kpitaps/alertmanager.yml" in SERVICES["alertmanager"]["command"]
    folder = DASHBOARDS_PATH.removesuffix("/dashboards/kpitaps")
    assert written["/files/grafana"] == grafana[folder]
    assert {"/files/prometheus", "/files/grafana"} == set(re.findall(r"/files/\w+", SCRIPT))
    assert ".".join(SERVICES["alertmanager"]["image"].split(":v")[-1].split(".")[:2]) >= "0.28"


def test_addresses_are_those_of_services() -> None:
    """Every address that is handed over is a service's name, at the port that it listens on."""
    ports = {"kpitaps": "9470", "prometheus": "9090", "alertmanager": "9093", "grafana": "3000"}
    named = re.findall(r"(?<![\w/])(?:http://)?([a-z]+):(\d{4})\b", SCRIPT)
    assert named
    assert {(name, ports[name]) for name, _ in named} == set(named)
    assert SERVICES["kpitaps"]["environment"]["KPITAPS_LISTEN"].endswith(":" + ports["kpitaps"])


@pytest.mark.parametrize("text", [SCRIPT, *UNITS.values()], ids=["compose", *UNITS])
def test_commands_are_ours(text: str) -> None:
    """Every command that is called exists, with all of its options."""
    calls = called(text)
    assert bool(calls) == ("[Timer]" not in text)
    for words in calls:
        command: Any = get_command(app)
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known


def test_variables_are_in_the_reference() -> None:
    """Every variable of ours that the files set is described."""
    texts = [(ROOT / name).read_text() for name in ("compose.yaml", "compose.demo.yaml", "compose/Dockerfile")]
    named = set(re.findall(r"KPITAPS_[A-Z_]+", "\n".join([*texts, *UNITS.values()])))
    reference = described()
    assert {name for name in named if name.removesuffix("_FILE") not in reference} == set()
    assert "_FILE" in reference


def test_what_the_image_is_made_of_is_sent() -> None:
    """What the image is built from is in the checkout, and not kept from the builder."""
    lines = (ROOT / "compose/Dockerfile").read_text().splitlines()
    copied = {word for line in lines if re.match(r"COPY (?!--from)", line) for word in line.split()[1:-1]}
    sent = {line[1:] for line in (ROOT / "compose/Dockerfile.dockerignore").read_text().split() if line[0] == "!"}
    assert copied == sent
    assert all((ROOT / name).exists() for name in copied)


def test_secrets_stay_out_of_the_repository() -> None:
    """What people put beside the compose file is ignored by git."""
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {"compose/secrets/", "compose/kpitaps.env"} <= set(ignored)


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """Systemd's own checker finds nothing to say about the units of the page."""
    if not (program := which("systemd-analyze")):
        pytest.skip("systemd-analyze is not installed: it judges the units that the docs show")
    assert set(UNITS) == {"kpitaps.service", "kpitaps-files.service", "kpitaps-files.timer"}
    for name, text in UNITS.items():
        (tmp_path / name).write_text(text.replace("/opt/kpitaps/bin/kpitaps", "/bin/true"))
    done = subprocess.run(
        [program, "verify", *(tmp_path / name for name in UNITS)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
