"""The alert rules of all companies: from their goals, ``alerts.toml`` and how kpitaps itself is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.alerts import FILE, AlertsFile, judged, read_alerts
from kpitaps.alerts.rules import GRAFANA_URL, strangers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.alerts import Rule
    from kpitaps.app.runtime import Runtime
    from kpitaps.grafana.scene import Scene


@dataclass(frozen=True, slots=True)
class Alerting:
    """The alert rules of all companies, and who is told of them.

    Attributes:
        rules: The rules, company by company.
        file: What ``alerts.toml`` says.
        zone: The time zone of mute times that name none.
        language: The language of what is told about several rules at once.
        problems: What is wrong with tables that became no rule, in sentences.
    """

    rules: tuple[Rule, ...]
    file: AlertsFile
    zone: str
    language: str
    problems: tuple[str, ...]


def alerting(runtime: Runtime, companies: Sequence[Scene]) -> Alerting:
    """Return the alert rules of the companies.

    Raises:
        BadDefinition: if ``alerts.toml`` is not to be read at all.
    """
    file, errors = read_alerts(runtime.environment.home / FILE)
    url = runtime.environment.grafana_url or GRAFANA_URL
    found = [judged(scene, file, grafana_url=url, with_process=at == 0) for at, scene in enumerate(companies)]
    first = companies[0] if companies else None
    unheard = strangers(companies, file) if companies else []
    wrong = (*errors, *unheard, *(error for each in found for error in each.errors))
    return Alerting(
        rules=tuple(rule for each in found for rule in each.rules),
        file=file,
        zone=first.company.calendar.zone.key if first else "",
        language=first.language if first else "en",
        problems=tuple(dict.fromkeys(map(str, wrong))),
    )
