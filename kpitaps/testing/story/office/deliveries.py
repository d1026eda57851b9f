"""What a won deal brings: invoices, subscriptions, projects, tickets and orders that come back every month."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.office.bills import bill
from kpitaps.testing.story.office.projects import project
from kpitaps.testing.story.office.subscriptions import subscription
from kpitaps.testing.story.office.tables import COFFEES, MACHINES, SERVICES
from kpitaps.testing.story.office.tickets import ticket
from kpitaps.testing.story.office.trade import lines

if TYPE_CHECKING:
    from kpitaps.testing.story.office.desk import Desk, Life
    from kpitaps.testing.story.office.ledgers import Client, OpenDeal


def deliver(desk: Desk, deal: OpenDeal) -> Life:
    """Carry out what was agreed."""
    yield from (_first_order if deal.pipeline == "wholesale" else _machine)(desk, deal)


def orders(desk: Desk, client: Client) -> Life:
    """A client orders coffee every month or so, until they do not any more."""
    while not desk.chance(0.1):
        yield desk.later(24, 38)
        wares = desk.dice.sample(COFFEES, desk.dice.choice((1, 1, 2, 3, 4)))
        desk.begin(bill(desk, client, lines(desk, client, wares, desk.dice.randint(12_000, 140_000))))


def _first_order(desk: Desk, deal: OpenDeal) -> Life:
    wares = desk.dice.sample(COFFEES, desk.dice.choice((1, 2, 3)))
    desk.begin(bill(desk, deal.client, lines(desk, deal.client, wares, deal.cents // 4), deal=deal.id))
    if desk.chance(0.16) and _may_subscribe(desk, deal.client):
        desk.begin(subscription(desk, deal.client, SERVICES[2]))
    else:
        desk.begin(orders(desk, deal.client))
    yield desk.later(10, 40)
    if desk.chance(0.3):
        desk.begin(ticket(desk, deal.client.id, "delivery"))


def _machine(desk: Desk, deal: OpenDeal) -> Life:
    """A machine is delivered, in one go or with a deposit; its first weeks bring questions."""
    client = deal.client
    whole = lines(desk, client, desk.dice.sample(MACHINES, desk.dice.choice((1, 2, 3))), deal.cents)
    if desk.chance(0.25):
        deposit = lines(desk, client, MACHINES[3:4], deal.cents // 4)
        desk.begin(bill(desk, client, deposit, deal=deal.id))
        yield desk.later(10, 40)
    desk.begin(bill(desk, client, whole, deal=deal.id))
    if desk.chance(0.55) and _may_subscribe(desk, client):
        desk.begin(subscription(desk, client, desk.dice.choice(SERVICES[:2])))
    if desk.chance(0.5):
        desk.begin(project(desk, client), desk.later(0, 14))
    for _ in range(desk.dice.choice((0, 1, 1, 2, 3))):
        yield desk.now + timedelta(days=desk.dice.randint(1, 12), seconds=desk.dice.randrange(86_400))
        desk.begin(ticket(desk, client.id, "machine"))


def _may_subscribe(desk: Desk, client: Client) -> bool:
    """Subscriptions are in the company's currency: a CRM that lists them tells no exchange rate."""
    return client.currency == desk.founding.currency
