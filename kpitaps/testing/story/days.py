"""One day in the shop, drawn from dice of its own."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from kpitaps.testing.story.aftermath import Aftermath
from kpitaps.testing.story.catalogue import HOURS, SEASON, WEEKDAYS
from kpitaps.testing.story.dice import clock_change, poisson, spread
from kpitaps.testing.story.events import CheckoutAbandoned, CheckoutRecovered
from kpitaps.testing.story.orders import place_order

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.testing.story.books import Books, Founding
    from kpitaps.testing.story.events import Event

_FIRST_YEAR = 0.83
_GROWTH = 1.14
"""A year's growth; with this start the mean of the first three years is about ``orders_per_day``."""
_ABANDONED_PER_ORDER = 0.6
_RECOVERED = 0.2
_HOUR = timedelta(hours=1)


def plan_day(shop: Founding, books: Books, day: date) -> list[Event]:
    """Return all that starts on a local day, with what will come of it later, in no particular order."""
    rng = Random(f"{shop.seed}/{day.isoformat()}")
    expected = _expected(shop, day)
    events: list[Event] = []
    for at in _instants(shop, rng, day, expected):
        placed, deal = place_order(shop, books, rng, at)
        events += [placed, *Aftermath(shop, books, rng, placed, deal).events()]
    for at in sorted(_within(shop, rng, day, poisson(rng, expected * _ABANDONED_PER_ORDER))):
        events += _checkout(books, rng, at)
    return events


def _expected(shop: Founding, day: date) -> float:
    years = (day - shop.founded).days / 365.25
    level: float = shop.orders_per_day * _FIRST_YEAR * _GROWTH**years
    return level * SEASON[day.month - 1] * WEEKDAYS[day.weekday()]


def _instants(shop: Founding, rng: Random, day: date, expected: float) -> list[datetime]:
    instants = _within(shop, rng, day, poisson(rng, expected))
    if day.month == 2 and day.day == 29:
        instants += _within(shop, rng, day, 1)
    return sorted(instants + _around_clock_change(shop, rng, day))


def _within(shop: Founding, rng: Random, day: date, number: int) -> list[datetime]:
    return spread(rng, day, shop.zone, HOURS, number)


def _around_clock_change(shop: Founding, rng: Random, day: date) -> list[datetime]:
    """Return an order in each of the two hours around a change of the clock, so that no log is without them."""
    change = clock_change(day, shop.zone)
    if change is None:
        return []
    return [hour + timedelta(seconds=rng.randrange(3_600)) for hour in (change - _HOUR, change)]


def _checkout(books: Books, rng: Random, at: datetime) -> list[Event]:
    checkout = books.next_id()
    events: list[Event] = [CheckoutAbandoned(at, checkout, books.next_checkout(), None)]
    if rng.random() < _RECOVERED:
        events.append(CheckoutRecovered(at + timedelta(seconds=rng.randint(1_800, 3 * 86_400)), checkout))
    return events
