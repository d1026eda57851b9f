"""What an order adds to which measure on which day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps import VOCABULARY, Record

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from kpitaps_shopify.payloads import Agreement, Order, Sale

orders = VOCABULARY["orders"]
orders_refunded = VOCABULARY["orders_refunded"]
orders_returning = VOCABULARY["orders_returning"]
buyers = VOCABULARY["buyers"]
units_sold = VOCABULARY["units_sold"]
gross = VOCABULARY["order_revenue_gross"]
discounts = VOCABULARY["order_discounts"]
tax = VOCABULARY["order_tax"]
shipping = VOCABULARY["shipping"]
refunds = VOCABULARY["order_refunds"]
revenue = VOCABULARY["order_revenue"]

FEEDS = (
    orders,
    orders_refunded,
    orders_returning,
    buyers,
    units_sold,
    gross,
    discounts,
    tax,
    shipping,
    refunds,
    revenue,
)
"""All that orders feed."""

NEVER_WHOLE = (refunds, revenue, tax, shipping, orders_refunded, orders_returning)
"""Measures that lack something on every day while old orders are hidden: a hidden order's refund belongs to the day of
the refund; a hidden first order makes its customer look new."""


def contributions(order: Order, agreements: list[Agreement]) -> Record:
    """Return what an order adds, and when.

    A test order adds nothing. A cancelled order stays an order, as in Shopify's own reports; its reversal is among its
    agreements, dated by the cancellation. What an edit removes counts as paid back: Shopify calls both a return.
    """
    record = Record(order.id, order.updated_at)
    if order.test:
        return record
    place: dict[str, Any] = {
        "sales_channel": _channel(order.source_name),
        "country": order.shipping_address.country_code_v2 if order.shipping_address else None,
    }
    channel: dict[str, Any] = {"sales_channel": place["sales_channel"]}
    ordered = order.processed_at
    record.add(orders, ordered, 1, **place)
    record.member(buyers, ordered, order.customer.id if order.customer else order.id)
    if order.customer and any(first.id != order.id for first in order.customer.orders.nodes):
        record.add(orders_returning, ordered, 1, **channel)
    if any(_is_paid_back(sale) for agreement in agreements for sale in agreement.sales.nodes):
        record.add(orders_refunded, ordered, 1, **channel)
    for agreement in agreements:
        day = ordered if agreement.reason == "ORDER" else agreement.happened_at
        for sale in agreement.sales.nodes:
            _add_sale(record, day, sale, place)
    return record


def _add_sale(record: Record, day: date, sale: Sale, place: dict[str, Any]) -> None:
    """Add one sale. Gift cards, tips, duties and fees are no revenue, as in Shopify's net sales.

    Amounts of returns are negative; one that undoes a return is positive.
    """
    money = sale.total_amount.shop_money
    taxed = sale.total_tax_amount.shop_money.amount
    net = money.amount - taxed
    labels = {**place, "currency": money.currency_code}
    if sale.line_type == "SHIPPING":
        record.add(shipping, day, net, **labels)
    elif sale.line_type in ("ADJUSTMENT", "PRODUCT"):
        labels["product"] = sale.line_item.title if sale.line_item else None
        _add(record, revenue, day, net, labels)
        if sale.line_type == "ADJUSTMENT" or sale.action_type == "RETURN":
            _add(record, refunds, day, -net, labels)
        else:
            discount = sale.total_discount_amount_before_taxes.shop_money.amount
            _add(record, gross, day, net + discount, labels)
            _add(record, discounts, day, discount, labels)
            if sale.action_type == "ORDER" and sale.quantity:
                record.add(units_sold, day, sale.quantity, **place, product=labels["product"])
    else:
        return
    _add(record, tax, day, taxed, labels)


def _add(record: Record, measure: Any, day: date, amount: Decimal, labels: dict[str, Any]) -> None:
    if amount:
        record.add(measure, day, amount, **labels)


def _is_paid_back(sale: Sale) -> bool:
    """Return whether a sale gives anything back: goods, shipping, a gift card, or goodwill without goods."""
    return sale.action_type == "RETURN" and sale.total_amount.shop_money.amount < 0


def _channel(source_name: str | None) -> str:
    """Return the sales channel: ``web``, ``pos``, ``draft``; another app comes as a number, which tells nobody much."""
    if source_name == "shopify_draft_order":
        return "draft"
    return "app" if not source_name or source_name.isdigit() else source_name
