"""What the shop looks like at an instant: orders and checkouts as events have made them, and their indexes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kpitaps.testing.story import CheckoutAbandoned, CheckoutRecovered, Mark, OrderDeleted, OrderPlaced, Story
from kpitaps_shopify.sandbox_order import Checkout, Order
from kpitaps_shopify.sandbox_search import instant_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from kpitaps.testing.pages import Key
    from kpitaps.testing.story import Event

_ORDER_VALUES: dict[str, Callable[[Order], str]] = {
    "CREATED_AT": lambda order: instant_text(order.placed.at),
    "ID": lambda order: id_text(order.placed.order),
    "PROCESSED_AT": lambda order: instant_text(order.placed.processed_at),
    "UPDATED_AT": lambda order: instant_text(order.updated_at),
}
_CHECKOUT_VALUES: dict[str, Callable[[Checkout], str]] = {
    "CREATED_AT": lambda checkout: instant_text(checkout.abandoned.at),
    "ID": lambda checkout: id_text(checkout.abandoned.checkout),
}


def id_text(number: int) -> str:
    """Return an id as text that sorts as the number does."""
    return f"{number:020d}"


class Shop:
    """The shop's present, kept up to date with its story.

    Args:
        story: What happened.
    """

    def __init__(self, story: Story) -> None:
        self._story = story
        self._mark = Mark()
        self._clear()

    def move_to(self, now: datetime) -> None:
        """Take in what happened up to ``now``; anew where the past was changed or the clock put back."""
        self._mark, events = self._story.read(self._mark, now)
        if self._mark.fresh:
            self._clear()
        if events:
            for event in events:
                self._apply(event)
            self._indexes.clear()

    def order_keys(self, sort_key: str) -> list[Key]:
        """Return all orders' keys, sorted by what the sort key names."""
        return self._index(f"orders {sort_key}", lambda: self.keys_of(self.orders, sort_key))

    def checkout_keys(self, sort_key: str) -> list[Key]:
        """Return all checkouts' keys, sorted by what the sort key names."""
        value = _CHECKOUT_VALUES[sort_key]
        return self._index(
            f"checkouts {sort_key}",
            lambda: sorted((value(checkout), number) for number, checkout in self.checkouts.items()),
        )

    def keys_of(self, orders: Iterable[int], sort_key: str) -> list[Key]:
        """Return the keys of these orders, sorted by what the sort key names."""
        value = _ORDER_VALUES[sort_key]
        return sorted((value(self.orders[number]), number) for number in orders)

    def _clear(self) -> None:
        self.orders: dict[int, Order] = {}
        self.checkouts: dict[int, Checkout] = {}
        self.orders_of: defaultdict[int, list[int]] = defaultdict(list)
        self._indexes: dict[str, list[Key]] = {}

    def _index(self, name: str, make: Callable[[], list[Key]]) -> list[Key]:
        if name not in self._indexes:
            self._indexes[name] = make()
        return self._indexes[name]

    def _apply(self, event: Event) -> None:
        if isinstance(event, CheckoutAbandoned):
            self.checkouts[event.checkout] = Checkout(event)
        elif isinstance(event, CheckoutRecovered):
            self.checkouts[event.checkout].completed_at = event.at
        elif isinstance(event, OrderPlaced):
            self.orders[event.order] = Order(event, event.at, agreed=[event])
            if event.customer is not None:
                self.orders_of[event.customer].append(event.order)
        elif isinstance(event, OrderDeleted):
            self._delete(event.order)
        # What was in store for an order that was deleted by then does not happen.
        elif event.order in self.orders:
            self.orders[event.order].apply(event)

    def _delete(self, number: int) -> None:
        order = self.orders.pop(number, None)
        if order is not None and order.placed.customer is not None:
            self.orders_of[order.placed.customer].remove(number)
