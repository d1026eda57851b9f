"""One file for Grafana's provisioning folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps.grafana.alerting.contact_points import file_contact_points
from kpitaps.grafana.alerting.mute_timings import mute_timings
from kpitaps.grafana.alerting.rules import ORGANISATION, file_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpitaps.alerts import AlertsFile, Rule


def provisioning_file(
    rules: Sequence[Rule], alerts: AlertsFile, *, folders: Mapping[str, str], zone: str = "", language: str = "en"
) -> dict[str, Any]:
    """Return ``groups``, ``contactPoints`` and ``muteTimes`` in the format of provisioning files.

    Args:
        rules: The rules of all companies.
        alerts: What ``alerts.toml`` says.
        folders: The title of each company's folder, by its key.
        zone: The time zone of mute times that name none; empty for UTC.
        language: The language of mails and chats.
    """
    found = {
        "groups": file_groups(rules, folders),
        "contactPoints": file_contact_points(alerts, language),
        "muteTimes": [{"orgId": ORGANISATION, **each} for each in mute_timings(alerts, zone)],
    }
    return {kind: rows for kind, rows in found.items() if rows}
