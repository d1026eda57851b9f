"""People subscribe to the newsletter, read it, and leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.testing.story.dice import poisson
from kpitaps.testing.story.office.people import address, person
from kpitaps.testing.story.office_events import NewsletterRead, NewsletterSent, SubscriberJoined, SubscriberLeft

if TYPE_CHECKING:
    from kpitaps.testing.story.office.desk import Desk, Life

_MINUTES = (40, 180, 480, 1_440, 2_880, 5_760, 14_400)
"""How long after the one before people are counted who opened it."""


def join(desk: Desk) -> Life:
    """Somebody subscribes, often with an order in the shop."""
    who = desk.next_id()
    desk.ledgers.subscribers.append(who)
    desk.tell(SubscriberJoined(desk.now, who, address(person(desk), who)))
    yield from ()


def leave(desk: Desk, campaign: int | None = None) -> Life:
    """Somebody unsubscribes, if anybody is left."""
    subscribers = desk.ledgers.subscribers
    if subscribers:
        index = desk.dice.randrange(len(subscribers))
        subscribers[index], subscribers[-1] = subscribers[-1], subscribers[index]
        desk.tell(SubscriberLeft(desk.now, subscribers.pop(), campaign))
    yield from ()


def newsletter(desk: Desk) -> Life:
    """Send a newsletter to all, and count for two weeks who opens it."""
    delivered = round(len(desk.ledgers.subscribers) * desk.dice.uniform(0.97, 1))
    if not delivered:
        return
    part = "I" if desk.today.day < 15 else "II"
    campaign = desk.next_id()
    desk.tell(NewsletterSent(desk.now, campaign, f"Nieuwsbrief {desk.today:%Y-%m} {part}", delivered))
    for _ in range(poisson(desk.dice, delivered * 0.004)):
        desk.begin(leave(desk, campaign), desk.soon(5, 6 * 1_440))
    opens = round(delivered * desk.dice.uniform(0.28, 0.5))
    for minutes in _MINUTES:
        yield desk.soon(minutes * 0.7, minutes * 1.3)
        opened = round(opens * desk.dice.uniform(0.2, 0.5))
        opens -= opened
        if opened:
            desk.tell(NewsletterRead(desk.now, campaign, opened, round(opened * desk.dice.uniform(0, 0.3))))
