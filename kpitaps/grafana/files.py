"""Grafana's provisioning folder: data source, dashboards and alerting as the files it reads when it starts.

Valid for Grafana 9.4 to 13. What an older one does not know it ignores: ``unloadEvaluator`` before 10.3 (an alert then
ends at its threshold), ``notification_settings`` before 11.0 (alerts then go where the organisation's policies send
them), ``keepFiringFor`` and ``missing_series_evals_to_resolve`` before 12.1.2 (its API knows them since 12.0).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from kpitaps.grafana.wanted import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kpitaps.grafana.dashboards import Dashboard
    from kpitaps.grafana.wanted import Wanted

DASHBOARDS_PATH = "/etc/grafana/provisioning/dashboards/kpitaps"
"""Where Grafana finds the dashboards, if its provisioning folder is where its packages and image have it."""

DASHBOARDS = "dashboards/kpitaps"
"""The folder of the dashboards in the provisioning folder."""

ALERTING = "alerting/kpitaps.yaml"
"""The file of alert rules, contact points and mute times."""

_ORGANISATION = 1
_HEAD = "# Written by `kpitaps grafana files`: what is changed here is overwritten by the next run.\n"

_DELETIONS = {
    "deleteRules": "uid",
    "deleteContactPoints": "uid",
}
"""What Grafana is told to delete, and by what it knows those things.

No mute times: it deletes them before it reads the rules, and does not start if a rule of before still names one.
"""


def provisioning_files(
    wanted: Wanted, *, dashboards_path: str = DASHBOARDS_PATH, earlier: str | None = None
) -> dict[str, str]:
    """Return the files by their paths in the provisioning folder.

    Args:
        wanted: What Grafana is to have.
        dashboards_path: The folder of the dashboards as Grafana sees it.
        earlier: What is in `ALERTING` of an earlier run: what is there and no longer wanted is told to be deleted,
            because Grafana keeps what merely is not mentioned any more.
    """
    return {
        "datasources/kpitaps.yaml": _yaml(_data_sources(wanted)),
        "dashboards/kpitaps.yaml": _yaml(_providers(dashboards_path)),
        **{
            f"{DASHBOARDS}/{folder.title}/{dashboard.uid}.json": dashboard_text(dashboard)
            for folder in wanted.folders
            for dashboard in folder.dashboards
        },
        ALERTING: _yaml(_alerting(wanted.alerting, _parsed(earlier))),
    }


def dashboard_text(dashboard: Dashboard) -> str:
    """Return a dashboard as the text of a file: the same text for the same dashboard."""
    return json.dumps(dashboard.model, ensure_ascii=False, indent=2) + "\n"


def _data_sources(wanted: Wanted) -> dict[str, Any]:
    source = wanted.data_source()
    # People may choose what they like as their default; a read-only one cannot be changed by hand, and is not lost.
    fixed = {"orgId": _ORGANISATION, "isDefault": False, "editable": False}
    return {"apiVersion": 1, "datasources": [{**source, **fixed, "url": _literal(source["url"])}]}


def _providers(path: str) -> dict[str, Any]:
    """Return one provider for all folders: Grafana reads a provider when it starts, but looks for files all the time.

    A company that is new gets its folder without a restart that way. Folders are called as the directories are.
    """
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": "kpitaps",
                "orgId": _ORGANISATION,
                "type": "file",
                "disableDeletion": False,
                "allowUiUpdates": False,
                "updateIntervalSeconds": 30,
                "options": {"path": _literal(path.rstrip("/")), "foldersFromFilesStructure": True},
            }
        ],
    }


def _alerting(wanted: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is wanted, and what to delete of what earlier runs made.

    Deletions stay for good: a Grafana may be started again with a backup of its database, and to delete what is
    not there is no error.
    """
    there = {what: set(names) for what, names in _made(wanted)}
    deletions: dict[str, list[dict[str, Any]]] = {}
    for what, names in _made(earlier):
        by = _DELETIONS[what]
        told = [each[by] for each in _rows(earlier, what) if by in each]
        # What somebody added to our file by hand is theirs.
        gone = sorted(name for name in {*names, *told} - there[what] if name.startswith(PREFIX))
        if gone:
            deletions[what] = [{"orgId": _ORGANISATION, by: name} for name in gone]
    return {"apiVersion": 1, **wanted, **deletions}


def _made(alerting: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield by what Grafana knows the rules and contact points of a file."""
    yield "deleteRules", [rule["uid"] for group in _rows(alerting, "groups") for rule in _rows(group, "rules")]
    points = _rows(alerting, "contactPoints")
    yield "deleteContactPoints", [each["uid"] for point in points for each in _rows(point, "receivers")]


def _rows(mapping: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return mapping.get(key) or []


def _parsed(text: str | None) -> dict[str, Any]:
    """Return what an earlier file says; nothing if somebody spoilt it, which its successor mends."""
    try:
        found = yaml.safe_load(text or "")
        list(_made(found))
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _literal(text: str) -> str:
    """Return a text in which Grafana replaces no ``$NAME`` by a variable of its environment."""
    return text.replace("$", "$$")


def _yaml(content: dict[str, Any]) -> str:
    return _HEAD + yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Repeats what occurs twice: anchors and aliases are nothing to read, nor to compare."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True
