"""The event log of a fictional shop: the same for the same seed, however far and in whichever steps it is read."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.calendar import local_day
from kpitaps.errors import BadUse
from kpitaps.testing.story.bookkeeping import Bookkeeping
from kpitaps.testing.story.books import Books, Founding, OpenOrder
from kpitaps.testing.story.days import plan_day
from kpitaps.testing.story.events import (
    CheckoutAbandoned,
    CheckoutRecovered,
    Event,
    OrderDeleted,
    OrderPlaced,
    Refunded,
)
from kpitaps.testing.story.log import Log
from kpitaps.testing.story.office import Office
from kpitaps.testing.story.orders import place_order
from kpitaps.testing.story.pricing import RATE_SCALE, at_rate, exchange_rate
from kpitaps.testing.story.website import Website

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from kpitaps.testing.story.events import Line, OrderEvent


class Story(Log[Event]):
    """What happened in a shop since it was founded.

    Every local day has dice of its own, seeded from (seed, day), and days are entered in order; so the log up to an
    instant never depends on how far anyone has read. Refunds, edits and cancellations come when their time comes.

    Args:
        seed: Another seed, another shop.
        founded: Its first day.
        zone: IANA name; the shop's days are days there.
        currency: In which it keeps its books: one of EUR, USD, GBP, SEK.
        orders_per_day: About the mean of its first three years; it grows.
        name: What it is called.
        home: ISO 3166 code of the country it mostly sells to.
        pace: How much goes on in the office; 1 is a small company, 0.1 a tenth of it.
        fiscal_year_start: The month in which the company's fiscal year begins.
    """

    def __init__(
        self,
        seed: int = 7,
        founded: date = date(2023, 1, 1),
        zone: str = "Europe/Amsterdam",
        currency: str = "EUR",
        orders_per_day: float = 8,
        *,
        name: str = "Branderij De Kade",
        home: str = "NL",
        pace: float = 1,
        fiscal_year_start: int = 1,
    ) -> None:
        super().__init__(founded, ZoneInfo(zone))
        self.shop = Founding(seed, founded, self._zone, currency, home, name, orders_per_day, pace, fiscal_year_start)
        self._books = Books()
        self._by_hand = Books(orders=900_000, checkouts=900_000, ids=10**9)
        self._office: Office | None = None
        self._website: Website | None = None
        self._bookkeeping: Bookkeeping | None = None

    @property
    def name(self) -> str:
        """What the shop is called."""
        return self.shop.name

    @property
    def zone(self) -> str:
        """The IANA name of the shop's time zone."""
        return self.shop.zone.key

    @property
    def currency(self) -> str:
        """The ISO 4217 code in which the shop keeps its books."""
        return self.shop.currency

    @property
    def office(self) -> Office:
        """What happened in the office of the same company; made when it is first asked for."""
        with self._lock:
            if self._office is None:
                self._office = Office(self.shop)
            return self._office

    @property
    def website(self) -> Website:
        """What happened on the web site of the same company; made when it is first asked for."""
        with self._lock:
            if self._website is None:
                self._website = Website(self.shop, self, self.office)
            return self._website

    @property
    def bookkeeping(self) -> Bookkeeping:
        """What was booked of it all; made when it is first asked for."""
        with self._lock:
            if self._bookkeeping is None:
                self._bookkeeping = Bookkeeping(self.shop, self, self.office)
            return self._bookkeeping

    def order(self, order: int | str, until: datetime) -> list[OrderEvent]:
        """Return the events up to ``until`` of the order with this id or name.

        Raises:
            BadUse: if there is no such order by then.
        """
        events = [event for event in self.events(until) if not isinstance(event, CheckoutAbandoned | CheckoutRecovered)]
        for event in events:
            if isinstance(event, OrderPlaced) and order in (event.order, event.name):
                return [each for each in events if each.order == event.order]
        raise BadUse(f"{self.name} has no order {order!r} by {until.isoformat()}")

    def refund(
        self, order: int | str, at: datetime, quantities: Mapping[int, int] | None = None, *, is_return: bool = False
    ) -> Refunded:
        """Refund an order by hand; what the story had in store for it after ``at`` no longer happens.

        Args:
            order: Its id or name.
            at: When.
            quantities: Units per line id; None takes back everything that is open, shipping included.
            is_return: Handled as a return of goods.

        Raises:
            BadUse: if there is no such order, or not as much of it open.
        """
        with self._lock:
            history = self.order(order, at)
            placed = history[0]
            assert isinstance(placed, OrderPlaced)
            rest = OpenOrder(placed, history)
            rate = exchange_rate(self.currency, placed.presentment_currency, local_day(at, self.shop.zone))
            shipping = None if quantities is not None else rest.shipping
            lines = (
                rest.take_all(rate)
                if quantities is None
                else tuple(rest.take(line, units, rate) for line, units in _chosen(rest, quantities))
            )
            if shipping and rate != RATE_SCALE:
                shipping = at_rate(shipping, rate)
            event = Refunded(at, placed.order, self._by_hand.next_id(), lines, shipping, is_return=is_return)
            self._drop(lambda event: getattr(event, "order", None) == placed.order, at)
            self.append(event)
            return event

    def delete(self, order: int | str, at: datetime) -> OrderDeleted:
        """Delete an order by hand; what the story had in store for it after ``at`` no longer happens.

        Args:
            order: Its id or name.
            at: When.

        Raises:
            BadUse: if there is no such order.
        """
        with self._lock:
            event = OrderDeleted(at, self.order(order, at)[0].order)
            self._drop(lambda other: getattr(other, "order", None) == event.order, at)
            self.append(event)
            return event

    def place(self, at: datetime, seed: int = 0) -> OrderPlaced:
        """Add one more order by hand; nothing becomes of it later."""
        with self._lock:
            placed, _ = place_order(self.shop, self._by_hand, Random(f"{seed}/{self._by_hand.orders}"), at)
            self.append(placed)
            return placed

    def _plan(self, day: date) -> list[Event]:
        return plan_day(self.shop, self._books, day)


def _chosen(rest: OpenOrder, quantities: Mapping[int, int]) -> list[tuple[Line, int]]:
    left = {line.id: (line, units) for line, units in rest.lines}
    for line, units in quantities.items():
        if line not in left or not 0 < units <= left[line][1]:
            raise BadUse(f"order {rest.placed.name} has no {units} units of line {line} left to take back")
    return [(left[line][0], units) for line, units in quantities.items()]
