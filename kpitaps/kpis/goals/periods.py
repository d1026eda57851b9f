"""The periods of goals in a company's calendar, and the days they are compared with."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from kpitaps.calendar import DaySpan

if TYPE_CHECKING:
    from kpitaps.calendar import CompanyCalendar

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_WEEKS_IN_YEAR = timedelta(weeks=52)
"""364 days: the shift by about a year that puts Mondays beside Mondays."""


class Every(StrEnum):
    """How long a period is that recurs."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"


_TO_DATE = {Every.WEEK: "wtd", Every.MONTH: "mtd", Every.QUARTER: "qtd", Every.YEAR: "ytd"}
_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}

TRAILING = {"day": "", "7d": "7d", "28d": "28d", "month": "last_month", "quarter": "last_quarter", "12m": "12m"}
"""The days over which a value can be taken, and the windows that they are as of the next day."""


def period_of(calendar: CompanyCalendar, every: Every, day: date) -> DaySpan:
    """Return the period in which ``day`` lies; quarters, half-years and years are those of the fiscal calendar."""
    if every is Every.HALF_YEAR:
        first = calendar.window("ytd", day).first
        if (middle := months_later(first, 6)) <= day:
            first = middle
    else:
        first = calendar.window(_TO_DATE[every], day).first
    if every is Every.WEEK:
        return DaySpan(first, first + _WEEK - _DAY)
    return DaySpan(first, months_later(first, _MONTHS[every]) - _DAY)


def parts_of(calendar: CompanyCalendar, every: Every, period: DaySpan) -> tuple[DaySpan, ...]:
    """Return the parts that a period falls into, the first and last one cut off at its ends."""
    parts = []
    first = period.first
    while first <= period.last:
        last = min(period_of(calendar, every, first).last, period.last)
        parts.append(DaySpan(first, last))
        first = last + _DAY
    return tuple(parts)


def trailing(calendar: CompanyCalendar, name: str, day: date) -> DaySpan:
    """Return the days over which a value is taken at the end of ``day``."""
    return calendar.window(TRAILING[name], day + _DAY) if TRAILING[name] else DaySpan(day, day)


def year_before(period: DaySpan, *, weekly: bool) -> DaySpan:
    """Return the same days a year before: 364 days back for weeks, else by the calendar, month ends to month ends."""
    if weekly:
        return period.shifted(-_WEEKS_IN_YEAR)
    return DaySpan(months_later(period.first, -12), months_later(period.last + _DAY, -12) - _DAY)


def day_year_before(period: DaySpan, day: date, *, weekly: bool) -> date:
    """Return the day that stands where ``day`` does, a year before; never beyond the period's end there."""
    if weekly:
        return day - _WEEKS_IN_YEAR
    return min(months_later(day, -12), year_before(period, weekly=False).last)


def before(span: DaySpan) -> DaySpan:
    """Return the comparable days just before.

    Days that begin with a month are compared with as many months before, up to the same day or the month's end; others
    go back by whole weeks.
    """
    if span.first.day != 1:
        return span.shifted(-((span.length + 6) // 7) * _WEEK)
    months = (span.last.year - span.first.year) * 12 + span.last.month - span.first.month + 1
    first = months_later(span.first, -months)
    if (span.last + _DAY).day == 1:
        return DaySpan(first, span.first - _DAY)
    return DaySpan(first, min(first + (span.length - 1) * _DAY, span.first - _DAY))


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - _DAY).day))
