"""What a goal is, once it was found valid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from fractions import Fraction

    from kpitaps.kpis.goals.amounts import Target
    from kpitaps.kpis.goals.pace import Pace
    from kpitaps.kpis.goals.periods import Every
    from kpitaps.units import Good

PERIOD = "period"
"""Measured over the goal's period, up to the day."""


@dataclass(frozen=True, slots=True)
class Once:
    """From one day to another; without a first day, from the start of the fiscal year in which the last one lies."""

    first: date | None
    last: date


@dataclass(frozen=True, slots=True)
class Always:
    """At all times."""


@dataclass(frozen=True, slots=True)
class Point:
    """By the end of which day which value shall be reached."""

    until: date
    value: Fraction


@dataclass(frozen=True, slots=True)
class Goal:
    """The target of a KPI for a period, with owner, pace and thresholds.

    Attributes:
        key: Its name in labels, commands and the history.
        kpi: The key of its KPI.
        label: The value of the KPI's label that it is for; empty for a headline.
        company: The key of its company; empty for the only one there is.
        target: What is to be reached.
        schedule: When: `Once`, `Always`, or the length of a period that recurs.
        good: The direction that is better.
        measured: `PERIOD`, or the days over which its value is taken.
        pace: How what is expected grows.
        points: In place of a pace: by when which value.
        country: Whose public holidays are off.
        at_risk: The attainment below which it is at risk; None leaves that to how much change is asked for.
        off_track: The same for off track.
        warn: The value from which on it is at risk, in place of an attainment.
        critical: The value from which on it is off track.
        hold: Days in a row that must say worse before the status does.
        followed_as: The parts by which people follow it; None for the whole.
        owner: Who answers for it.
        team: Whose goal it is.
        decides: Which decision it is for.
        decides_nl: The same in Dutch; empty where `decides` is said in both languages.
        name_en: What it is called in English.
        name_nl: The same in Dutch.
        definition: What was written, as JSON: another text is another goal.
    """

    key: str
    kpi: str
    label: str
    company: str
    target: Target
    schedule: Every | Once | Always
    good: Good
    measured: str
    pace: Pace
    points: tuple[Point, ...]
    country: str
    at_risk: Fraction | None
    off_track: Fraction | None
    warn: Fraction | None
    critical: Fraction | None
    hold: int
    followed_as: Every | None
    owner: str
    team: str
    decides: str
    decides_nl: str
    name_en: str
    name_nl: str
    definition: str

    @property
    def has_limits(self) -> bool:
        """Whether its status follows from the value itself rather than from an attainment."""
        return self.warn is not None or self.critical is not None or isinstance(self.schedule, Always)
