"""Reading orders, page by page, each with all of its agreements; and the ids of all there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import RetryLater
from kpitaps_shopify.graphql import ask
from kpitaps_shopify.payloads import AgreementAnswer, OrderIdsAnswer, OrdersAnswer
from kpitaps_shopify.queries import AGREEMENT, ORDER_IDS, ORDERS, updated_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span
    from kpitaps_shopify.payloads import Agreement, Order, Reference

PAGE = 8
"""Orders with 2 agreements of 5 sales cost about 95 points each by Shopify's rule; one query may cost 1,000."""

IDS_PAGE = 250
"""Ids cost a point each, and 2 the page."""


def updated_orders(ctx: Context, span: Span) -> Iterator[tuple[Order, list[Agreement]]]:
    """Yield the orders that were updated within the span, and all their agreements.

    Shopify's search index trails its writes, hence the stream's lag; sorting by update time is not reliable across
    pages of an open-ended query, hence a closed span.
    """
    search = updated_within(span.start, span.end)
    after = None
    while True:
        variables = {"first": PAGE, "after": after, "updated": search}
        page = ask(ctx, "orders", ORDERS, variables, OrdersAnswer, cost=2 + 95 * PAGE).orders
        for order in page.nodes:
            yield order, _all_agreements(ctx, order)
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor


def order_ids(ctx: Context) -> Iterator[str]:
    """Yield the ids of all orders that the shop has.

    Each page starts behind the last one's highest id, because Shopify lets nobody page by cursor beyond 25,000 objects:
    https://shopify.dev/docs/api/usage/limits

    Raises:
        RetryLater: if a page does not go on from the one before: a list of which a part is missing would delete orders.
    """
    highest = 0
    while True:
        variables = {"first": IDS_PAGE, "ids": f"id:>={highest + 1}"}
        found = ask(ctx, "order_ids", ORDER_IDS, variables, OrderIdsAnswer, cost=2 + IDS_PAGE).orders.nodes
        if not found:
            return
        lowest, last = min(map(_number, found)), max(map(_number, found))
        if lowest <= highest:
            raise RetryLater(f"Shopify lists the order {lowest} among those beyond {highest}")
        yield from (order.id for order in found)
        highest = last


def _number(order: Reference) -> int:
    """Return the number at the end of an order's global id."""
    return int(order.id.rpartition("/")[2])


def _all_agreements(ctx: Context, order: Order) -> list[Agreement]:
    """Return all agreements with all sales; a long order is read again, one agreement and 100 sales at a time."""
    page = order.agreements
    if not page.page_info.has_next_page and not any(a.sales.page_info.has_next_page for a in page.nodes):
        return page.nodes
    agreements: list[Agreement] = []
    before: str | None = None
    sales: str | None = None
    while True:
        variables = {"order": order.id, "agreement": before, "sales": sales}
        found = ask(ctx, "agreement", AGREEMENT, variables, AgreementAnswer, cost=810).order
        if found is None:
            raise RetryLater(f"{order.id} was deleted while it was read")
        if not found.agreements.nodes:
            return agreements
        agreements.append(found.agreements.nodes[0])
        inside = found.agreements.nodes[0].sales.page_info
        if inside.has_next_page:
            sales = inside.end_cursor
            continue
        sales = None
        before = found.agreements.page_info.end_cursor
        if not found.agreements.page_info.has_next_page:
            return agreements
