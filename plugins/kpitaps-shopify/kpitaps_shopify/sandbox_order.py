"""One order and one checkout of the shop, as events have made them so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kpitaps.testing.story import (
    NOTHING,
    CheckoutAbandoned,
    Money,
    OrderCancelled,
    OrderEdited,
    OrderPlaced,
    Refunded,
    add_up,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from kpitaps.testing.story import OrderEvent, Reversal

Agreed = OrderPlaced | OrderEdited | Refunded | OrderCancelled
"""The events that Shopify shows as sales agreements."""


@dataclass(slots=True)
class Order:
    """An order so far."""

    placed: OrderPlaced
    updated_at: datetime
    cancelled_at: datetime | None = None
    agreed: list[Agreed] = field(default_factory=list)

    @property
    def total(self) -> Money:
        """The price before refunds, edits included."""
        edits = [event for event in self.agreed if isinstance(event, OrderEdited)]
        added = add_up(line.amounts.total for edit in edits for line in edit.added)
        removed = add_up(reversal.amounts.total for edit in edits for reversal in edit.removed)
        return self.placed.total + added - removed

    @property
    def reversed(self) -> Money:
        """The value of what was taken back by refunds and cancellation."""
        return add_up(_reversed(event) for event in self.agreed)

    @property
    def refunded(self) -> Money:
        """What was paid back: the value taken back, less fees that were kept."""
        kept = add_up(event.adjustment for event in self.agreed if isinstance(event, Refunded))
        return self.reversed - kept

    def apply(self, event: OrderEvent) -> None:
        """Take in what happened next."""
        self.updated_at = max(self.updated_at, event.at)
        if isinstance(event, Agreed):
            self.agreed.append(event)
        if isinstance(event, OrderCancelled):
            self.cancelled_at = event.at


@dataclass(slots=True)
class Checkout:
    """A checkout that was left, so far."""

    abandoned: CheckoutAbandoned
    completed_at: datetime | None = None

    @property
    def updated_at(self) -> datetime:
        """When it last changed."""
        return self.completed_at or self.abandoned.at


def _reversed(event: Agreed) -> Money:
    if not isinstance(event, Refunded | OrderCancelled):
        return NOTHING
    return _value(event.lines) + (event.shipping.total if event.shipping else NOTHING)


def _value(reversals: Iterable[Reversal]) -> Money:
    return add_up(reversal.amounts.total for reversal in reversals)
