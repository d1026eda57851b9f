"""Draws that the shop and the office share."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate
from math import exp
from typing import TYPE_CHECKING

from kpitaps.calendar import day_end, day_start

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from random import Random
    from zoneinfo import ZoneInfo

_HOUR = timedelta(hours=1)


def poisson(rng: Random, mean: float) -> int:
    """Return a Poisson draw by Knuth's method, in steps small enough for exp() to stay exact enough."""
    count = 0
    while mean > 0:
        step = min(mean, 30.0)
        limit, product = exp(-step), rng.random()
        while product > limit:
            count += 1
            product *= rng.random()
        mean -= step
    return count


def spread(rng: Random, day: date, zone: ZoneInfo, hourly: Sequence[float], number: int) -> list[datetime]:
    """Return instants on ``day``, as many in each local hour as its weight says; the day may have 23 or 25 of them."""
    start, end = day_start(day, zone), day_end(day, zone)
    hours = [start + _HOUR * index for index in range((end - start) // _HOUR)]
    if len(hours) == 24:
        weights = list(accumulate(hourly))
    else:
        weights = list(accumulate(hourly[hour.astimezone(zone).hour] for hour in hours))
    chosen = rng.choices(hours, cum_weights=weights, k=number)
    return [hour + timedelta(seconds=rng.randrange(3_600)) for hour in chosen]


def clock_change(day: date, zone: ZoneInfo) -> datetime | None:
    """Return the full hour at which the clock changes on ``day``; None where it does not."""
    start, end = day_start(day, zone), day_end(day, zone)
    if end - start == timedelta(days=1):
        return None
    offset = start.astimezone(zone).utcoffset()
    hours = (start + _HOUR * index for index in range(1, (end - start) // _HOUR))
    return next((hour for hour in hours if hour.astimezone(zone).utcoffset() != offset), start + _HOUR)
