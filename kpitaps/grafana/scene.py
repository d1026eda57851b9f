"""What dashboards are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.kpis import CompanyFace, Kpi
    from kpitaps.kpis.goals import GoalFigure


@dataclass(frozen=True, slots=True)
class TapDashboard:
    """A dashboard that a tap brings along.

    Attributes:
        tap: The tap's name.
        title: What the tap is called.
        text: The dashboard, as classic JSON.
    """

    tap: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A connection, as dashboards show it.

    Attributes:
        connection: Its key.
        tap: Its tap's name.
        title: What the tap is called.
    """

    connection: str
    tap: str
    title: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to be shown of a company.

    Attributes:
        company: Whose dashboards they are.
        kpis: The KPIs that are fed, in their order.
        dated: Per KPI, by which event its measures are dated, in English and Dutch.
        fed_by: Per KPI, what the taps that feed it are called.
        goals: Its goals as they stand.
        sources: Its connections.
        of_taps: The dashboards that its taps bring along.
        is_only: Whether it is the only company, so that its name need not be in titles.
        language: ``en`` or ``nl``.
    """

    company: CompanyFace
    kpis: tuple[Kpi, ...]
    dated: Mapping[str, tuple[str, str]]
    fed_by: Mapping[str, tuple[str, ...]]
    goals: tuple[GoalFigure, ...]
    sources: tuple[Source, ...]
    of_taps: tuple[TapDashboard, ...]
    is_only: bool
    language: str
