"""The weeks and months that digests are about, and when each is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from kpitaps.calendar import utc

if TYPE_CHECKING:
    from kpitaps.calendar import CompanyCalendar, DaySpan

_DAY = timedelta(days=1)


class Every(StrEnum):
    """How often a digest comes."""

    WEEK = "week"
    MONTH = "month"


_CLOSED = {Every.WEEK: "last_week", Every.MONTH: "last_month"}
_RUNNING = {Every.WEEK: "wtd", Every.MONTH: "mtd"}


@dataclass(frozen=True, slots=True)
class Period:
    """The week or month that a digest is about.

    Attributes:
        every: Whether it is a week or a month.
        window: The name of its window.
        span: Its days, in the company's zone.
        is_open: Whether it is not over yet.
    """

    every: Every
    window: str
    span: DaySpan
    is_open: bool


def closed_period(calendar: CompanyCalendar, every: Every, today: date) -> Period:
    """Return the last full week or month."""
    name = _CLOSED[every]
    return Period(every, name, calendar.window(name, today), is_open=False)


def running_period(calendar: CompanyCalendar, every: Every, today: date) -> Period:
    """Return the week or month up to today."""
    name = _RUNNING[every]
    return Period(every, name, calendar.window(name, today), is_open=True)


def earlier_days(calendar: CompanyCalendar, period: Period, number: int) -> tuple[str, list[date]]:
    """Return the window of closed periods, and ``number`` days, oldest first, as of which it is one after the other.

    The last is that of ``period``, or the one before it while it is open: a part beside wholes would look like a fall.
    """
    window = _CLOSED[period.every]
    days = [period.span.first if period.is_open else period.span.last + _DAY]
    while len(days) < number:
        days.append(calendar.window(window, days[-1]).first)
    return window, days[::-1]


def due_at(calendar: CompanyCalendar, period: Period, at: time) -> datetime:
    """Return the instant, in UTC, from which the digest of a closed period may be sent.

    A week's is due on the first Monday after it, whatever the day on which the company's weeks begin: on a Sunday
    nobody reads it. A month's is due on the first day after it.
    """
    day = period.span.last + _DAY
    if period.every is Every.WEEK:
        day += -day.weekday() % 7 * _DAY
    return utc(datetime.combine(day, at, calendar.zone))
