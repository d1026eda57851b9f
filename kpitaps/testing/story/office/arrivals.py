"""What begins on a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.catalogue import SEASON
from kpitaps.testing.story.dice import poisson
from kpitaps.testing.story.office.bills import goodwill
from kpitaps.testing.story.office.deals import deal
from kpitaps.testing.story.office.deliveries import orders
from kpitaps.testing.story.office.expenses import expense
from kpitaps.testing.story.office.hours import working_day
from kpitaps.testing.story.office.leads import lead
from kpitaps.testing.story.office.newsletters import join, newsletter
from kpitaps.testing.story.office.newsletters import leave as leave_newsletter
from kpitaps.testing.story.office.nights import night_shift
from kpitaps.testing.story.office.people import company
from kpitaps.testing.story.office.staff import leave, leaving_day
from kpitaps.testing.story.office.tickets import ticket
from kpitaps.testing.story.office.trade import add_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from kpitaps.testing.story.office.desk import Desk, Life

    Beginning = tuple[datetime, Life]

_ACQUAINTANCES = 24
_LEADS, _JOINERS, _LEAVERS, _EXPENSES, _STRANGERS, _GOODWILL = 0.75, 1.37, 0.06, 0.64, 0.44, 0.009
"""How many a day."""
_FAIR = 0.01
_TICKETS_PER_CLIENT, _DEALS_PER_CLIENT = 0.0021, 0.0004
_NEWSLETTER_DAYS = (4, 18)


def arrivals(desk: Desk, day: date) -> Iterator[Beginning]:
    """Yield what begins on a day, and when."""
    if day == desk.founding.founded:
        yield from _founding_clients(desk, day)
    if day == leaving_day(desk):
        yield desk.on(day), leave(desk)
    if (day.month, day.day) == (2, 29):
        yield from ((desk.on(day), life) for life in (lead(desk), ticket(desk, None), expense(desk)))
    yield from _strangers(desk, day)
    yield from _regulars(desk, day)
    yield from working_day(desk, day)
    yield from night_shift(desk, day)


def _strangers(desk: Desk, day: date) -> Iterator[Beginning]:
    """Leads, alone or from a fair, tickets of the shop's customers, and subscribers, more when the shop is busy."""
    pace = desk.founding.pace
    if desk.chance(_FAIR):
        yield from ((desk.on(day), lead(desk, "trade_fair")) for _ in range(poisson(desk.dice, 5 * pace)))
    for _ in range(poisson(desk.dice, _LEADS * pace)):
        yield desk.on(day), lead(desk)
    for _ in range(poisson(desk.dice, _STRANGERS * pace)):
        yield desk.on(day), ticket(desk, None)
    for _ in range(poisson(desk.dice, _JOINERS * SEASON[day.month - 1] * pace)):
        yield desk.at_any_hour(day), join(desk)
    for _ in range(poisson(desk.dice, _LEAVERS * pace)):
        yield desk.at_any_hour(day), leave_newsletter(desk)
    if day.day in _NEWSLETTER_DAYS:
        yield desk.on(day), newsletter(desk)


def _regulars(desk: Desk, day: date) -> Iterator[Beginning]:
    """What existing clients and suppliers bring."""
    pace, clients = desk.founding.pace, desk.ledgers.clients
    for _ in range(poisson(desk.dice, _EXPENSES * pace)):
        yield desk.on(day), expense(desk)
    for _ in range(poisson(desk.dice, _TICKETS_PER_CLIENT * len(clients))):
        yield desk.on(day), ticket(desk, desk.dice.choice(clients).id)
    for _ in range(poisson(desk.dice, _DEALS_PER_CLIENT * len(clients))):
        pipeline = desk.dice.choice(("machines", "wholesale"))
        yield desk.on(day), deal(desk, desk.dice.choice(clients), pipeline, desk.dice.choice(("referral", "direct")))
    if clients and desk.chance(_GOODWILL * pace):
        yield desk.on(day), goodwill(desk, desk.dice.choice(clients))


def _founding_clients(desk: Desk, day: date) -> Iterator[Beginning]:
    """Whom the founders knew already."""
    for _ in range(max(1, round(_ACQUAINTANCES * desk.founding.pace))):
        yield desk.on(day + timedelta(days=desk.dice.randrange(12))), _acquaintance(desk)


def _acquaintance(desk: Desk) -> Life:
    client = add_client(desk, company(desk), None)
    yield desk.later(0, 20)
    desk.begin(orders(desk, client))
    if desk.chance(0.4):
        desk.begin(deal(desk, client, "machines", "referral"))
