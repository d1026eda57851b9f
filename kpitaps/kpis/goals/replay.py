"""How a goal stood on each day: what is remembered goes on, and what nobody judged in time is judged after the fact."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.calendar import DaySpan
from kpitaps.kpis.goals.figure import GoalDay, Status
from kpitaps.kpis.goals.goal import Always
from kpitaps.kpis.goals.steadiness import Standing, stepped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from kpitaps.kpis.goals.course import GoalCourse

REPLAYED = 366
"""Days that are judged after the fact at most, unless more are asked for."""

_DAY = timedelta(days=1)


def replayed(
    course: GoalCourse, day: date, history: Mapping[date, GoalDay], *, most: int = REPLAYED
) -> tuple[GoalDay, ...]:
    """Return how the goal stood on the days since the last one that ``history`` knows, up to and with ``day``.

    A period begins on track: its first days say little, and whoever sets out is not late. What has no period, and what
    began longer ago than can be replayed, begins with what its first day says.
    """
    is_always = isinstance(course.goal.schedule, Always)
    first = day - (most - 1) * _DAY
    if not is_always:
        first = max(first, course.period.first)
    known = [past for past in history if first <= past < day and (is_always or history[past].period == course.period)]
    standing: Standing | None = None
    if known:
        standing = _standing(history[max(known)])
        first = max(known) + _DAY
    elif first == course.period.first and not is_always:
        standing = Standing(Status.ON_TRACK, first, Status.ON_TRACK, first)
    days: list[GoalDay] = []
    for number in range((day - first).days + 1):
        days.append(_judged(course, first + number * _DAY, standing))
        standing = _standing(days[-1])
    return tuple(days)


def _judged(course: GoalCourse, day: date, before: Standing | None) -> GoalDay:
    judgement = course.judge(day)
    is_always = isinstance(course.goal.schedule, Always)
    # when a period is over there is nothing left to wait for
    at_once = judgement.at_once or (not is_always and day >= course.period.last)
    now = stepped(before, day, judgement.status, hold=course.goal.hold, at_once=at_once)
    return GoalDay(
        day=day,
        period=DaySpan(day, day) if is_always else course.period,
        target=course.aim.target,
        value=judgement.worth.value,
        expected=judgement.expected,
        attainment=judgement.attainment,
        status=now.status,
        since=now.since,
        judged=now.judged,
        judged_since=now.judged_since,
    )


def _standing(day: GoalDay) -> Standing:
    return Standing(day.status, day.since, day.judged, day.judged_since)
