"""``prometheus.yml``: what Prometheus itself makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from kpitaps.errors import BadUse
from kpitaps.exposition.prometheus_config import PrometheusPlace, Server, prometheus_config, remote_read

if TYPE_CHECKING:
    from pathlib import Path

    from parts.prometheus import Promtool

HERE = Server("127.0.0.1:9470")
PLACES = {
    "the least": PrometheusPlace(HERE),
    "everything": PrometheusPlace(
        Server("kpis.example.com:443", "https"), Server("[::1]:9093"), "30s", "kpitaps.token", ("kpitaps-rules.yml",)
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_prometheus_understands_it(name: str, promtool: Promtool, tmp_path: Path) -> None:
    """Promtool finds nothing wrong, whatever is said of the surroundings."""
    for file in ("kpitaps-rules.yml", "kpitaps.token"):
        (tmp_path / file).write_text("groups: []" if file.endswith("yml") else "secret")
    (tmp_path / "prometheus.yml").write_text(prometheus_config(PLACES[name]))
    done = promtool("check", "config", tmp_path / "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_history_is_asked_for_by_its_label_alone() -> None:
    """The block has what queries of the past need, and no other query comes to us."""
    (block,) = yaml.safe_load(remote_read(PLACES["everything"]))["remote_read"]
    assert block == {
        "name": "kpitaps",
        "url": "https://kpis.example.com:443/api/v1/read",
        "read_recent": True,
        "filter_external_labels": False,
        "required_matchers": {"kpitaps": "history"},
        "authorization": {"credentials_file": "kpitaps.token"},
    }


def test_the_block_alone_is_the_one_in_the_file() -> None:
    """What people paste is what a generated file has."""
    place = PLACES["the least"]
    assert yaml.safe_load(remote_read(place)).items() <= yaml.safe_load(prometheus_config(place)).items()


def test_both_pages_are_scraped() -> None:
    """The figures, and what kpitaps says of itself, each as a job."""
    jobs = yaml.safe_load(prometheus_config(PLACES["the least"]))["scrape_configs"]
    assert [(job["job_name"], job.get("metrics_path", "/metrics")) for job in jobs] == [
        ("kpitaps", "/metrics"),
        ("kpitaps-itself", "/metrics/self"),
    ]


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("kpitaps:9470", Server("kpitaps:9470")),
        ("[::1]:9470", Server("[::1]:9470")),
        ("http://10.0.0.1:9470/", Server("10.0.0.1:9470")),
        ("https://kpis.example.com", Server("kpis.example.com:443", "https")),
    ],
)
def test_a_server_is_named(text: str, server: Server) -> None:
    """A server is host and port, or an address without a path."""
    assert Server.parse(text, "--kpitaps") == server


@pytest.mark.parametrize("text", ["", "kpitaps", "kpitaps:", "h:99999", "u@h:1", "h:1/x", "ftp://h:1", "a b:1", "h:x"])
def test_what_is_no_server_is_told(text: str) -> None:
    """Anything else is refused by the name of the option."""
    with pytest.raises(BadUse, match=r"^--kpitaps .* is no server"):
        Server.parse(text, "--kpitaps")


@pytest.mark.parametrize("text", ["", "1", "0s", "1 m", "-1s", "1m\nx: y"])
def test_what_is_no_duration_is_told(text: str) -> None:
    """An interval that Prometheus would refuse is refused before anything is written."""
    with pytest.raises(BadUse, match="is no duration"):
        PrometheusPlace(HERE, scrape_interval=text)
