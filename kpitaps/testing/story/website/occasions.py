"""What in the shop and in the office came of a visit to the web site: orders, leads, and newsletters that were read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from kpitaps.calendar import day_end, day_start
from kpitaps.testing.story.books import Books
from kpitaps.testing.story.company_log import FIRST_ID_BY_HAND
from kpitaps.testing.story.events import OrderPlaced
from kpitaps.testing.story.log import Mark
from kpitaps.testing.story.office_events import LeadCaptured, NewsletterRead, SubscriberJoined, entity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from random import Random

    from kpitaps.testing.story.books import Founding
    from kpitaps.testing.story.events import Event
    from kpitaps.testing.story.log import Log
    from kpitaps.testing.story.office_events import OfficeEvent

_LEAST, _MOST = 60, 1_560
"""Seconds between the beginning of a visit and what came of it."""
_SOURCES = {
    "organic_search": ("Organic Search",),
    "paid_search": ("Paid Search",),
    "social": ("Organic Social", "Paid Social"),
    "email": ("Email",),
}
"""What the office calls where a lead came from → channels. The other leads were captured without the web site."""
_SEEN = {"purchase": 0.9, "generate_lead": 0.9, "newsletter_signup": 0.6, "": 0.85}
"""How much of it the measuring sees: people refuse cookies, block scripts, or subscribe at the counter."""


class Occasion(NamedTuple):
    """Why somebody visits, as far as that is known.

    Attributes:
        begin: When the visit begins.
        seconds: How long it lasts at least: what comes of it happens then.
        key_event: What comes of it; empty for reading only.
        channel: Where they come from; empty where nothing tells.
        order: Id of the order, if one comes of it.
        revenue: What is paid for it, in cents.
        customer: Id of the shop's customer, if the order has one.
    """

    begin: datetime
    seconds: int = 0
    key_event: str = ""
    channel: str = ""
    order: int | None = None
    revenue: int = 0
    customer: int | None = None


class Occasions:
    """Reads the shop and the office day by day.

    An order shortly after midnight belongs to a visit of the day before: what is read ahead waits for its day.

    Args:
        founding: Whose.
        shop: Where the orders are.
        office: Where leads and newsletters are.
    """

    def __init__(self, founding: Founding, shop: Log[Event], office: Log[OfficeEvent]) -> None:
        self._founding = founding
        self._shop, self._office = _Reader(shop), _Reader(office)
        self._waiting: list[Occasion] = []
        self._first_order_by_hand = Books(ids=10**9).next_id()

    def on(self, rng: Random, day: date) -> list[Occasion]:
        """Return the visits that begin on a day and that the measuring sees, in the order of time."""
        start, end = day_start(day, self._founding.zone), day_end(day, self._founding.zone)
        until = end + timedelta(seconds=_MOST)
        found = sorted([*self._waiting, *self._orders(until), *self._contacts(until)])
        self._waiting = [each for each in found if each.begin >= end]
        today = [each for each in found if start <= each.begin < end]
        return [each for each in today if rng.random() < _SEEN[each.key_event]]

    def _orders(self, until: datetime) -> Iterator[Occasion]:
        for order in self._shop.read(until):
            if isinstance(order, OrderPlaced) and self._is_on_the_web(order):
                begin, seconds = self._begin(order.at, order.order)
                paid = order.total.shop
                yield Occasion(begin, seconds, "purchase", "", order.order, paid, order.customer)

    def _is_on_the_web(self, order: OrderPlaced) -> bool:
        is_told = order.order < self._first_order_by_hand
        return is_told and order.channel == "web" and not order.is_test and order.processed_at == order.at

    def _contacts(self, until: datetime) -> Iterator[Occasion]:
        for event in self._office.read(until):
            if not isinstance(event, LeadCaptured | SubscriberJoined | NewsletterRead):
                continue
            if entity(event) >= FIRST_ID_BY_HAND:
                continue
            begin, seconds = self._begin(event.at, entity(event))
            if isinstance(event, LeadCaptured):
                if channels := _SOURCES.get(event.source, ()):
                    yield Occasion(begin, seconds, "generate_lead", channels[event.lead % len(channels)])
            elif isinstance(event, SubscriberJoined):
                yield Occasion(begin, seconds, "newsletter_signup")
            else:
                for reader in range(event.clicked):
                    yield Occasion(self._begin(event.at, event.campaign, reader)[0], 0, "", "Email")

    def _begin(self, at: datetime, *what: int) -> tuple[datetime, int]:
        """Return when the visit began, by dice that do not depend on the day on which it is read."""
        dice = crc32(f"{self._founding.seed}/{at.isoformat()}/{what}".encode())
        seconds = _LEAST + dice % (_MOST - _LEAST)
        return at - timedelta(seconds=seconds), seconds


class _Reader:
    """Reads what happens in a log, each event once, whatever is done to its past by hand."""

    def __init__(self, log: Log[Event] | Log[OfficeEvent]) -> None:
        self._log = log
        self._mark = Mark()

    def read(self, until: datetime) -> list[Event | OfficeEvent]:
        since = self._mark.until
        self._mark, events = self._log.read(self._mark, until)
        return [event for event in events if event.at > since]
