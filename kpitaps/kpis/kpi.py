"""What a KPI is: one row of a table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.calendar import AS_USUAL, Comparing
from kpitaps.errors import BadDefinition

if TYPE_CHECKING:
    from kpitaps.measures import Names
    from kpitaps.units import Good, Unit

UNFIT_WORDS = frozenset({"hours", "days", "minutes", "total", "count"})
"""Words that Prometheus' own checker rejects in the name of a gauge."""

UNFIT_ENDINGS = (
    *("previous", "last_year", "daily", "history"),
    *("actual", "target", "expected", "projection", "projection_low", "projection_high"),
)
"""A key that ends so would name the series of another key's comparison, goal or history."""

UNFIT_KEYS = frozenset(
    {
        *("change", "info", "data_through_timestamp", "window_open", "quality"),
        *("attainment", "status", "status_since_timestamp", "goal_changed_timestamp", "goal_ends_timestamp"),
    }
)
"""The names of the series that all KPIs share."""

UNFIT_LABELS = frozenset({"company", "window", "kpi", "quality", "goal", "kpitaps", "job", "instance"})
"""Labels that every series carries anyway."""

MULTIPLES = frozenset({"debt_ratio", "return_on_ad_spend", "clv_to_cac"})
"""Ratios that are read as a number of times, 1.5 ×, rather than as a share of a hundred."""

_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Kpi:
    """A formula over measures, and how to read it.

    Attributes:
        key: Its name in formulas, labels and metric names.
        domain: The part of the business it belongs to.
        formula: How it is computed, in the language of `kpitaps.kpis.grammar`.
        unit: What it is measured in.
        good: The direction in which it improves.
        leading: Whether it tells of what is coming, rather than of what was.
        by: The one label that it is broken down by; None for a headline.
        en: English name and definition.
        nl: Dutch name and definition.
        month_or_longer: Whether it says nothing in windows that are shorter than a month.
        compared: How its windows are compared with those before.

    Raises:
        BadDefinition: if the key or the label cannot become part of a metric.
    """

    key: str
    domain: str
    formula: str
    unit: Unit
    good: Good
    leading: bool
    by: str | None
    en: Names
    nl: Names
    month_or_longer: bool = False
    compared: Comparing = AS_USUAL

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise BadDefinition(f"KPI {self.key!r}: write its key in lower case letters, digits and single underscores")
        if unfit := UNFIT_WORDS & set(self.key.split("_")):
            raise BadDefinition(f"KPI {self.key}: Prometheus rejects the word {min(unfit)!r} in a name; leave it out")
        if self.key in UNFIT_KEYS or self.key.endswith(tuple(f"_{ending}" for ending in UNFIT_ENDINGS)):
            raise BadDefinition(f"KPI {self.key}: its metric would have the name of another; choose another key")
        if self.by in UNFIT_LABELS:
            raise BadDefinition(
                f"KPI {self.key}: every series has a label {self.by!r} already; break it down by another"
            )
