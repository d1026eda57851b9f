"""What a digest says, before it is said in any language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.kpis import MULTIPLES
from kpitaps.kpis.goals.figure import Status
from kpitaps.units import Good

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

    from kpitaps.app.digest.period import Period
    from kpitaps.calendar import DaySpan
    from kpitaps.kpis import CompanyFace, Figure, Kpi
    from kpitaps.kpis.goals.figure import GoalFigure
    from kpitaps.measures import Measure

BEHIND = (Status.OFF_TRACK, Status.AT_RISK)
"""The states of a goal that somebody must look at, worst first."""

MULTIPLE = "multiple"
"""The unit of a ratio that is read as a number of times, 1.5 ×, rather than as a percentage."""


def _unit(kpi: Kpi, unit_name: str) -> str:
    return MULTIPLE if kpi.key in MULTIPLES else unit_name


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal as it stands now.

    Attributes:
        kpi: The KPI that it is a target of.
        figure: How it stands.
    """

    kpi: Kpi
    figure: GoalFigure

    @property
    def unit(self) -> str:
        """What it is told in: a currency, a unit's name, or ``multiple``."""
        return _unit(self.kpi, self.figure.unit_name)

    @property
    def is_standing(self) -> bool:
        """Whether it holds at all times: of its own it has no period, only the day as of which it is judged."""
        return self.figure.ends is None and self.figure.period.length == 1

    @property
    def is_over(self) -> bool:
        """Whether its period has ended, so that it was reached or missed; one that recurs goes on with the next."""
        return not self.figure.is_open and not self.is_standing

    @property
    def gap(self) -> Fraction | None:
        """How far the value is from what is expected by now: below zero if it is lower."""
        value, expected = self.figure.value, self.figure.expected
        return None if value is None or expected is None else value - expected

    @property
    def is_ahead(self) -> bool:
        """Whether the value is better than what is expected by now."""
        gap = self.gap
        return gap is not None and gap != 0 and (gap > 0) == (self.figure.good is Good.UP)


@dataclass(frozen=True, slots=True)
class KpiLine:
    """A core KPI in the period.

    Attributes:
        kpi: The KPI.
        figure: Its figure.
        trend: Its values in the last closed periods, oldest first.
    """

    kpi: Kpi
    figure: Figure
    trend: tuple[Fraction | None, ...]

    @property
    def unit(self) -> str:
        """What it is told in: a currency, a unit's name, or ``multiple``."""
        return _unit(self.kpi, self.figure.unit_name)

    def is_better(self, change: Fraction | None) -> bool | None:
        """Return whether a change is for the better; None if there is none."""
        return (change > 0) == (self.kpi.good is Good.UP) if change else None


@dataclass(frozen=True, slots=True)
class Restatement:
    """A KPI of the period before, of which another value was told then than holds now."""

    kpi: Kpi
    unit: str
    span: DaySpan
    told: Fraction
    now: Fraction


@dataclass(frozen=True, slots=True)
class Restated:
    """Closed days of a measure that were changed since the last digest."""

    measure: Measure | str
    days: int
    span: DaySpan


@dataclass(frozen=True, slots=True)
class Source:
    """How fresh what a connection feeds is.

    Attributes:
        name: The connection's.
        through: The instant up to which all its streams have been read; None if one never was.
        is_late: Whether the digest's period was not read to its end, or to now while it is open.
        repairs: How many things a person must do for it.
    """

    name: str
    through: datetime | None
    is_late: bool
    repairs: int


@dataclass(frozen=True, slots=True)
class Digest:
    """A company's week or month.

    Attributes:
        key: The digest's own key.
        company: Whose it is.
        period: What it is about.
        at: When it was written.
        goals: All goals: the worst first.
        kpis: The core KPIs.
        restatements: What was told before and has changed since.
        restated: Other closed days that have changed since.
        sources: The connections; those that need somebody's attention first.
    """

    key: str
    company: CompanyFace
    period: Period
    at: datetime
    goals: tuple[GoalLine, ...]
    kpis: tuple[KpiLine, ...]
    restatements: tuple[Restatement, ...]
    restated: tuple[Restated, ...]
    sources: tuple[Source, ...]

    def goals_that_are(self, *states: Status) -> tuple[GoalLine, ...]:
        """Return the goals in these states."""
        return tuple(goal for goal in self.goals if goal.figure.status in states)

    @property
    def behind(self) -> tuple[GoalLine, ...]:
        """The goals that somebody must look at."""
        return tuple(goal for goal in self.goals_that_are(*BEHIND) if not self._is_past_help(goal))

    @property
    def unknown(self) -> tuple[GoalLine, ...]:
        """The goals of which somebody should know how they stand, and nobody does."""
        return tuple(goal for goal in self.goals_that_are(Status.UNKNOWN) if not self._is_past_help(goal))

    def _is_past_help(self, goal: GoalLine) -> bool:
        """Return whether a goal was over before the period began."""
        return goal.is_over and goal.figure.period.last < self.period.span.first

    @property
    def through(self) -> datetime | None:
        """The instant up to which everything has been read; None if something never was."""
        instants = [source.through for source in self.sources]
        known = [instant for instant in instants if instant is not None]
        return min(known) if known and len(known) == len(instants) else None

    @property
    def told(self) -> dict[str, str]:
        """The exact values of its KPIs by key: a later digest says which of them have changed."""
        return {line.kpi.key: str(line.figure.value) for line in self.kpis if line.figure.value is not None}
