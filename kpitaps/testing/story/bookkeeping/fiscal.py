"""The company's fiscal calendar: years and periods, ends of months and quarters."""

from __future__ import annotations

from datetime import date, timedelta

_YEAR = 12


class FiscalCalendar:
    """Years of twelve months that begin in a month of the company's choice.

    Args:
        start: The month in which a fiscal year begins.
    """

    def __init__(self, start: int) -> None:
        self.start = start

    def period(self, day: date) -> tuple[int, int]:
        """Return the fiscal year, named after the calendar year in which it begins, and its month, from 1."""
        year = day.year if day.month >= self.start else day.year - 1
        return year, (day.month - self.start) % _YEAR + 1

    def before(self, period: tuple[int, int]) -> tuple[int, int]:
        """Return the period before."""
        year, month = period
        return (year, month - 1) if month > 1 else (year - 1, _YEAR)

    def first_day(self, year: int) -> date:
        """Return the first day of a fiscal year."""
        return date(year, self.start, 1)

    def last_day(self, year: int) -> date:
        """Return the last day of a fiscal year."""
        return self.first_day(year + 1) - timedelta(days=1)


def month_before(day: date) -> tuple[date, date]:
    """Return the first and the last day of the month before a day's."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last
