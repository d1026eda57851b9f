"""What rules are made of: a company as dashboards show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kpitaps.kpis.metric_names import escaped_label

if TYPE_CHECKING:
    from kpitaps.kpis import CompanyFace, Kpi
    from kpitaps.kpis.goals import GoalFigure


class Watched(Protocol):
    """A company, its KPIs and its goals; a `kpitaps.grafana.Scene` is one."""

    @property
    def company(self) -> CompanyFace:
        """Whose rules they are."""

    @property
    def kpis(self) -> tuple[Kpi, ...]:
        """The KPIs that are fed."""

    @property
    def goals(self) -> tuple[GoalFigure, ...]:
        """Its goals as they stand."""

    @property
    def is_only(self) -> bool:
        """Whether it is the only company, so that its name need not be in titles."""

    @property
    def language(self) -> str:
        """The language of the texts: ``en`` or ``nl``."""


def series(metric: str, **labels: str) -> str:
    """Return the selector of the live series with these labels; what is empty is left out."""
    matchers = ",".join(f'{name}="{escaped_label(value)}"' for name, value in labels.items() if value)
    return f"{metric}{{{matchers}}}"


def one_by(labels: tuple[str, ...], query: str) -> str:
    """Return the query for one value per ``labels``, whichever and however many targets it was scraped from."""
    return f"max by ({', '.join(labels)}) ({query})"
