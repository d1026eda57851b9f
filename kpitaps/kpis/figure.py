"""A figure: one KPI's value in one window, and all one must know to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpitaps.kpis.rounding import shown
from kpitaps.units import Unit

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

    from kpitaps.units import Quality


@dataclass(frozen=True, slots=True)
class Figure:
    """A KPI of a company in a window.

    Attributes:
        company: The company's key.
        kpi: The KPI's key.
        window: The window's name.
        labels: The KPI's own label and its value; empty for a headline.
        value: The exact value; None where it is unknown or there is nothing to divide by. Never 0 instead of unknown.
        unit: What it is measured in.
        currency: ISO 4217 code for money, else empty.
        previous: The value in the previous comparable window.
        last_year: The value in the same window a year before.
        quality: How far the value may be trusted; that of the worst measure in it.
        is_open: Whether the window contains today.
        data_through: The instant up to which every measure in it has been read; None if one has not been.
        days_known: How many of the window's days have been read, today included.
        days: How many days the window has.
        reasons: Why there is no value, or no better one, in sentences.
    """

    company: str
    kpi: str
    window: str
    labels: tuple[tuple[str, str], ...]
    value: Fraction | None
    unit: Unit
    currency: str
    previous: Fraction | None
    last_year: Fraction | None
    quality: Quality
    is_open: bool
    data_through: datetime | None
    days_known: int
    days: int
    reasons: tuple[str, ...] = ()

    @property
    def unit_name(self) -> str:
        """The unit as people and programs read it: the currency for money, seconds for durations."""
        if self.unit is Unit.MONEY:
            return self.currency
        return "seconds" if self.unit is Unit.DURATION else self.unit.value

    @property
    def change(self) -> Fraction | None:
        """The growth since the previous window, 0.1 for 10 % more; None unless that was known and above zero."""
        if self.value is None or self.previous is None or self.previous <= 0:
            return None
        return self.value / self.previous - 1

    def number(self, value: Fraction | None) -> float | None:
        """Return one of this figure's exact values, rounded for showing."""
        return None if value is None else shown(value, self.unit)

    def as_json(self) -> dict[str, Any]:
        """Return the figure as JSON values; other programs rely on exactly these keys."""
        return {
            "company": self.company,
            "kpi": self.kpi,
            "window": self.window,
            "labels": dict(self.labels),
            "value": self.number(self.value),
            "unit": self.unit_name,
            "previous": self.number(self.previous),
            "last_year": self.number(self.last_year),
            "quality": self.quality.value,
            "open": self.is_open,
            "data_through": None if self.data_through is None else self.data_through.isoformat(),
            "reasons": list(self.reasons),
        }
