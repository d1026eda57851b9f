"""What Prometheus and Alertmanager are to have of this home, as files in one folder."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kpitaps.alerts import alertmanager
from kpitaps.alerts.prometheus_rules import rule_file
from kpitaps.app.alerting import alerting
from kpitaps.app.goals import goal_problems
from kpitaps.app.scenes import scenes
from kpitaps.app.written_files import write_files
from kpitaps.errors import BadUse, RetryLater
from kpitaps.exposition.prometheus_config import PrometheusPlace, prometheus_config

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kpitaps.app.runtime import Runtime
    from kpitaps.app.written_files import Changes

KIND = "prometheus"
"""Whose files those in the folder are."""

CONFIG = "prometheus.yml"
RULES = "kpitaps-rules.yml"
ALERTMANAGER = "alertmanager.yml"

_PENDING = ".kpitaps-reload"
"""There while a server may not have read what was written."""

_PATIENCE = 30.0
"""Seconds a server may take to read its files again."""


@dataclass(frozen=True, slots=True)
class PrometheusFiles:
    """The files, before it is decided what becomes of them.

    Attributes:
        texts: Their names and what is in them.
        problems: What is wrong with goals and alerts that are left out, in sentences.
    """

    texts: Mapping[str, str]
    problems: tuple[str, ...]


def prometheus_files(
    runtime: Runtime,
    place: PrometheusPlace,
    *,
    language: str = "",
    secrets: str = alertmanager.SECRETS,
    alertmanager_version: str = "0.28",
) -> PrometheusFiles:
    """Return the files for Prometheus, and for Alertmanager if there is one.

    Args:
        runtime: The process.
        place: What Prometheus is to know of its surroundings, but for its rules.
        language: ``en`` or ``nl``; empty for that of each company.
        secrets: The folder in which Alertmanager finds addresses that are secret.
        alertmanager_version: Which Alertmanager is to read its file.

    Raises:
        BadUse: if there is no such language or version.
        BadDefinition: if ``alerts.toml`` is not to be read at all.
    """
    version = _version(alertmanager_version)
    if place.alertmanager is None:
        return PrometheusFiles({CONFIG: prometheus_config(place)}, ())
    found = alerting(runtime, scenes(runtime, language))
    mail = alertmanager.Mail.of(runtime.environment)
    told = alertmanager.config(found.rules, found.file, zone=found.zone, mail=mail, secrets=secrets, version=version)
    texts = {
        CONFIG: prometheus_config(replace(place, rule_files=(RULES,))),
        RULES: rule_file(found.rules),
        ALERTMANAGER: told,
    }
    return PrometheusFiles(texts, (*goal_problems(runtime), *found.problems))


def write_prometheus_files(files: PrometheusFiles, folder: Path, *, plan: bool = False) -> Changes:
    """Bring the folder to what is wanted.

    Args:
        files: What is wanted.
        folder: Where.
        plan: Whether only to tell what would be changed.

    Raises:
        BadUse: if something cannot be read or written, or somebody else's file is in the way.
    """
    changes = write_files(folder, files.texts, kind=KIND, plan=plan)
    if changes and not plan:
        (folder / _PENDING).touch()
    return changes


def reload_servers(folder: Path, urls: Iterable[str]) -> list[str]:
    """Have servers read their files again, if these have changed since the last time it succeeded.

    One that is not there reads them when it starts.

    Returns:
        The addresses of those that did.

    Raises:
        BadUse: if one of them refuses what was written, or does not read files on request.
        RetryLater: if one of them did not answer in time; the next call asks again.
    """
    import httpx  # noqa: PLC0415 - only where somebody is to be told

    if not (folder / _PENDING).exists():
        return []
    done = []
    for url in urls:
        # A server that does not run has nothing to forget.
        with suppress(httpx.ConnectError):
            try:
                answer = httpx.post(f"{url.rstrip('/')}/-/reload", timeout=_PATIENCE)
            except (httpx.InvalidURL, httpx.UnsupportedProtocol):
                raise BadUse(f"--reload {url!r} is no address: write one such as http://127.0.0.1:9090") from None
            except httpx.TimeoutException:
                raise RetryLater(f"{url} has not read its files again within {_PATIENCE:.0f} s") from None
            if not answer.is_success:
                raise BadUse(f"{url} has not read its files again: {answer.text.strip() or answer.status_code}")
            done.append(url)
    (folder / _PENDING).unlink()
    return done


def _version(text: str) -> tuple[int, int]:
    major, _, rest = text.partition(".")
    minor = rest.partition(".")[0]
    if not (major.isdecimal() and minor.isdecimal()) or (int(major), int(minor)) < (0, 25):
        raise BadUse(f"--alertmanager-version {text!r} is none that can be written for: 0.25 or later")
    return int(major), int(minor)
