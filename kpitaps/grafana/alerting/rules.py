"""Alert rules in the format of Grafana's files and in that of its API, which differ in their keys."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from kpitaps.alerts import folder_uid
from kpitaps.alerts.rule import EVERY, duration
from kpitaps.grafana.alerting.model import CONDITION, data, messages
from kpitaps.grafana.alerting.names import contact_point_name, escaped, mute_timing_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kpitaps.alerts import Rule

ORGANISATION = 1

# What is not known is neither too low nor too high, in Grafana as in Prometheus; where it shall be told there is a
# rule for it. That nothing can be asked is an error, not an alert about a KPI; without a word it would be.
_STATES = {"noDataState": "OK", "execErrState": "Error"}


def file_groups(rules: Iterable[Rule], folders: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the groups of a provisioning file.

    Args:
        rules: The rules of all companies.
        folders: The title of each company's folder.
    """
    return [
        {
            "orgId": ORGANISATION,
            "name": _group_name(group),
            "folder": escaped(folders[company]),
            "interval": duration(EVERY),
            "rules": [_in_file(rule) for rule in some],
        }
        for company, group, some in _grouped(rules)
    ]


def api_rules(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return the groups as the API has them: each with ``folderUid``, ``title``, ``interval`` (seconds), ``rules``."""
    return [
        {
            "folderUid": folder_uid(company),
            "title": _group_name(group),
            "interval": int(EVERY.total_seconds()),
            "rules": [_in_api(rule, group) for rule in some],
        }
        for company, group, some in _grouped(rules)
    ]


def _grouped(rules: Iterable[Rule]) -> Iterator[tuple[str, str, list[Rule]]]:
    for (company, group), some in groupby(rules, lambda rule: (rule.company, rule.group.value)):
        yield company, group, list(some)


def _group_name(group: str) -> str:
    return f"kpitaps {group}"


def _in_file(rule: Rule) -> dict[str, Any]:
    said: dict[str, Any] = {
        "uid": rule.uid,
        "title": escaped(rule.title),
        "condition": CONDITION,
        "data": data(rule),
        **_STATES,
        "for": duration(rule.pending),
        "keepFiringFor": duration(rule.keep_firing),
        "missing_series_evals_to_resolve": _evaluations_missed(rule),
        "dashboardUid": rule.dashboard,
        **({} if rule.panel is None else {"panelId": rule.panel}),
        "annotations": {**messages(rule), **_place(rule)},
        "labels": {label: escaped(value) for label, value in rule.all_labels.items()},
        "isPaused": False,
    }
    return said | _settings(rule)


def _in_api(rule: Rule, group: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "uid": rule.uid,
        "orgID": ORGANISATION,
        "folderUID": folder_uid(rule.company),
        "ruleGroup": _group_name(group),
        "title": rule.title,
        "condition": CONDITION,
        "data": [{"queryType": "", **each} for each in data(rule)],
        **_STATES,
        "for": duration(rule.pending),
        "keep_firing_for": duration(rule.keep_firing),
        "missingSeriesEvalsToResolve": _evaluations_missed(rule),
        "annotations": {**messages(rule), **_place(rule)},
        "labels": rule.all_labels,
        "isPaused": False,
    }
    return said | _settings(rule)


def _evaluations_missed(rule: Rule) -> int:
    """Return how often one of several results may be missing before its alert ends, which keeping it does not cover."""
    return max(1, rule.keep_firing // EVERY)


def _place(rule: Rule) -> dict[str, str]:
    """Return where a rule's panel is: panels look for their alerts by it, and the API refuses one without the other."""
    return {} if rule.panel is None else {"__dashboardUid__": rule.dashboard, "__panelId__": str(rule.panel)}


def _settings(rule: Rule) -> dict[str, Any]:
    """Return to whom a rule's alerts go; without a contact that is for the organisation's policies to say."""
    if not rule.route.contact:
        return {}
    settings: dict[str, Any] = {
        "receiver": contact_point_name(rule.route.contact),
        # Grafana refuses to group without these two
        "group_by": ["grafana_folder", "alertname"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": duration(rule.route.repeat),
    }
    if rule.route.mutes:
        settings["mute_time_intervals"] = [mute_timing_name(mute) for mute in rule.route.mutes]
    return {"notification_settings": settings}
