"""The alert rules of all companies: from their goals, ``alerts.toml`` and how kpitaps itself is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.alerts import FILE, AlertsFile, judged, read_alerts
from kpitaps.alerts.rules import GRAFANA_URL, strangers
from kpitaps.app.scenes import scenes
from kpitaps.errors import BadDefinition

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
        problems: What is wrong with tables that became no rule, and with keys that were left out, in sentences.
    """

    rules: tuple[Rule, ...]
    file: AlertsFile
    zone: str
    language: str
    problems: tuple[str, ...]


def alerting(runtime: Runtime, companies: Sequence[Scene]) -> Alerting:
    """Return the alert rules of the companies.

    Raises:
        BadDefinition: if ``alerts.toml`` is not to be read at all, or who is to be told is not clear from it.
    """
    file, errors = read_alerts(runtime.environment.home / FILE)
    if file.unclear:
        said = "; ".join(map(str, file.unclear))
        raise BadDefinition(f"{said}; so it is not clear who is to be told, and nothing was written: mend it first")
    return _rules(runtime, companies, file, errors)


def alert_problems(runtime: Runtime, *, are_goals_known: bool = True) -> tuple[list[str], list[str]]:
    """Return what is wrong with ``alerts.toml``, in sentences: what keeps rules from being written, and the rest.

    Args:
        runtime: The process.
        are_goals_known: Whether ``goals.toml`` can be read; if not, its tables are not held against goals and KPIs.
    """
    path = runtime.environment.home / FILE
    try:
        file, errors = read_alerts(path)
    except BadDefinition as error:
        return [str(error)], []
    if file == AlertsFile() and not errors:
        return [], []
    unclear = [*map(str, file.unclear)]
    found = _rules(runtime, scenes(runtime), file, errors).problems if are_goals_known else map(str, errors)
    return unclear, [problem for problem in found if problem not in unclear]


def _rules(runtime: Runtime, companies: Sequence[Scene], file: AlertsFile, errors: Sequence[BadDefinition]) -> Alerting:
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
