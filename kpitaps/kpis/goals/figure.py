"""A goal as it stands: what was reached, what should have been by now, and where it is going."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kpitaps.kpis.rounding import shown
from kpitaps.units import Good, Quality, Unit

if TYPE_CHECKING:
    from datetime import date, datetime
    from fractions import Fraction

    from kpitaps.calendar import DaySpan


class Status(StrEnum):
    """How a goal stands, best first."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    UNKNOWN = "unknown"
    """Something is not known that its status follows from."""

    @property
    def number(self) -> int | None:
        """How it is shown as a metric: 0 is best; None where it is not known."""
        return None if self is Status.UNKNOWN else _ORDER[self]

    def is_worse_than(self, other: Status) -> bool:
        """Return whether this one calls for more attention; of the unknown, nobody can say."""
        return Status.UNKNOWN not in (self, other) and _ORDER[self] > _ORDER[other]


_ORDER = {status: rank for rank, status in enumerate(Status)}


class Basis(StrEnum):
    """What a projection goes by."""

    RESULT = "result"
    """The period is over: what came of it."""
    LAST_YEAR = "last_year"
    """What is left of the period goes as it did last year, in proportion."""
    RUN_RATE = "run_rate"
    """What is left of the period goes as the last weeks did."""
    TREND = "trend"
    """A level goes on changing as it did in the last weeks."""
    PRESENT = "present"
    """It stays as it is."""


@dataclass(frozen=True, slots=True)
class GoalDay:
    """How a goal stood at the end of a day.

    Attributes:
        day: The day.
        period: The goal's period that it lies in.
        target: What is to be reached in the period.
        value: What was reached by then.
        expected: What should have been.
        attainment: The one against the other; see `GoalFigure`.
        status: What is shown.
        since: The day from which on it has been shown.
        judged: What the day itself says.
        judged_since: The day from which on the days have said worse than what is shown, or this day.
    """

    day: date
    period: DaySpan
    target: Fraction | None
    value: Fraction | None
    expected: Fraction | None
    attainment: Fraction | None
    status: Status
    since: date
    judged: Status
    judged_since: date


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a goal's period by which people follow it, such as a month of a year.

    Attributes:
        period: Its days.
        target: What it should bring: its share of the whole, or for what does not add up the path's height at its end.
        value: What it brought so far; None if that is not known, or it has not begun.
    """

    period: DaySpan
    target: Fraction | None
    value: Fraction | None


@dataclass(frozen=True, slots=True)
class GoalFigure:
    """A goal of a company.

    Attributes:
        company: The company's key.
        goal: The goal's key.
        kpi: The key of its KPI.
        label: The value of the KPI's label that it is for; empty for a headline.
        name_en: What it is called in English; empty if nobody named it.
        name_nl: The same in Dutch.
        unit: What it is measured in.
        currency: ISO 4217 code for money, else empty.
        good: The direction in which its KPI improves.
        period: Its days; of one that recurs, those of the period that ``as_of`` lies in.
        as_of: The day at whose end it is judged: the last one that is over and read, or today for what holds at all
            times.
        measured: ``period``, or the days over which its value is taken: ``day``, ``28d``, ``12m`` …
        baseline: What a relative target starts from.
        target: What is to be reached.
        value: What was reached. None where it is not known, never 0 instead.
        expected: What should have been reached by ``as_of``.
        attainment: 1 where the value is what was expected, less where it is worse; see `attainment` in
            `kpitaps.kpis.goals.course`.
        projection: What will be reached in the end, if nothing changes.
        projection_low: In about four of five cases it is not below this, if weeks vary as they did.
        projection_high: Nor above this.
        basis: What the projection goes by.
        status: How it stands; a short dip does not change it.
        since: The day from which on it has had that status.
        owner: Who answers for it.
        team: Whose goal it is.
        decides: Which decision it is for.
        decides_nl: The same in Dutch; empty where `decides` is said in both languages.
        is_open: Whether its period is still running.
        quality: How far the value may be trusted.
        reasons: Why something is not known or not as asked for, in sentences.
        steps: The parts by which it is followed.
        days: How it stood on the days up to ``as_of`` that were judged anew; for the history.
        changed: When it was last given another definition; None if it never was.
        ends: Its last day; None for what recurs or holds at all times.
    """

    company: str
    goal: str
    kpi: str
    label: str
    name_en: str
    name_nl: str
    unit: Unit
    currency: str
    good: Good
    period: DaySpan
    as_of: date
    measured: str
    target: Fraction | None
    status: Status
    since: date
    owner: str
    team: str
    decides: str
    is_open: bool
    quality: Quality
    decides_nl: str = ""
    baseline: Fraction | None = None
    value: Fraction | None = None
    expected: Fraction | None = None
    attainment: Fraction | None = None
    projection: Fraction | None = None
    projection_low: Fraction | None = None
    projection_high: Fraction | None = None
    basis: Basis | None = None
    reasons: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    days: tuple[GoalDay, ...] = field(default=(), repr=False, compare=False)
    changed: datetime | None = None
    ends: date | None = None

    @property
    def unit_name(self) -> str:
        """The unit as people and programs read it: the currency for money, seconds for durations."""
        if self.unit is Unit.MONEY:
            return self.currency
        return "seconds" if self.unit is Unit.DURATION else self.unit.value

    def decision(self, language: str) -> str:
        """Return which decision it is for, in ``en`` or ``nl``, or else in the language in which it was written."""
        first, second = (self.decides_nl, self.decides) if language == "nl" else (self.decides, self.decides_nl)
        return first or second

    def number(self, value: Fraction | None) -> float | None:
        """Return one of its exact values, rounded for showing."""
        return None if value is None else shown(value, self.unit)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values; other programs rely on exactly these keys."""
        numbers = ("baseline", "target", "value", "expected", "projection", "projection_low", "projection_high")
        return {
            "company": self.company,
            "goal": self.goal,
            "kpi": self.kpi,
            "label": self.label,
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
            "as_of": self.as_of.isoformat(),
            "measured": self.measured,
            "unit": self.unit_name,
            **{name: self.number(getattr(self, name)) for name in numbers},
            "attainment": None if self.attainment is None else shown(self.attainment, Unit.RATIO),
            "basis": None if self.basis is None else self.basis.value,
            "status": self.status.value,
            "since": self.since.isoformat(),
            "owner": self.owner,
            "team": self.team,
            "decides": self.decision("en"),
            "open": self.is_open,
            "quality": self.quality.value,
            "reasons": list(self.reasons),
            "steps": [
                {
                    "from": step.period.first.isoformat(),
                    "to": step.period.last.isoformat(),
                    "target": self.number(step.target),
                    "value": self.number(step.value),
                }
                for step in self.steps
            ],
        }
