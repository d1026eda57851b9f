"""Pace: which part of a goal's period has passed, as its work goes."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.calendar import DaySpan

_DAY = timedelta(days=1)
_SATURDAY = 5


class Pace(StrEnum):
    """How what is expected grows over a period."""

    LINEAR = "linear"
    """The same every day."""
    BUSINESS_DAYS = "business_days"
    """The same every working day."""
    SEASONAL = "seasonal"
    """As it went last year."""


def linear(period: DaySpan, day: date) -> Fraction:
    """Return the part of the days that are over at the end of ``day``."""
    return Fraction((day - period.first).days + 1, period.length)


def by_business_days(period: DaySpan, day: date, country: str) -> Fraction | None:
    """Return the part of the working days that are over at the end of ``day``; None if there are none.

    Args:
        period: The goal's period.
        day: A day in it.
        country: ISO 3166 code of the country whose public holidays are off, such as ``NL`` or ``BE``.
    """
    passed, every = (business_days(period.first, last, country) for last in (day, period.last))
    return Fraction(passed, every) if every else None


@lru_cache(maxsize=512)
def business_days(first: date, last: date, country: str) -> int:
    """Return how many days from ``first`` to ``last`` are neither weekends nor public holidays."""
    off = holidays_in(country, first.year, last.year)
    days = (first + number * _DAY for number in range((last - first).days + 1))
    return sum(day.weekday() < _SATURDAY and day not in off for day in days)


@lru_cache(maxsize=64)
def holidays_in(country: str, first: int, last: int) -> frozenset[date]:
    """Return the public holidays of a country in the years from ``first`` to ``last``.

    Raises:
        ValueError: if no such country is known.
    """
    # Its tables of all countries take a while to load, which goals at another pace need not wait for.
    import holidays  # noqa: PLC0415

    try:
        return frozenset(holidays.country_holidays(country, years=range(first, last + 1)))
    except NotImplementedError:
        raise ValueError(f"{country!r} is no country whose holidays are known: write 'NL', 'BE' or another") from None


def listed(points: Sequence[tuple[date, Fraction]], start: tuple[date, Fraction], day: date) -> Fraction:
    """Return what a list of values says for ``day``: between two of them it grows by the same amount every day.

    Args:
        points: By when which value shall be reached, oldest first; the last one is not before ``day``.
        start: The last day before the period and the value there.
        day: The day.
    """
    earlier = start
    for until, value in points:
        if day <= until:
            part = Fraction((day - earlier[0]).days, (until - earlier[0]).days)
            return earlier[1] + (value - earlier[1]) * part
        earlier = until, value
    return earlier[1]
