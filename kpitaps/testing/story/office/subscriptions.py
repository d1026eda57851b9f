"""A client subscribes: an invoice every period, until the agreed end or until they give it up."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.office.bills import bill
from kpitaps.testing.story.office.trade import lines, totals
from kpitaps.testing.story.office_events import SubscriptionEnded, SubscriptionStarted, Sum

if TYPE_CHECKING:
    from kpitaps.testing.story.office.desk import Desk, Life
    from kpitaps.testing.story.office.ledgers import Client
    from kpitaps.testing.story.office.tables import Ware

_PERIODS = (("month", 1), ("month", 3), ("week", 2), ("week", 1), ("month", 6), ("month", 2), ("year", 1), ("year", 2))
_WEIGHTS = (30, 26, 5, 3, 9, 7, 16, 4)
_DAYS = {"week": 7, "month": 30, "year": 365}


@dataclass(slots=True)
class _Running:
    id: int
    starts_on: date
    ends_on: date | None


def subscription(desk: Desk, client: Client, ware: Ware) -> Life:
    """Enter a subscription and send its invoices, each on the first day of its period."""
    unit, periods = desk.dice.choices(_PERIODS, _WEIGHTS)[0]
    months = max(1, _DAYS[unit] * periods // 30)
    of = lines(desk, client, [ware], ware.cents * months * desk.dice.choice((1, 1, 2, 3)))
    starts_on = _first_day(desk)
    ends_on = None
    if desk.chance(0.18):
        ends_on = period_start(starts_on, unit, periods * desk.dice.choice((2, 4, 6))) - timedelta(days=1)
    running = _Running(desk.next_id(), starts_on, ends_on)
    excl = Sum(totals(of)[0], client.currency)
    desk.tell(SubscriptionStarted(desk.now, running.id, client.id, ware.name, excl, unit, periods, starts_on, ends_on))
    if desk.chance(0.5):
        desk.begin(_give_up(desk, running), desk.later(20, 500))
    index, begins = 0, starts_on
    while running.ends_on is None or begins <= running.ends_on:
        yield max(desk.now, desk.at(begins, time(6)))
        if running.ends_on and begins > running.ends_on:
            return
        desk.begin(bill(desk, client, of, subscription=running.id))
        index += 1
        begins = period_start(starts_on, unit, periods * index)


def period_start(first: date, unit: str, count: int) -> date:
    """Return the day so many weeks, months or years after ``first``; the 31st becomes a shorter month's last day."""
    if unit == "week":
        return first + timedelta(weeks=count)
    month = first.month - 1 + count * (12 if unit == "year" else 1)
    year, month = first.year + month // 12, month % 12 + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def _first_day(desk: Desk) -> date:
    """Today, the first of next month, or some days ago where it was entered late."""
    kind = desk.dice.random()
    if kind < 0.4:
        return period_start(desk.today.replace(day=1), "month", 1)
    if kind < 0.5:
        return max(desk.founding.founded, desk.today - timedelta(days=desk.dice.randint(1, 12)))
    return desk.today


def _give_up(desk: Desk, running: _Running) -> Life:
    earliest = max(desk.today, running.starts_on)
    if running.ends_on and running.ends_on <= earliest:
        return
    running.ends_on = earliest + timedelta(days=desk.dice.choice((0, 0, 14, 30, 61)))
    desk.tell(SubscriptionEnded(desk.now, running.id, running.ends_on))
    yield from ()
