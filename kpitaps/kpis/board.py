"""The board: all figures of a company at one instant, frozen."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from kpitaps.kpis.company import CompanyFace
    from kpitaps.kpis.figure import Figure
    from kpitaps.kpis.goals.figure import GoalFigure
    from kpitaps.kpis.kpi import Kpi


@dataclass(frozen=True, slots=True)
class Board:
    """What a company's KPIs were worth.

    Attributes:
        company: Whose they are.
        at: When they were evaluated.
        kpis: The KPIs that the figures are of.
        figures: In the order of KPIs, windows and label values.
        fingerprint: The same for the same KPIs, figures and goals, whenever they were evaluated.
        goals: How the company's goals stand.
    """

    company: CompanyFace
    at: datetime
    kpis: tuple[Kpi, ...]
    figures: tuple[Figure, ...]
    fingerprint: str
    goals: tuple[GoalFigure, ...] = ()

    @classmethod
    def of(
        cls,
        company: CompanyFace,
        at: datetime,
        kpis: Iterable[Kpi],
        figures: Iterable[Figure],
        goals: Iterable[GoalFigure] = (),
    ) -> Board:
        """Return the board that holds ``figures`` and ``goals``."""
        rows, values, aims = tuple(kpis), tuple(figures), tuple(goals)
        content = repr((company.key, company.currency, rows, values, aims)).encode()
        return cls(company, at, rows, values, blake2b(content, digest_size=16).hexdigest(), aims)

    def with_goals(self, goals: Iterable[GoalFigure]) -> Board:
        """Return the same board with how the company's goals stand."""
        return Board.of(self.company, self.at, self.kpis, self.figures, goals)

    def as_json(self) -> list[dict[str, Any]]:
        """Return all figures as JSON values."""
        return [figure.as_json() for figure in self.figures]
