"""The event log of a fictional shop: the same for the same seed, however far and in whichever steps it is read."""

from __future__ import annotations

from bisect import bisect_right, insort
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from kpitaps.calendar import day_end, local_day, utc
from kpitaps.errors import BadUse
from kpitaps.testing.story.books import Books, Founding, OpenOrder
from kpitaps.testing.story.days import plan_day
from kpitaps.testing.story.events import CheckoutAbandoned, CheckoutRecovered, OrderPlaced, Refunded
from kpitaps.testing.story.orders import place_order
from kpitaps.testing.story.pricing import RATE_SCALE, at_rate, exchange_rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpitaps.testing.story.events import Event, Line, OrderEvent

_Entry = tuple[datetime, int, "Event"]


class Mark(NamedTuple):
    """How far a reader of the log has come; a new reader starts with ``Mark()``."""

    position: int = 0
    changes: int = 0
    until: datetime = datetime.min.replace(tzinfo=UTC)
    fresh: bool = True


class Story:
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
    ) -> None:
        self.shop = Founding(seed, founded, ZoneInfo(zone), currency, home, name, orders_per_day)
        self._books = Books()
        self._by_hand = Books(orders=900_000, checkouts=900_000, ids=10**9)
        self._next_day = founded
        self._numbers = count()
        self._log: list[_Entry] = []
        self._planned: list[_Entry] = []
        self._changes: list[datetime] = []
        self._lock = RLock()

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

    def events(self, until: datetime) -> Sequence[Event]:
        """Return everything that happened up to and including ``until``, in the order of time.

        Raises:
            TapBug: if ``until`` is naive.
        """
        with self._lock:
            self._reach(until)
            return [event for _, _, event in self._log[: self._position(until)]]

    def read(self, mark: Mark, until: datetime) -> tuple[Mark, Sequence[Event]]:
        """Return what was added up to ``until`` since ``mark``, and where to go on from.

        Where the past changed by hand, or ``until`` lies before the mark, the answer starts anew: its mark's ``fresh``
        is True, and it holds all events.
        """
        with self._lock:
            self._reach(until)
            changed = any(at <= mark.until for at in self._changes[mark.changes :])
            fresh = changed or until < mark.until or not mark.position
            start, end = (0 if fresh else mark.position), self._position(until)
            events = [event for _, _, event in self._log[start:end]]
            return Mark(end, len(self._changes), until, fresh=fresh), events

    def append(self, event: Event) -> None:
        """Add an event by hand, at any time, past or future."""
        with self._lock:
            self._changes.append(event.at)
            self._enter(event)

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
            self._forget(placed.order, at)
            self.append(event)
            return event

    def place(self, at: datetime, seed: int = 0) -> OrderPlaced:
        """Add one more order by hand; nothing becomes of it later."""
        with self._lock:
            placed, _ = place_order(self.shop, self._by_hand, Random(f"{seed}/{self._by_hand.orders}"), at)
            self.append(placed)
            return placed

    def _reach(self, until: datetime) -> None:
        while self._next_day <= local_day(until, self.shop.zone):
            day = self._next_day
            self._next_day += timedelta(days=1)
            for event in plan_day(self.shop, self._books, day):
                heappush(self._planned, (event.at, next(self._numbers), event))
            midnight = day_end(day, self.shop.zone)
            while self._planned and self._planned[0][0] < midnight:
                self._log.append(heappop(self._planned))

    def _enter(self, event: Event) -> None:
        entry = (utc(event.at), next(self._numbers), event)
        if local_day(event.at, self.shop.zone) < self._next_day:
            insort(self._log, entry)
        else:
            heappush(self._planned, entry)

    def _forget(self, order: int, after: datetime) -> None:
        def stays(entry: _Entry) -> bool:
            return entry[0] <= after or getattr(entry[2], "order", None) != order

        self._log = [entry for entry in self._log if stays(entry)]
        self._planned = sorted(entry for entry in self._planned if stays(entry))

    def _position(self, until: datetime) -> int:
        return bisect_right(self._log, until, key=lambda entry: entry[0])


def _chosen(rest: OpenOrder, quantities: Mapping[int, int]) -> list[tuple[Line, int]]:
    left = {line.id: (line, units) for line, units in rest.lines}
    for line, units in quantities.items():
        if line not in left or not 0 < units <= left[line][1]:
            raise BadUse(f"order {rest.placed.name} has no {units} units of line {line} left to take back")
    return [(left[line][0], units) for line, units in quantities.items()]
