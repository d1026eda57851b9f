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
    from kpitaps.kpis.kpi import Kpi


@dataclass(frozen=True, slots=True)
class Board:
    """What a company's KPIs were worth.

    Attributes:
        company: Whose they are.
        at: When they were evaluated.
        kpis: The KPIs that the figures are of.
        figures: In the order of KPIs, windows and label values.
        fingerprint: The same for the same KPIs and figures, whenever they were evaluated.
    """

    company: CompanyFace
    at: datetime
    kpis: tuple[Kpi, ...]
    figures: tuple[Figure, ...]
    fingerprint: str

    @classmethod
    def of(cls, company: CompanyFace, at: datetime, kpis: Iterable[Kpi], figures: Iterable[Figure]) -> Board:
        """Return the board that holds ``figures``."""
        rows, values = tuple(kpis), tuple(figures)
        content = repr((company.key, company.currency, rows, values)).encode()
        return cls(company, at, rows, values, blake2b(content, digest_size=16).hexdigest())

    def as_json(self) -> list[dict[str, Any]]:
        """Return all figures as JSON values."""
        return [figure.as_json() for figure in self.figures]
