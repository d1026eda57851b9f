"""Goals evaluated: from their definitions and the ledger to how they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.calendar import DaySpan, local_day
from kpitaps.kpis.goals.character import Character
from kpitaps.kpis.goals.course import GoalCourse
from kpitaps.kpis.goals.figure import GoalFigure, Status, Step
from kpitaps.kpis.goals.goal import PERIOD, Always, Once
from kpitaps.kpis.goals.periods import Every, period_of
from kpitaps.kpis.goals.projection import Course, Projection, projected
from kpitaps.kpis.goals.replay import replayed
from kpitaps.kpis.goals.worth import Valuer
from kpitaps.kpis.knowledge import Clock
from kpitaps.kpis.rates import Exchange, SameCurrency
from kpitaps.kpis.readings import NOTHING, Readings
from kpitaps.units import Quality, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime

    from kpitaps.kpis.catalogue import Catalogue, Definition
    from kpitaps.kpis.company import CompanyFace
    from kpitaps.kpis.goals.figure import GoalDay
    from kpitaps.kpis.goals.goal import Goal
    from kpitaps.kpis.kpi import Kpi
    from kpitaps.kpis.memory import Memory
    from kpitaps.kpis.rates import Rates
    from kpitaps.store.reading import MeasureReader

    History = Callable[[Goal], Mapping[date, GoalDay]]
    """Tells how a goal, as it is defined now, stood on past days."""

_DAY = timedelta(days=1)


def evaluate_goals(
    company: CompanyFace,
    goals: Iterable[Goal],
    catalogue: Catalogue,
    reader: MeasureReader,
    now: datetime,
    *,
    rates: Rates | None = None,
    memory: Memory | None = None,
    history: History = lambda _: {},
) -> tuple[GoalFigure, ...]:
    """Return how the goals stand, in their order.

    Args:
        company: Whose they are.
        goals: The goals.
        catalogue: The KPIs.
        reader: Reads the company's measures.
        now: The present instant.
        rates: Exchange rates; None knows none.
        memory: What the company's board was made of a moment ago: it need not be read again.
        history: How goals stood on past days; what it does not know is judged after the fact.

    Raises:
        TapBug: if ``now`` is naive.
    """
    clock = Clock(company, now)
    read = memory.past.read if memory is not None and memory.past is not None else NOTHING
    readings = Readings(reader, clock, Exchange(company.currency, rates or SameCurrency()), read)
    fed = {definition.kpi.key: definition for definition in catalogue.available(reader)}
    every = {definition.kpi.key: definition for definition in catalogue.definitions}
    evaluation = _Evaluation(company, clock.today, readings)
    found = []
    for goal in goals:
        if goal.kpi in fed:
            found.append(evaluation.figure(goal, fed[goal.kpi], history(goal)))
        elif goal.kpi in every:
            found.append(evaluation.unfed(goal, every[goal.kpi].kpi))
    return tuple(found)


class _Evaluation:
    def __init__(self, company: CompanyFace, today: date, readings: Readings) -> None:
        self._company = company
        self._calendar = company.calendar
        self._today = today
        self._readings = readings

    def figure(self, goal: Goal, definition: Definition, history: Mapping[date, GoalDay]) -> GoalFigure:
        """Return how a goal stands."""
        valuer = Valuer(definition, goal.label, self._readings, self._calendar)
        course, day = self._judged(goal, valuer)
        if day < course.period.first:
            return self._silent(goal, definition.kpi, course.period, day, "No day of its period is over yet.")
        judgement = course.judge(day)
        days = replayed(course, day, history)
        value = judgement.worth.value
        going = Projection()
        if value is not None and not isinstance(goal.schedule, Always):
            way = Course(valuer, course.kind, self._calendar, course.period, day, goal.measured, value, course.weekly)
            going = projected(way)
        plain = self._plain(goal, definition.kpi, course.period, day)
        return replace(
            plain,
            baseline=course.aim.baseline,
            target=course.aim.target,
            value=value,
            expected=judgement.expected,
            attainment=judgement.attainment,
            projection=going.value,
            projection_low=going.low,
            projection_high=going.high,
            basis=going.basis,
            status=days[-1].status,
            since=days[-1].since,
            quality=judgement.worth.quality,
            reasons=tuple(dict.fromkeys(judgement.reasons)),
            steps=tuple(Step(*step) for step in course.steps(day)),
            days=days,
        )

    def unfed(self, goal: Goal, kpi: Kpi) -> GoalFigure:
        """Return a goal whose KPI no connection feeds."""
        return self._silent(goal, kpi, self._period(goal, self._today), self._today, "No connection feeds its KPI.")

    def _judged(self, goal: Goal, valuer: Valuer) -> tuple[GoalCourse, date]:
        """Return the goal in the period in which it is judged, and the day as of which it is."""
        day = self._as_of(goal, valuer)
        course = GoalCourse(goal, valuer, self._calendar, self._period(goal, day))
        day = min(day, course.period.last)
        if course.kind is Character.DISTINCT and goal.measured == PERIOD:
            # its source counts up to today, and not up to each day
            today = min(self._today, course.period.last)
            if course.period.first <= today and course.worth(today).value is not None:
                known = day >= course.period.first and course.worth(day).value is not None
                day = day if known else today
        return course, day

    def _as_of(self, goal: Goal, valuer: Valuer) -> date:
        """Return the last day that is over and read to its end; where reading lags by more than a day, yesterday."""
        if isinstance(goal.schedule, Always) and goal.measured == "day":
            return self._today
        yesterday = self._today - _DAY
        instants = [self._readings.coverage(measure).through for measure in valuer.definition.measures]
        known = [instant for instant in instants if instant is not None]
        if len(known) < len(instants) or not known:
            return yesterday
        read = local_day(min(known), self._calendar.zone) - _DAY
        return read if read == yesterday - _DAY else yesterday

    def _period(self, goal: Goal, day: date) -> DaySpan:
        match goal.schedule:
            case Every() as every:
                return period_of(self._calendar, every, day)
            case Once(first, last):
                return DaySpan(first or self._calendar.window("ytd", last).first, last)
            case _:
                return DaySpan(day, day)

    def _silent(self, goal: Goal, kpi: Kpi, period: DaySpan, day: date, why: str) -> GoalFigure:
        """Return a goal of which nothing can be said, and why."""
        return replace(self._plain(goal, kpi, period, day), reasons=(why,))

    def _plain(self, goal: Goal, kpi: Kpi, period: DaySpan, day: date) -> GoalFigure:
        """Return a goal without anything that has to be known."""
        stands_by_itself = goal.target.baseline is None
        return GoalFigure(
            company=self._company.key,
            goal=goal.key,
            kpi=goal.kpi,
            label=goal.label,
            name_en=goal.name_en,
            name_nl=goal.name_nl,
            unit=kpi.unit,
            currency=self._company.currency if kpi.unit is Unit.MONEY else "",
            good=goal.good,
            period=period,
            as_of=day,
            measured=goal.measured,
            target=goal.target.amount if stands_by_itself else None,
            status=Status.UNKNOWN,
            since=max(period.first, day),
            owner=goal.owner,
            team=goal.team,
            decides=goal.decides,
            decides_nl=goal.decides_nl,
            is_open=self._today <= period.last,
            quality=Quality.INCOMPLETE,
            ends=goal.schedule.last if isinstance(goal.schedule, Once) else None,
        )
