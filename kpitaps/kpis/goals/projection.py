"""Where a goal is going: what will be reached at its end if nothing changes, and how far off that may be.

Each kind of number has its own rule. What adds up goes on as last year or as in the last weeks; a level goes on
changing as it did; the sums of a rate go on, and it is divided at the end; subjects that are counted once are never
added.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar import DaySpan
from kpitaps.kpis.goals.character import Character
from kpitaps.kpis.goals.figure import Basis
from kpitaps.kpis.goals.goal import PERIOD
from kpitaps.kpis.goals.periods import day_year_before, trailing, year_before

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from kpitaps.calendar import CompanyCalendar
    from kpitaps.kpis.goals.worth import Valuer

    _Weekly = Callable[[Valuer, DaySpan], Fraction | None]

WEEKS = 12
"""Full weeks whose pace and spread a projection goes by."""

LEAST_WEEKS = 4
"""Weeks that must be known for a spread to mean something."""

SPREAD = Fraction(128, 100)
"""Standard deviations on either side of the mean in which four of five cases lie, where chance is normal."""

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_PRECISION = 10**6


class Projection(NamedTuple):
    """What will be reached, from where to where it may be, and what that goes by."""

    value: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    basis: Basis | None = None


class Course(NamedTuple):
    """A goal on its way.

    Attributes:
        valuer: Its KPI.
        kind: What kind of number that is.
        calendar: The company's.
        period: The goal's period.
        day: The day as of which it is judged.
        measured: Over which days its value is taken.
        value: Its value as of that day.
        weekly: Whether years are compared by weeks.
    """

    valuer: Valuer
    kind: Character
    calendar: CompanyCalendar
    period: DaySpan
    day: date
    measured: str
    value: Fraction
    weekly: bool


def projected(course: Course) -> Projection:
    """Return where a goal is going at the end of its period."""
    if course.day >= course.period.last:
        return Projection(course.value, course.value, course.value, Basis.RESULT)
    if course.measured != PERIOD:
        return _trend(course) if course.kind is Character.LEVEL else _present(course)
    match course.kind:
        case Character.ADDS:
            return _sum(course)
        case Character.DISTINCT:
            return _curve(course)
        case Character.LEVEL:
            return _trend(course)
        case Character.RATE:
            return _rate(course)


def _sum(course: Course) -> Projection:
    weeks = _weeks(course, _week_values)
    rest = Fraction((course.period.last - course.day).days)
    if (whole := _like_last_year(course)) is not None:
        value, basis = whole, Basis.LAST_YEAR
    elif weeks:
        value, basis = course.value + _mean(weeks) * rest / 7, Basis.RUN_RATE
    else:
        return Projection()
    low, high = _around(value, weeks, rest / 7)
    if low is not None and weeks and min(weeks) >= 0:
        # what is there already stays, where no week ever took anything away
        low = max(low, course.value)
    return Projection(value, low, high, basis)


def _like_last_year(course: Course) -> Fraction | None:
    """Return the whole that stands to the value as last year's whole stood to that day's; None without last year."""
    year = year_before(course.period, weekly=course.weekly)
    then = day_year_before(course.period, course.day, weekly=course.weekly)
    if course.period.length < _LONG_ENOUGH or (course.day - course.period.first).days < _LONG_ENOUGH:
        # a few days against the same few days say less than the last weeks do
        return None
    so_far = course.valuer.over(DaySpan(year.first, then)).value
    whole = course.valuer.over(year).value
    if so_far is None or whole is None or so_far <= 0 or whole < so_far or course.value < 0:
        return None
    return course.value * whole / so_far


_LONG_ENOUGH = 28
"""Days from which on a period is held against the same days a year before."""


def _curve(course: Course) -> Projection:
    """Return what last year's growth of the count makes of the one so far; without last year there is nothing."""
    year = year_before(course.period, weekly=course.weekly)
    then = day_year_before(course.period, course.day, weekly=course.weekly)
    so_far, whole = (course.valuer.over(span).value for span in (DaySpan(year.first, then), year))
    if so_far is None or whole is None or so_far <= 0:
        return Projection()
    return Projection(course.value * whole / so_far, basis=Basis.LAST_YEAR)


def _rate(course: Course) -> Projection:
    """Return the rate of the whole period if the days that are left go as the last 28 did."""
    recent = trailing(course.calendar, "28d", course.day)
    rest = Fraction((course.period.last - course.day).days)
    value = course.valuer.projected(DaySpan(course.period.first, course.day), recent, rest / recent.length)
    if value is None:
        return Projection()
    # only the part that is left can still vary
    left = rest / course.period.length
    weeks = [left * week for week in _weeks(course, _week_values)]
    low, high = _around(value, weeks, 1 / max(Fraction(1), rest / 7))
    return Projection(value, low, high, Basis.RUN_RATE)


def _trend(course: Course) -> Projection:
    changes = _weeks(course, _week_changes)
    if not changes:
        return Projection()
    rest = Fraction((course.period.last - course.day).days) / 7
    value = course.value + _mean(changes) * rest
    return Projection(value, *_around(value, changes, rest), basis=Basis.TREND)


def _present(course: Course) -> Projection:
    ends = [course.day - number * _WEEK for number in range(WEEKS)]
    found = [course.valuer.over(trailing(course.calendar, course.measured, end)).value for end in ends]
    values = [value for value in found if value is not None]
    return Projection(course.value, *_around(course.value, values, Fraction(1)), basis=Basis.PRESENT)


def _weeks(course: Course, of: _Weekly) -> list[Fraction]:
    """Return what the last full weeks brought, as far back as it is known."""
    found = []
    for number in range(WEEKS):
        last = course.day - number * _WEEK
        value = of(course.valuer, DaySpan(last - _WEEK + _DAY, last))
        if value is None:
            break
        found.append(value)
    return found if len(found) >= LEAST_WEEKS else []


def _week_values(valuer: Valuer, week: DaySpan) -> Fraction | None:
    return valuer.over(week).value


def _week_changes(valuer: Valuer, week: DaySpan) -> Fraction | None:
    end, start = (valuer.over(DaySpan(day, day)).value for day in (week.last, week.first - _DAY))
    return None if end is None or start is None else end - start


def _around(value: Fraction, weeks: Sequence[Fraction], number: Fraction) -> tuple[Fraction | None, Fraction | None]:
    """Return the range around ``value`` that ``number`` weeks leave open which vary as ``weeks`` did."""
    if len(weeks) < LEAST_WEEKS:
        return None, None
    mean = _mean(weeks)
    variance = sum(((week - mean) ** 2 for week in weeks), Fraction()) / (len(weeks) - 1)
    reach = SPREAD * _root(variance * number)
    return value - reach, value + reach


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction()) / len(values)


def _root(square: Fraction) -> Fraction:
    """Return the square root to twelve digits or more: the same on every machine."""
    scale = _PRECISION * max(1, square.denominator)
    return Fraction(isqrt(square.numerator * scale * scale // square.denominator), scale)
