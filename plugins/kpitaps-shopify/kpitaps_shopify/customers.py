"""Whom an order makes a customer, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps import VOCABULARY

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps import Context, Record
    from kpitaps_shopify.payloads import Order

FEEDS = (VOCABULARY["new_customers"], VOCABULARY["customers"], VOCABULARY["customers_lost"])
"""What follows from who is a customer when."""

HISTORY = timedelta(days=3 * 365)
"""How far back orders are read, at least."""


def add_customer(record: Record, order: Order, ctx: Context) -> Record:
    """Say in the order's record whom it makes a customer: from its own day on, for as many days as the setting says.

    Nobody by a test order, nor by a cancelled one: nothing was bought. A guest has no identity that could come back.

    Who ordered before the history begins is not new: with each order Shopify tells the customer's first one. It is only
    said here if it is too old to be read itself, because Shopify would not tell that it was cancelled later.
    """
    if order.test or order.cancelled_at or order.customer is None:
        return record
    _stay(record, order.customer.id, order.processed_at, ctx)
    for first in order.customer.orders.nodes:
        if first.processed_at < ctx.now - HISTORY and first.cancelled_at is None:
            _stay(record, order.customer.id, first.processed_at, ctx)
    return record


def _stay(record: Record, who: str, bought: datetime, ctx: Context) -> None:
    # Counted in days and not in hours: a day on which the clock changes has 23 or 25 of them.
    day = ctx.day(bought)
    record.customer(who, day, day + timedelta(days=ctx.settings.customer_for - 1))
