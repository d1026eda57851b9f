"""What becomes of an order in the weeks after: sent, edited, called off, taken back in parts.

All of it is drawn when the order is placed, from that day's dice, and comes to light when its time comes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.books import OpenOrder
from kpitaps.testing.story.events import OrderCancelled, OrderEdited, OrderTouched, Refunded
from kpitaps.testing.story.money import NOTHING, Amounts, Money
from kpitaps.testing.story.orders import another_line
from kpitaps.testing.story.pricing import RATE_SCALE, at_rate, exchange_rate, money_at

if TYPE_CHECKING:
    from random import Random

    from kpitaps.testing.story.books import Books, Founding
    from kpitaps.testing.story.events import OrderEvent, OrderPlaced, Reversal
    from kpitaps.testing.story.orders import Deal

_HOUR = 3_600
_DAY = 24 * _HOUR


class Aftermath:
    """Draws the later events of one order."""

    def __init__(self, shop: Founding, books: Books, rng: Random, placed: OrderPlaced, deal: Deal) -> None:
        self.shop, self.books, self.rng, self.placed, self.deal = shop, books, rng, placed, deal
        self.open = OpenOrder(placed)

    def events(self) -> list[OrderEvent]:
        """Return what will happen to the order, in the order of time."""
        events: list[OrderEvent] = []
        fate = self.rng.random()
        if fate < 0.01:
            events.append(self._edit(self._later(0.2 * _HOUR, 12 * _HOUR)))
        elif fate > 0.98 and self.placed.channel != "pos":
            return [self._cancel(self._later(0.1 * _HOUR, 30 * _HOUR))]
        sent = self._later(14 * _HOUR, 3 * _DAY)
        events.append(OrderTouched(sent, self.placed.order))
        if not self.placed.is_test and self.placed.total and self.rng.random() < 0.065:
            events += self._refunds(sent)
        if self.rng.random() < 0.05:
            events.append(OrderTouched(self._later(4 * _DAY, 90 * _DAY), self.placed.order))
        return sorted(events, key=lambda event: event.at)

    def _later(self, least: float, most: float) -> datetime:
        return self.placed.at + timedelta(seconds=self.rng.randint(int(least), int(most)))

    def _edit(self, at: datetime) -> OrderEdited:
        added = (self.open.add(another_line(self.books, self.rng, self.deal)),) if self.rng.random() < 0.7 else ()
        first = self.placed.lines[0]
        removable = first.quantity > 1 or len(self.placed.lines) > 1
        removed = (
            (self.open.take(first, 1, RATE_SCALE),) if removable and (not added or self.rng.random() < 0.5) else ()
        )
        if not (added or removed):
            added = (self.open.add(another_line(self.books, self.rng, self.deal)),)
        return OrderEdited(at, self.placed.order, self.books.next_id(), added, removed)

    def _cancel(self, at: datetime) -> OrderCancelled:
        rate = self._rate(at)
        lines, shipping = self.open.take_all(rate), self._shipping(rate)
        return OrderCancelled(at, self.placed.order, self.books.next_id(), lines, shipping)

    def _refunds(self, sent: datetime) -> list[Refunded]:
        kind = self.rng.random()
        at = sent + timedelta(seconds=int(self.rng.uniform(1, 40) * _DAY))
        if kind < 0.5:
            return [self._refund(at, everything=True)]
        refunds = [self._refund(at, everything=False)]
        if kind > 0.8 and self.open.lines:
            at += timedelta(seconds=int(self.rng.uniform(2, 45) * _DAY))
            refunds.append(self._refund(at, everything=self.rng.random() < 0.3))
        return refunds

    def _refund(self, at: datetime, *, everything: bool) -> Refunded:
        rate = self._rate(at)
        if everything:
            lines, shipping = self.open.take_all(rate), self._shipping(rate)
        else:
            lines = self._some(rate)
            shipping = self._shipping(rate) if self.rng.random() < 0.1 else None
        value = sum(reversal.amounts.total.shop for reversal in lines)
        is_return = self.rng.random() < 0.25
        return Refunded(
            at, self.placed.order, self.books.next_id(), lines, shipping, self._adjustment(value, rate), is_return
        )

    def _some(self, rate: int) -> tuple[Reversal, ...]:
        left = self.open.lines
        chosen = self.rng.sample(left, self.rng.randint(1, max(1, len(left) // 2)))
        return tuple(self.open.take(line, self.rng.randint(1, units), rate) for line, units in chosen)

    def _shipping(self, rate: int) -> Amounts | None:
        shipping, self.open.shipping = self.open.shipping, None
        return shipping if shipping is None or rate == RATE_SCALE else at_rate(shipping, rate)

    def _adjustment(self, value: int, rate: int) -> Money:
        """A restocking fee of a tenth, now and then, or some goodwill."""
        kind = self.rng.random()
        if kind < 0.08 and value >= 1_000:
            return money_at(value // 10, rate)
        return money_at(-250, rate) if kind > 0.94 else NOTHING

    def _rate(self, at: datetime) -> int:
        day = at.astimezone(self.shop.zone).date()
        return exchange_rate(self.shop.currency, self.placed.presentment_currency, day)
