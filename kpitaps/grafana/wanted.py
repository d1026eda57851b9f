"""What a Grafana is to have of a home: made once, and then written as files or applied through its API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kpitaps.alerts.places import DATA_SOURCE, folder_uid

if TYPE_CHECKING:
    from kpitaps.grafana.dashboards import Dashboard
    from kpitaps.kpis import CompanyFace

PREFIX = "kpitaps-"
"""What the uid of all we make begins with."""

TAG = "kpitaps"
"""The tag that all our dashboards carry."""

PROMETHEUS_URL = "http://127.0.0.1:9090"
"""Where Grafana finds Prometheus, if nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A company's folder, and the dashboards in it.

    Attributes:
        company: The company's key.
        uid: The folder's uid.
        title: What it is called, and in files its directory too: never with a slash, which is a path to Grafana.
        dashboards: The dashboards.
    """

    company: str
    uid: str
    title: str
    dashboards: tuple[Dashboard, ...]

    @classmethod
    def of(cls, company: CompanyFace, dashboards: tuple[Dashboard, ...], *, is_only: bool) -> Folder:
        """Return a company's folder; its name is in the title where there are several."""
        return cls(company.key, folder_uid(company.key), folder_title(company.name, is_only=is_only), dashboards)


def folder_title(company: str, *, is_only: bool) -> str:
    """Return what the folder of a company is called."""
    return "kpitaps" if is_only else f"kpitaps · {company.replace('/', '-')}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a Grafana is to have.

    Attributes:
        prometheus_url: Where Grafana finds Prometheus; empty for where it already looks, or the usual place.
        folders: The companies' folders.
        alerting: Groups of rules, contact points and mute times, in the format of provisioning files.
        groups: Rule groups in the format of the API: each with ``folderUid``, ``title``, ``interval`` and ``rules``.
        contact_points: Contact points in the format of the API.
        mute_timings: Mute timings in the format of the API.
    """

    prometheus_url: str
    folders: tuple[Folder, ...]
    alerting: dict[str, Any] = field(default_factory=dict)
    groups: tuple[dict[str, Any], ...] = ()
    contact_points: tuple[dict[str, Any], ...] = ()
    mute_timings: tuple[dict[str, Any], ...] = ()

    def data_source(self) -> dict[str, Any]:
        """Return the data source, in the format that files and API share."""
        return {
            "name": "kpitaps",
            "uid": DATA_SOURCE,
            "type": "prometheus",
            "access": "proxy",
            "url": self.prometheus_url or PROMETHEUS_URL,
            "jsonData": {
                "httpMethod": "POST",
                "prometheusType": "Prometheus",
                "timeInterval": "60s",
                # What Grafana remembers of earlier answers would hide corrections of past days.
                "incrementalQuerying": False,
                "cacheLevel": "None",
            },
        }
