"""The shop's orders and checkouts as GraphQL sources: dicts of values, and functions where an answer costs work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps_shopify.sandbox_money import money_bag
from kpitaps_shopify.sandbox_sales import agreements
from kpitaps_shopify.sandbox_search import instant_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps.testing.story import Money
    from kpitaps_shopify.sandbox_money import Source
    from kpitaps_shopify.sandbox_order import Checkout, Order

SOURCE_NAMES = {"web": "web", "pos": "pos", "draft": "shopify_draft_order"}


def order_source(order: Order, customer: Callable[[Any], Source | None]) -> Source:
    """Return an Order; ``customer`` is asked when the field is."""
    placed = order.placed

    def bag(money: Money) -> Source:
        return money_bag(money.shop, placed.currency, money.presentment, placed.presentment_currency)

    source: Source = {
        "__typename": "Order",
        "id": f"gid://shopify/Order/{placed.order}",
        "name": placed.name,
        "createdAt": instant_text(placed.at),
        "processedAt": instant_text(placed.processed_at),
        "updatedAt": instant_text(order.updated_at),
        "cancelledAt": None if order.cancelled_at is None else instant_text(order.cancelled_at),
        "test": placed.is_test,
        "sourceName": SOURCE_NAMES[placed.channel],
        "currencyCode": placed.currency,
        "presentmentCurrencyCode": placed.presentment_currency,
        "taxesIncluded": placed.taxes_included,
        "customer": customer,
        "shippingAddress": None if placed.country is None else {"countryCodeV2": placed.country},
        "totalPriceSet": lambda _: bag(order.total),
        "currentTotalPriceSet": lambda _: bag(order.total - order.reversed),
        "totalRefundedSet": lambda _: bag(order.refunded),
    }
    source["agreements"] = lambda args: agreements(order, source, args)
    return source


def checkout_source(checkout: Checkout) -> Source:
    """Return an AbandonedCheckout."""
    completed = checkout.completed_at
    return {
        "__typename": "AbandonedCheckout",
        "id": f"gid://shopify/AbandonedCheckout/{checkout.abandoned.checkout}",
        "name": checkout.abandoned.name,
        "createdAt": instant_text(checkout.abandoned.at),
        "updatedAt": instant_text(checkout.updated_at),
        "completedAt": None if completed is None else instant_text(completed),
    }
