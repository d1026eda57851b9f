"""What Prometheus and Alertmanager are to have of this home, as files in one folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kpitaps.alerts import alertmanager
from kpitaps.alerts.prometheus_rules import rule_file
from kpitaps.app.alerting import alerting
from kpitaps.app.reload import expect_reload
from kpitaps.app.scenes import scenes
from kpitaps.app.written_files import write_files
from kpitaps.errors import BadUse
from kpitaps.exposition.prometheus_config import PrometheusPlace, prometheus_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kpitaps.app.runtime import Runtime
    from kpitaps.app.written_files import Changes

KIND = "prometheus"
"""Whose files those in the folder are."""

CONFIG = "prometheus.yml"
RULES = "kpitaps-rules.yml"
ALERTMANAGER = "alertmanager.yml"

_ALERT = "alert:"
"""In a rule file with rules."""


@dataclass(frozen=True, slots=True)
class PrometheusFiles:
    """The files, before it is decided what becomes of them.

    Attributes:
        texts: Their names and what is in them.
        home: The home that they are made of.
        problems: What is wrong with alerts that are left out, in sentences; what is with goals is logged as they are
            read.
        of_nobody: Whether rules are wanted, and there is no company yet to have any.
        secrets: The files that Alertmanager must find in its folder of secrets.
        placeholders: What must be filled in before an old Alertmanager can read its file.
        doubts: What will hardly work as it is, in sentences.
    """

    texts: Mapping[str, str]
    home: Path
    problems: tuple[str, ...] = ()
    of_nobody: bool = False
    secrets: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


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
        BadDefinition: if ``goals.toml`` or ``alerts.toml`` is not to be read at all, or who is told is not clear.
    """
    version, home = _version(alertmanager_version), runtime.environment.home
    if place.alertmanager is None:
        return PrometheusFiles({CONFIG: prometheus_config(place)}, home)
    runtime.goals.check()
    companies = scenes(runtime, language)
    found = alerting(runtime, companies)
    mail = alertmanager.Mail.of(runtime.environment)
    told = alertmanager.config(found.rules, found.file, zone=found.zone, mail=mail, secrets=secrets, version=version)
    texts = {
        CONFIG: prometheus_config(replace(place, rule_files=(RULES,))),
        RULES: rule_file(found.rules),
        ALERTMANAGER: told,
    }
    needed = alertmanager.secret_files(found.file, mail, version)
    unfilled = alertmanager.placeholders(found.file, version)
    return PrometheusFiles(
        texts,
        home,
        found.problems,
        of_nobody=not companies,
        secrets=needed,
        placeholders=unfilled,
        doubts=alertmanager.mail_doubts(found.file, runtime.environment, version),
    )


def write_prometheus_files(
    files: PrometheusFiles, folder: Path, *, take_over: bool = False, plan: bool = False
) -> Changes:
    """Bring the folder to what is wanted.

    Args:
        files: What is wanted.
        folder: Where.
        take_over: Whether files that were made of another home count as ours.
        plan: Whether only to tell what would be changed.

    Raises:
        BadUse: if something cannot be read or written, somebody else's file is in the way, the files there were made of
            another home, or there is no company, while there are rules of one: then a disk is hardly where it should
            be.
        RetryLater: if another run that writes there does not come to an end.
    """

    def before(changes: Changes) -> None:
        if files.of_nobody and any(change.path == RULES and _ALERT in change.before for change in changes.files):
            raise BadUse(
                f"there is no company yet; the alert rules in {folder} are left as they are (is KPITAPS_HOME right? "
                "if so, remove them)"
            )
        if not plan:
            expect_reload(folder)  # first: a run that is cut short is told of by the next one

    return write_files(folder, files.texts, kind=KIND, home=files.home, take_over=take_over, plan=plan, before=before)


def _version(text: str) -> tuple[int, int]:
    major, _, rest = text.partition(".")
    minor = rest.partition(".")[0]
    if not (major.isdecimal() and minor.isdecimal()) or (int(major), int(minor)) < (0, 25):
        raise BadUse(f"--alertmanager-version {text!r} is none that can be written for: 0.25 or later")
    return int(major), int(minor)
