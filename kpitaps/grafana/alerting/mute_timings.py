"""Mute times as Grafana has them; files and API agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps.grafana.alerting.names import mute_timing_name

if TYPE_CHECKING:
    from kpitaps.alerts import AlertsFile


def mute_timings(alerts: AlertsFile, zone: str = "") -> list[dict[str, Any]]:
    """Return the mute times; ``zone`` is the time zone of those that name none, empty for UTC."""
    return [
        {"name": mute_timing_name(mute.key), "time_intervals": mute.intervals(zone or "UTC")} for mute in alerts.mutes
    ]
