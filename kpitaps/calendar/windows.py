"""The windows of a company's calendar: named spans of local days, and what each is compared with.

==================================  =====================================================================
``today`` ``yesterday``             that day
``7d`` ``28d``                      the last 7 or 28 full days, ending yesterday
``wtd`` ``mtd`` ``qtd`` ``ytd``     from the start of the week, month, quarter or fiscal year up to today
``last_week`` … ``last_year``       the last full week, month, quarter or fiscal year
``12m``                             the last 12 full calendar months: the current month is not in it
==================================  =====================================================================

A window is *open* while it contains today.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar.days import local_day
from kpitaps.errors import BadDefinition, BadSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_WEEKS_IN_YEAR = timedelta(weeks=52)
"""364 days: the shift by about a year that puts Mondays beside Mondays."""


class Comparing(NamedTuple):
    """How a window is compared.

    Attributes:
        by_share: Whether a window to date is compared with the same share of the period before it, rather than with as
            many days: half of a month with half of February.
        by_weekdays: Whether a year before means 364 days, so that weekdays stay aligned, or the same dates; None leaves
            that to the window: days and weeks by weekdays, months by dates.
    """

    by_share: bool = False
    by_weekdays: bool | None = None


AS_USUAL = Comparing()


class DaySpan(NamedTuple):
    """The local days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days there are."""
        return (self.last - self.first).days + 1

    def has(self, day: date) -> bool:
        """Return whether ``day`` is one of them."""
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        """Yield each day, oldest first."""
        return (self.first + timedelta(days=number) for number in range(self.length))

    def shifted(self, by: timedelta) -> DaySpan:
        """Return the same number of days, ``by`` later."""
        return DaySpan(self.first + by, self.last + by)


class _Days(NamedTuple):
    """``number`` days of which the last is ``ago`` days before today."""

    number: int
    ago: int


class _ToDate(NamedTuple):
    """From the start of the current period up to today; ``months`` is 0 for a week."""

    months: int


class _Full(NamedTuple):
    """The last ``number`` full periods; ``months`` is 0 for a week."""

    months: int
    number: int = 1


_FRAMES: dict[str, _Days | _ToDate | _Full] = {
    "today": _Days(1, ago=0),
    "yesterday": _Days(1, ago=1),
    "7d": _Days(7, ago=1),
    "28d": _Days(28, ago=1),
    "wtd": _ToDate(0),
    "mtd": _ToDate(1),
    "qtd": _ToDate(3),
    "ytd": _ToDate(12),
    "last_week": _Full(0),
    "last_month": _Full(1),
    "last_quarter": _Full(3),
    "last_year": _Full(12),
    "12m": _Full(1, number=12),
}

WINDOWS: tuple[str, ...] = tuple(_FRAMES)
"""The names of all windows, shortest first within each kind."""


@dataclass(frozen=True, slots=True)
class CompanyCalendar:
    """How a company counts days, weeks and years.

    Attributes:
        zone: Where its days begin and end.
        week_start: The weekday on which its weeks begin: 0 for Monday, 6 for Sunday.
        fiscal_year_start: The month, 1 to 12, on whose first day its years and quarters begin.
    """

    zone: ZoneInfo
    week_start: int = 0
    fiscal_year_start: int = 1

    def __post_init__(self) -> None:
        if self.week_start not in range(7):
            raise BadSettings(f"week start {self.week_start!r}: use 0 for Monday up to 6 for Sunday")
        if self.fiscal_year_start not in range(1, 13):
            raise BadSettings(f"fiscal year start {self.fiscal_year_start!r}: use the number of a month, 1 to 12")

    def today(self, now: datetime) -> date:
        """Return the company's local day at ``now``, an aware instant."""
        return local_day(now, self.zone)

    def window(self, name: str, today: date) -> DaySpan:
        """Return the days of the window ``name`` as of ``today``.

        Raises:
            BadDefinition: if there is no such window.
        """
        match _frame(name):
            case _Days(number, ago):
                last = today - ago * _DAY
                return DaySpan(last - (number - 1) * _DAY, last)
            case _ToDate(months):
                return DaySpan(self._start(today, months), today)
            case _Full(months, number):
                start = self._start(today, months)
                return DaySpan(_later(start, months, -number), start - _DAY)

    def previous(self, name: str, today: date, how: Comparing = AS_USUAL) -> DaySpan:
        """Return the comparable days just before the window ``name``.

        A window to date is compared with as many days of the period before it, cut off at that period's end, or with
        the same share of it, rounded to the nearest day and one day at least.

        Raises:
            BadDefinition: if there is no such window.
        """
        window = self.window(name, today)
        match _frame(name):
            case _Days(number, _):
                return window.shifted(-number * _DAY)
            case _ToDate(months):
                first = _later(window.first, months, -1)
                length = window.length
                if how.by_share:
                    whole, before = (_later(window.first, months, 1) - window.first), (window.first - first)
                    length = max(1, (2 * length * before.days + whole.days) // (2 * whole.days))
                return DaySpan(first, min(first + (length - 1) * _DAY, window.first - _DAY))
            case _Full(months, number):
                return DaySpan(_later(window.first, months, -number), window.first - _DAY)

    def last_year(self, name: str, today: date, how: Comparing = AS_USUAL) -> DaySpan:
        """Return the same days a year before.

        Windows made of days and weeks go back 364 days, so that weekdays stay aligned; those made of months go back
        by the calendar, 29 February to 28 February; unless ``how`` says otherwise.

        Raises:
            BadDefinition: if there is no such window.
        """
        window = self.window(name, today)
        match _frame(name):
            case _ if how.by_weekdays:
                return window.shifted(-_WEEKS_IN_YEAR)
            case _Days() | _ToDate(0) | _Full(0):
                if how.by_weekdays is None:
                    return window.shifted(-_WEEKS_IN_YEAR)
                return DaySpan(_year_before(window.first), _year_before(window.last))
            case _ToDate():
                return DaySpan(_later(window.first, 12, -1), _year_before(window.last))
            case _Full():
                return DaySpan(_later(window.first, 12, -1), _later(window.last + _DAY, 12, -1) - _DAY)

    def full_month(self, today: date, back: int) -> DaySpan:
        """Return the ``back``-th last calendar month that is full as of ``today``."""
        start = self._start(today, 1)
        return DaySpan(_later(start, 1, -back), _later(start, 1, 1 - back) - _DAY)

    def is_open(self, name: str, today: date) -> bool:
        """Return whether the window contains ``today``."""
        return self.window(name, today).has(today)

    def _start(self, day: date, months: int) -> date:
        """Return the first day of the period, ``months`` long or a week, in which ``day`` lies."""
        if not months:
            return day - (day.weekday() - self.week_start) % 7 * _DAY
        into_period = (day.month - self.fiscal_year_start) % months
        return _later(day.replace(day=1), 1, -into_period)


def _frame(name: str) -> _Days | _ToDate | _Full:
    if name not in _FRAMES:
        raise BadDefinition(f"there is no window {name!r}: there are {', '.join(_FRAMES)}")
    return _FRAMES[name]


def _later(start: date, months: int, number: int) -> date:
    """Return the start of the period that begins ``number`` periods after the one that begins at ``start``."""
    if not months:
        return start + number * _WEEK
    years, month = divmod(start.year * 12 + start.month - 1 + number * months, 12)
    return date(years, month + 1, 1)


def _year_before(day: date) -> date:
    last_of_february = day.month == 2 and day.day == 29
    return day.replace(year=day.year - 1, day=28 if last_of_february else day.day)
