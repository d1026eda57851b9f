"""What Grafana is to have of this home, and the two ways of giving it: files and its API."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from kpitaps.alerts import AlertsFile
from kpitaps.app.alerting import alerting
from kpitaps.app.scenes import scenes
from kpitaps.app.written_files import write_files
from kpitaps.errors import BadUse
from kpitaps.grafana import alerting as in_grafana
from kpitaps.grafana.dashboards import build
from kpitaps.grafana.files import ALERTING, DASHBOARDS, DASHBOARDS_PATH, provisioning_files
from kpitaps.grafana.wanted import Folder, Wanted

if TYPE_CHECKING:
    from pathlib import Path

    from kpitaps.app.alerting import Alerting
    from kpitaps.app.runtime import Runtime
    from kpitaps.app.written_files import Changes
    from kpitaps.grafana.scene import Scene

NOTHING = "there is nothing to show yet: connect an account with kpitaps add, then run kpitaps sync"

KIND = "grafana"
"""Whose files those in a provisioning folder are."""


@dataclass(frozen=True, slots=True)
class Provisions:
    """What Grafana is to have, before it is decided how it gets it.

    Attributes:
        scenes: The companies.
        alerting: Their alert rules.
        prometheus_url: Where Grafana finds Prometheus; empty for where it already looks, or the usual place.
        home: The home that it is made of.
    """

    scenes: tuple[Scene, ...]
    alerting: Alerting
    prometheus_url: str
    home: Path

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with alerts that are left out, in sentences; what is with goals is logged as they are read."""
        return self.alerting.problems

    @property
    def referred(self) -> tuple[str, ...]:
        """The variables and files that Grafana must find before it reads files: secrets of contacts."""
        return in_grafana.referred(self.alerting.file)

    def for_files(self) -> Wanted:
        """Return what files need: secrets stay where they are, and only their places are named."""
        folders = self._folders()
        file = in_grafana.provisioning_file(
            self.alerting.rules,
            self.alerting.file,
            folders={folder.company: folder.title for folder in folders},
            zone=self.alerting.zone,
            language=self.alerting.language,
        )
        return Wanted(self.prometheus_url, folders, alerting=file)

    def for_api(self) -> Wanted:
        """Return what the API needs.

        Raises:
            BadUse: if there is no company yet.
            BadSettings: if the variable or file with a contact's secret is not there.
        """
        if not self.scenes:
            raise BadUse(NOTHING)
        file = self.alerting.file
        return Wanted(
            self.prometheus_url,
            self._folders(),
            groups=tuple(in_grafana.api_rules(self.alerting.rules)),
            contact_points=tuple(in_grafana.contact_points(file, self.alerting.language)),
            mute_timings=tuple(in_grafana.mute_timings(file, self.alerting.zone)),
        )

    def _folders(self) -> tuple[Folder, ...]:
        names = Counter(scene.company.name.casefold() for scene in self.scenes)
        return tuple(_folder(scene, is_shared=names[scene.company.name.casefold()] > 1) for scene in self.scenes)


def _folder(scene: Scene, *, is_shared: bool) -> Folder:
    """Return a company's folder: titles of folders are unique, and names of companies need not be."""
    company = scene.company
    if is_shared:
        company = replace(company, name=f"{company.name} ({company.key})")
    return Folder.of(company, build(scene), is_only=scene.is_only)


def provisions(
    runtime: Runtime, *, language: str = "", prometheus_url: str = "", with_alerts: bool = True
) -> Provisions:
    """Return what Grafana is to have.

    Args:
        runtime: The process.
        language: ``en`` or ``nl``; empty for that of each company.
        prometheus_url: Where Grafana finds Prometheus; empty for what the environment says.
        with_alerts: Whether Grafana is to have alert rules; if not, those that it has from us go.

    Raises:
        BadUse: if there is no such language.
        BadDefinition: if ``goals.toml`` or ``alerts.toml`` is not to be read at all, or who is told is not clear.
    """
    runtime.goals.check()
    companies = scenes(runtime, language)
    rules = alerting(runtime, companies)
    if not with_alerts:
        rules = replace(rules, rules=(), file=AlertsFile())
    url = prometheus_url or runtime.environment.prometheus_url
    return Provisions(companies, rules, url, runtime.environment.home)


def write_grafana_files(
    found: Provisions,
    folder: Path,
    *,
    dashboards_path: str = DASHBOARDS_PATH,
    take_over: bool = False,
    plan: bool = False,
) -> Changes:
    """Bring Grafana's provisioning folder to what is wanted.

    Args:
        found: What Grafana is to have.
        folder: Its provisioning folder.
        dashboards_path: The folder of our dashboards as Grafana sees it.
        take_over: Whether files that were made of another home count as ours.
        plan: Whether only to tell what would be changed.

    Raises:
        BadUse: if something cannot be read or written, somebody else's file is in the way, the files there were made of
            another home, or there is no company, while there are dashboards of one: then a disk is hardly where it
            should be.
    """
    try:
        earlier = (folder / ALERTING).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        earlier = None
    files = provisioning_files(found.for_files(), dashboards_path=dashboards_path, earlier=earlier)
    write = partial(write_files, folder, files, kind=KIND, home=found.home, take_over=take_over)
    changes = write(plan=True)
    if not found.scenes and any(change.path.startswith(f"{DASHBOARDS}/") for change in changes.files):
        raise BadUse(
            f"{NOTHING}; the dashboards in {folder} are left as they are (is KPITAPS_HOME right? if so, remove them)"
        )
    return changes if plan else write()
