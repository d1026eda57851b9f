"""``prometheus.yml``: what Prometheus scrapes here, which history it asks us for, and where its alerts go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from kpitaps.errors import BadUse
from kpitaps.kpis.metric_names import HISTORY_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping

JOB = "kpitaps"
"""The job that scrapes the figures."""

SELF_JOB = "kpitaps-itself"
"""The job that scrapes what kpitaps says of itself."""

READ_PATH = "/api/v1/read"

_HOST = re.compile(r"[\w.:-]+")

_DURATION = re.compile(r"[1-9][0-9]*(ms|[smhdwy])")

_WHY = {
    "scrape_interval": "figures change when a source was read, mostly every 15 minutes",
    "read_recent": "without it history is silent as soon as Prometheus has data of its own for that time",
    "filter_external_labels": "series of the past do not carry this server's external labels",
    "required_matchers": "all other queries stay with Prometheus",
    "metrics_path": "requests, budgets, repairs: what kpitaps says of itself",
}
"""What a reader would wonder about, by key."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server answers.

    Attributes:
        address: Its ``host:port``.
        scheme: ``http`` or ``https``.
    """

    address: str
    scheme: str = "http"

    @classmethod
    def parse(cls, text: str, option: str) -> Self:
        """Return the server of ``host:port`` or ``https://host``.

        Raises:
            BadUse: if the text is neither.
        """
        parts = urlsplit(text if "://" in text else f"//{text}", scheme="http")
        try:
            whole = f"{parts.hostname or ''}:{parts.port or (443 if '://' in text and parts.scheme == 'https' else '')}"
        except ValueError:
            whole = ""
        host, _, port = whole.rpartition(":")
        rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
        if not _HOST.fullmatch(host) or not port or rest or parts.scheme not in ("http", "https"):
            raise BadUse(f"{option} {text!r} is no server: write host:port, or https://host")
        return cls(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", parts.scheme)


@dataclass(frozen=True, slots=True)
class PrometheusPlace:
    """What a Prometheus is to know of its surroundings.

    Attributes:
        kpitaps: Where kpitaps answers.
        alertmanager: Where its alerts go; None for nowhere.
        scrape_interval: How often it asks for the figures, as Prometheus writes durations.
        token_file: The file, as Prometheus sees it, with the token that kpitaps asks for; empty where it asks for none.
            A relative path starts at the folder of ``prometheus.yml``.
        rule_files: Names of rule files, relative to the same folder.
    """

    kpitaps: Server
    alertmanager: Server | None = None
    scrape_interval: str = "1m"
    token_file: str = ""
    rule_files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an interval that Prometheus would not understand.

        Raises:
            BadUse: if it is none.
        """
        if not _DURATION.fullmatch(self.scrape_interval):
            raise BadUse(f"--scrape-interval {self.scrape_interval!r} is no duration: write one such as 30s or 1m")


def remote_read(place: PrometheusPlace) -> str:
    """Return the ``remote_read`` block alone, for a ``prometheus.yml`` that somebody has already."""
    return _yaml({"remote_read": [_reading(place)]})


def prometheus_config(place: PrometheusPlace) -> str:
    """Return the text of ``prometheus.yml``."""
    config: dict[str, Any] = {
        "global": {"scrape_interval": place.scrape_interval, "evaluation_interval": "1m"},
        "rule_files": list(place.rule_files),
        "alerting": {"alertmanagers": [_alerting(place.alertmanager)] if place.alertmanager else []},
        "scrape_configs": [_scraping(place, JOB), _scraping(place, SELF_JOB, "/metrics/self")],
        "remote_read": [_reading(place)],
    }
    for name in ("rule_files", "alerting"):
        if not config[name] or config[name] == {"alertmanagers": []}:
            del config[name]
    return "# Written by kpitaps prometheus files: what is changed here is overwritten.\n" + _yaml(config)


def _scraping(place: PrometheusPlace, job: str, path: str = "") -> dict[str, Any]:
    return {
        "job_name": job,
        **({"metrics_path": path} if path else {}),
        **_scheme(place.kpitaps),
        **_authorization(place),
        "static_configs": [{"targets": [place.kpitaps.address]}],
    }


def _reading(place: PrometheusPlace) -> dict[str, Any]:
    return {
        "name": JOB,
        "url": f"{place.kpitaps.scheme}://{place.kpitaps.address}{READ_PATH}",
        "read_recent": True,
        "filter_external_labels": False,
        "required_matchers": dict([HISTORY_LABEL]),
        **_authorization(place),
    }


def _alerting(server: Server) -> dict[str, Any]:
    return {**_scheme(server), "static_configs": [{"targets": [server.address]}]}


def _scheme(server: Server) -> Mapping[str, str]:
    return {} if server.scheme == "http" else {"scheme": server.scheme}


def _authorization(place: PrometheusPlace) -> Mapping[str, Any]:
    return {"authorization": {"credentials_file": place.token_file}} if place.token_file else {}


def _yaml(value: Mapping[str, Any]) -> str:
    """Return a value as YAML, each of the keys that need it with its reason."""
    import yaml  # noqa: PLC0415 - only where a file is written

    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
    return "".join(f"{line}{_reason(line)}\n" for line in text.splitlines())


def _reason(line: str) -> str:
    why = _WHY.get(line.strip().removeprefix("- ").partition(":")[0])
    return f" # {why}" if why else ""
