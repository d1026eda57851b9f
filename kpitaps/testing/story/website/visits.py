"""One day on the web site, drawn from dice of its own."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from math import ceil, exp
from typing import TYPE_CHECKING

from kpitaps.calendar import day_start, utc
from kpitaps.testing.story.catalogue import HOURS, SEASON, WEEKDAYS
from kpitaps.testing.story.dice import clock_change, poisson, spread
from kpitaps.testing.story.site_events import Visited
from kpitaps.testing.story.site_world import TRAFFIC_CHANNELS
from kpitaps.testing.story.website.occasions import Occasion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from kpitaps.testing.story.books import Founding
    from kpitaps.testing.story.website.crowd import Crowd

_PER_ORDER = 12.2
"""Visits that come to nothing, per order of the shop in its first three years."""
_FIRST_YEAR, _GROWTH = 0.84, 1.13
_SEASONALITY = 0.6
"""People look around in quiet months too: visits swing less than orders do."""
_PERCENT, _BUYING_PERCENT = (34, 23, 14, 8, 7, 4, 7, 3), (30, 25, 17, 4, 6, 8, 7, 3)
_CHANNELS, _BUYING_CHANNELS = (
    tuple(channel for channel, times in zip(TRAFFIC_CHANNELS, each, strict=True) for _ in range(times))
    for each in (_PERCENT, _BUYING_PERCENT)
)
"""A hundred draws each: where visitors come from, and where those come from who buy."""
_BOUNCED = 0.38
_LATE = time(23, 30)
_LONGEST = 5_400
_HOUR = timedelta(hours=1)


def visits(
    founding: Founding, rng: Random, day: date, occasions: list[Occasion], crowd: Crowd, ids: Iterator[int]
) -> list[Visited]:
    """Return the visits that begin on a local day, in the order of time."""
    start = day_start(day, founding.zone)
    lookers = spread(rng, day, founding.zone, HOURS, poisson(rng, _expected(founding, day)))
    all_of_them = [*occasions, *(Occasion(at) for at in lookers), *_of_note(founding, rng, day)]
    crowd.open_day()
    full_hours: dict[int, datetime] = {}
    return [
        _visit(rng, each, crowd, ids, _processed(rng, start, each.begin, full_hours))
        for each in sorted(all_of_them, key=lambda each: each.begin)
    ]


def _expected(founding: Founding, day: date) -> float:
    years = (day - founding.founded).days / 365.25
    level: float = founding.orders_per_day * _PER_ORDER * _FIRST_YEAR * _GROWTH**years
    return level * WEEKDAYS[day.weekday()] * float(SEASON[day.month - 1] ** _SEASONALITY)


def _of_note(founding: Founding, rng: Random, day: date) -> Iterator[Occasion]:
    """Yield what no log may be without, however small the company.

    A visit in each of the two hours around a change of the clock, one on leap day, and one at half past eleven in the
    last night of a month, that lasts until the next.
    """
    if change := clock_change(day, founding.zone):
        for hour in (change - _HOUR, change):
            yield Occasion(hour + timedelta(seconds=rng.randrange(3_600)))
    if day.month == 2 and day.day == 29:
        yield Occasion(spread(rng, day, founding.zone, HOURS, 1)[0])
    if (day + timedelta(days=1)).day == 1:
        yield Occasion(utc(datetime.combine(day, _LATE, founding.zone)), 2_700)


def _visit(rng: Random, occasion: Occasion, crowd: Crowd, ids: Iterator[int], processed_at: datetime) -> Visited:
    visitor, is_first = crowd.visitor(rng, ids, occasion.customer)
    key_events = _key_events(rng, occasion)
    pages, seconds = _stay(rng, occasion)
    channels = _BUYING_CHANNELS if occasion.order else _CHANNELS
    return Visited(
        at=occasion.begin,
        visit=next(ids),
        visitor=visitor,
        channel=occasion.channel or channels[int(rng.random() * len(channels))],
        is_first=is_first,
        pages=pages,
        seconds=seconds,
        is_engaged=pages > 1 or seconds > 10 or bool(key_events),
        key_events=key_events,
        order=occasion.order,
        revenue=occasion.revenue,
        load_ms=None if rng.random() < 0.15 else 40 * int(exp(rng.gauss(3.8, 0.5))),
        processed_at=processed_at,
    )


def _stay(rng: Random, occasion: Occasion) -> tuple[int, int]:
    """Return pages and seconds of a visit; what comes of it does so within it."""
    if not occasion.seconds and rng.random() < _BOUNCED:
        return 1, int(rng.random() * 11)
    pages = 4 + int(rng.expovariate(0.15)) if occasion.order else 1 + int(rng.expovariate(0.4))
    more = 1 + int(rng.expovariate(exp(-4.6 - rng.random())))
    return pages, occasion.seconds + min(more, _LONGEST)


def _key_events(rng: Random, occasion: Occasion) -> tuple[str, ...]:
    """Return what somebody does: some send a form twice, some subscribe while they order."""
    key_event = occasion.key_event
    if not key_event:
        return ()
    if key_event == "generate_lead":
        return (key_event, key_event) if rng.random() < 0.04 else (key_event,)
    return ("newsletter_signup", key_event) if occasion.order and rng.random() < 0.03 else (key_event,)


def _processed(rng: Random, start: datetime, at: datetime, full_hours: dict[int, datetime]) -> datetime:
    """Return when the measuring is done with a visit: on a full hour, mostly within half a day.

    Visits that are done at the same time share one instant, for there are many.
    """
    kind = rng.random()
    least, most = (2.5, 9) if kind < 0.75 else (9, 24) if kind < 0.95 else (24, 38)
    waits = least + rng.random() * (most - least)
    hour = ceil((at - start).total_seconds() / 3_600 + waits)
    if hour not in full_hours:
        full_hours[hour] = start + hour * _HOUR
    return full_hours[hour]
