"""What an alert rule is: one definition, which Prometheus and Grafana each get in their own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpitaps.alerts.message import Text

EVERY = timedelta(minutes=1)
"""How often rules are looked at. Well below Prometheus' five minutes of looking back, which recovery relies on."""

KEPT = timedelta(minutes=10)
"""How long an alert goes on firing without its reason, so that a restart of kpitaps is no recovery."""


REPEAT = timedelta(days=1)
"""After how long an alert that lasts is told again."""


class Comparison(StrEnum):
    """On which side of its threshold a value is wrong."""

    BELOW = "below"
    ABOVE = "above"


class Severity(StrEnum):
    """How much it matters."""

    WARNING = "warning"
    CRITICAL = "critical"


class Group(StrEnum):
    """What rules are about."""

    GOALS = "goals"
    THRESHOLDS = "thresholds"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True)
class Route:
    """Who is told of a rule, and when not.

    Attributes:
        contact: The key of a contact; empty for whoever is told by default.
        mutes: Keys of the mute times during which nothing is sent.
        repeat: After how long it is told again while it lasts.
    """

    contact: str = ""
    mutes: tuple[str, ...] = ()
    repeat: timedelta = REPEAT


@dataclass(frozen=True, slots=True)
class Rule:
    """When somebody is told of what.

    A query without result never fires, and ends what fires: what is not known is neither too low nor too high. Where
    that itself shall be told, there is a rule of its own for it.

    Attributes:
        uid: Its name in Grafana.
        key: Its name within its company: the label ``rule``.
        company: The company's key.
        group: What it is about.
        title: What people call it.
        query: PromQL whose result has the labels in ``by``, without the comparison.
        comparison: On which side of ``threshold`` it fires.
        threshold: The value that is still right.
        recovers_at: Where it ends; None for the threshold itself.
        pending: How long the value must be wrong before it fires.
        keep_firing: How long it fires on after the value is right, or is not known.
        severity: How much it matters.
        labels: Labels that its alerts get, besides company, rule and severity.
        by: The labels of the query's result.
        summary: One line that says all there is to know.
        description: What else a person needs to decide.
        owner: Who answers for it; empty if nobody was named.
        dashboard: The uid of the dashboard that shows it.
        panel: The panel's number on it; None for the dashboard as a whole.
        grafana_url: Where Grafana is.
        docs_url: Where it is explained.
        route: Who is told.
        language: In which its texts are.
    """

    uid: str
    key: str
    company: str
    group: Group
    title: str
    query: str
    comparison: Comparison
    threshold: float
    recovers_at: float | None
    pending: timedelta
    keep_firing: timedelta
    severity: Severity
    labels: tuple[tuple[str, str], ...]
    by: tuple[str, ...]
    summary: Text
    description: Text
    owner: str
    dashboard: str
    panel: int | None
    grafana_url: str
    docs_url: str
    route: Route
    language: str

    @property
    def all_labels(self) -> dict[str, str]:
        """The labels that its alerts get, whatever those of the series are."""
        return {"company": self.company, "rule": self.key, "severity": self.severity.value, **dict(self.labels)}

    @property
    def dashboard_url(self) -> str:
        """The address at which its numbers are shown."""
        panel = "" if self.panel is None else f"?viewPanel={self.panel}"
        return f"{self.grafana_url.rstrip('/')}/d/{self.dashboard}{panel}"


def duration(length: timedelta) -> str:
    """Return a length of time as Prometheus and Grafana write it: ``90m``, ``1h``, ``2d``."""
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def number(value: float) -> str:
    """Return a threshold as PromQL writes it: whole numbers without a fraction."""
    return str(int(value)) if value == int(value) else repr(value)
