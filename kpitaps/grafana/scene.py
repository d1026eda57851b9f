"""What dashboards are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kpitaps.kpis.goals.character import Character

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.kpis import CompanyFace, Kpi
    from kpitaps.kpis.goals import GoalFigure

_DIVISION = re.compile(r"/ *[^ \d]")
"""A division by anything but a number."""


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
        characters: Per KPI, what kind of number it gives; one that is not there is taken for a rate.
        counted: The KPIs that count distinct subjects, alone or in a quotient: what their windows were on past days is
            known only since the sources were first asked for just those windows; single days are known for longer.
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
    characters: Mapping[str, Character] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()

    def character(self, kpi: str) -> Character:
        """Return what kind of number a KPI gives."""
        return self.characters.get(kpi, Character.RATE)

    def divides(self, kpi: Kpi) -> bool:
        """Return whether a KPI is a quotient, which has no value where there is nothing to divide by."""
        kind = self.character(kpi.key)
        return kind is Character.RATE or (kind is Character.LEVEL and _DIVISION.search(kpi.formula) is not None)
