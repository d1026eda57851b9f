"""How a goal stood on each past day, judged by what is known of those days now.

A restated day changes what a goal had reached from that day on, as it changes every window that has the day in it. So
the past is judged anew, period by period, rather than told as it was told then; and a goal that recurs is held against
the periods before anybody wrote it down, too. Of the last day that was judged, and since, the goal's own figure tells;
what was to be reached once ends with its last day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.kpis.goals.course import GoalCourse
from kpitaps.kpis.goals.figure import GoalDay
from kpitaps.kpis.goals.goal import Always, Once
from kpitaps.kpis.goals.periods import Every, period_of
from kpitaps.kpis.goals.replay import replayed
from kpitaps.kpis.goals.worth import Valuer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from kpitaps.calendar import CompanyCalendar, DaySpan
    from kpitaps.kpis.catalogue import Definition
    from kpitaps.kpis.goals.figure import GoalFigure
    from kpitaps.kpis.goals.goal import Goal
    from kpitaps.kpis.readings import Readings

_DAY = timedelta(days=1)


class GoalPast:
    """The past of one goal.

    Args:
        goal: The goal.
        figure: How it stands now.
        definition: Its KPI.
        readings: The measures of the company.
        calendar: The company's.
    """

    def __init__(
        self, goal: Goal, figure: GoalFigure, definition: Definition, readings: Readings, calendar: CompanyCalendar
    ) -> None:
        self._goal = goal
        self._figure = figure
        self._valuer = Valuer(definition, goal.label, readings, calendar)
        self._calendar = calendar

    def days(self, first: date, today: date) -> Iterator[GoalDay]:
        """Yield how the goal stood at the end of each day from ``first`` at the earliest to ``today``.

        Of what was to be reached once, to its last day.
        """
        before = self._figure.as_of - _DAY
        for period in self._periods(first):
            course = GoalCourse(self._goal, self._valuer, self._calendar, period)
            last, start = min(before, period.last), period.first
            if isinstance(self._goal.schedule, Always):
                last, start = before, first
            if start <= last:
                days = replayed(course, last, {}, most=(last - start).days + 1)
                yield from (day for day in days if day.day >= first)
        day = max(self._figure.as_of, first)
        ends = min(today, self._figure.period.last) if isinstance(self._goal.schedule, Once) else today
        while day <= ends:
            yield self._now(day)
            day += _DAY

    def _periods(self, first: date) -> Iterator[DaySpan]:
        """Yield the periods with days from ``first`` on, as far as they were judged."""
        match self._goal.schedule:
            case Every() as every:
                period = period_of(self._calendar, every, first)
                while period.first < self._figure.as_of:
                    yield period
                    period = period_of(self._calendar, every, period.last + _DAY)
            case _:
                yield self._figure.period

    def _now(self, day: date) -> GoalDay:
        """Return the goal as it stands now, as of ``day``."""
        now = self._figure
        return GoalDay(
            day=day,
            period=now.period,
            target=now.target,
            value=now.value,
            expected=now.expected,
            attainment=now.attainment,
            status=now.status,
            since=now.since,
            judged=now.status,
            judged_since=now.since,
        )
