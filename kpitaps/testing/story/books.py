"""What the shop remembers from one day to the next: its numbering, its customers, and what is open in an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kpitaps.testing.story.events import Line, OrderCancelled, OrderEdited, OrderPlaced, Refunded, Reversal
from kpitaps.testing.story.pricing import reverse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from random import Random
    from zoneinfo import ZoneInfo

    from kpitaps.testing.story.events import OrderEvent

_FIRST_ID = 5_000_000_000_000
_ID_STEP = 32_768
"""Vendors' ids are large and not consecutive: nothing may count on either."""


@dataclass(frozen=True, slots=True)
class Founding:
    """What is settled about a shop before its first day."""

    seed: int
    founded: date
    zone: ZoneInfo
    currency: str
    home: str
    name: str
    orders_per_day: float
    pace: float = 1
    fiscal_year_start: int = 1


@dataclass(slots=True)
class Books:
    """The shop's memory; days are entered one after another, so that every number is the same in every reading."""

    orders: int = 0
    checkouts: int = 0
    ids: int = 0
    visits: dict[int, int] = field(default_factory=dict)
    customers: list[int] = field(default_factory=list)

    def next_id(self) -> int:
        """Return a new id, larger than all before."""
        self.ids += 1
        return _FIRST_ID + self.ids * _ID_STEP

    def next_order(self) -> str:
        """Return a new order's name."""
        self.orders += 1
        return f"#{1000 + self.orders}"

    def next_checkout(self) -> str:
        """Return a new checkout's name."""
        self.checkouts += 1
        return f"#C{20_000 + self.checkouts}"

    def customer(self, rng: Random, returning: float) -> int:
        """Return who orders: with chance ``returning`` someone from before, mostly a recent customer."""
        if self.customers and rng.random() < returning:
            back = int(rng.expovariate(1 / (5 + 0.3 * len(self.customers))))
            who = self.customers[-1 - back % len(self.customers)]
        else:
            who = self.next_id()
            self.customers.append(who)
        self.visits[who] = self.visits.get(who, 0) + 1
        return who


class OpenOrder:
    """What of an order has not been taken back yet."""

    def __init__(self, placed: OrderPlaced, events: Iterable[OrderEvent] = ()) -> None:
        self.placed = placed
        self.shipping = placed.shipping
        self._lines = {line.id: line for line in placed.lines}
        self._taken: dict[int, int] = {}
        for event in events:
            self._replay(event)

    @property
    def lines(self) -> list[tuple[Line, int]]:
        """The lines with units still open, and how many."""
        left = ((line, line.quantity - self._taken.get(line.id, 0)) for line in self._lines.values())
        return [(line, units) for line, units in left if units]

    def add(self, line: Line) -> Line:
        """Enter a line that an edit adds."""
        self._lines[line.id] = line
        return line

    def take(self, line: Line, quantity: int, rate: int) -> Reversal:
        """Take back units of a line at an exchange rate."""
        before = self._taken.get(line.id, 0)
        self._taken[line.id] = before + quantity
        return reverse(line, before, quantity, rate)

    def take_all(self, rate: int) -> tuple[Reversal, ...]:
        """Take back every open unit."""
        return tuple(self.take(line, units, rate) for line, units in self.lines)

    def _replay(self, event: OrderEvent) -> None:
        if isinstance(event, OrderEdited):
            for line in event.added:
                self.add(line)
        for reversal in _reversals(event):
            self._taken[reversal.line.id] = self._taken.get(reversal.line.id, 0) + reversal.quantity
        if isinstance(event, Refunded | OrderCancelled) and event.shipping:
            self.shipping = None


def _reversals(event: OrderEvent) -> tuple[Reversal, ...]:
    if isinstance(event, OrderEdited):
        return event.removed
    return event.lines if isinstance(event, Refunded | OrderCancelled) else ()
