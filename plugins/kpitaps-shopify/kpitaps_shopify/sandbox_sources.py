"""The shop's orders and checkouts as GraphQL sources: dicts of values, and functions where an answer costs work."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kpitaps.testing.graphql import refusal
from kpitaps.testing.pages import Page, page_of
from kpitaps.testing.story import (
    Amounts,
    Line,
    Money,
    OrderCancelled,
    OrderEdited,
    OrderPlaced,
    Refunded,
    Reversal,
)
from kpitaps_shopify.sandbox_search import instant_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kpitaps.testing.pages import Key
    from kpitaps_shopify.sandbox_shop import Agreed, Checkout, Order

Source = dict[str, Any]

PAGE_LIMIT = 250
SOURCE_NAMES = {"web": "web", "pos": "pos", "draft": "shopify_draft_order"}

_NONE = Money(0, 0)


def amount_text(cents: int) -> str:
    """Return cents as Shopify writes an amount: at least one decimal, no more zeros than that."""
    sign, whole, rest = "-" if cents < 0 else "", abs(cents) // 100, f"{abs(cents) % 100:02d}"
    return f"{sign}{whole}.{rest[0] if rest[1] == '0' else rest}"


@lru_cache(maxsize=65_536)
def money_bag(shop: int, currency: str, presentment: int, presentment_currency: str) -> Source:
    """Return a MoneyBag; shared between all that are equal, for nobody changes it."""
    return {
        "shopMoney": {"amount": amount_text(shop), "currencyCode": currency},
        "presentmentMoney": {"amount": amount_text(presentment), "currencyCode": presentment_currency},
    }


def checked(args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments of a connection.

    Raises:
        Refusal: without ``first``, or with one beyond what Shopify hands out at once.
    """
    if args.get("first") is None:
        raise refusal("you must provide one of first or last", "BAD_REQUEST")
    if not 0 < args["first"] <= PAGE_LIMIT:
        raise refusal(f"first must be between 1 and {PAGE_LIMIT}, not {args['first']}", "BAD_REQUEST")
    return args


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
    source["agreements"] = lambda args: _agreements(order, source, args)
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


def _agreements(order: Order, order_source: Source, args: Mapping[str, Any]) -> Page:
    keys = [(instant_text(event.at), _agreement_id(event)) for event in order.agreed]
    rows = [_agreement(order.placed, event, order_source) for event in order.agreed]
    return page(rows, keys, args)


def page(rows: Sequence[Source], keys: Sequence[Key], args: Mapping[str, Any]) -> Page:
    """Return the page of a nested connection.

    Raises:
        Refusal: for a bad cursor or page size.
    """
    try:
        return page_of(rows, keys, checked(args))
    except ValueError as error:
        raise refusal(str(error), "BAD_REQUEST") from None


def _agreement_id(event: Agreed) -> int:
    return event.order if isinstance(event, OrderPlaced) else event.id


def _agreement(placed: OrderPlaced, event: Agreed, order_source: Source) -> Source:
    kind, reason = _kind(event)
    number = _agreement_id(event)

    def sales(args: Mapping[str, Any]) -> Page:
        rows = _sales(placed, event, number)
        return page(rows, [("", number * 1_000 + index) for index in range(len(rows))], args)

    return {
        "__typename": kind,
        "id": f"gid://shopify/{kind}/{number}",
        "happenedAt": instant_text(event.at),
        "reason": reason,
        "order": order_source,
        "sales": sales,
    }


def _kind(event: Agreed) -> tuple[str, str]:
    if isinstance(event, OrderPlaced):
        return "OrderAgreement", "ORDER"
    if isinstance(event, OrderEdited):
        return "OrderEditAgreement", "ORDER_EDIT"
    if isinstance(event, Refunded) and event.is_return:
        return "ReturnAgreement", "RETURN"
    return "RefundAgreement", "REFUND"


def _sales(placed: OrderPlaced, event: Agreed, number: int) -> list[Source]:
    """Return the sales of an agreement; what is taken back has a negative quantity and negative amounts."""
    rows: list[Source] = []

    def add(kind: str, line_type: str, quantity: int | None, amounts: Amounts, line: Line | None = None) -> None:
        rows.append(
            {
                "__typename": kind,
                "id": f"gid://shopify/{kind}/{number * 1_000 + len(rows)}",
                "actionType": "RETURN" if is_return else "ORDER",
                "lineType": line_type,
                "quantity": quantity,
                **_money(placed, amounts),
                "lineItem": None if line is None else _line_item(line),
            }
        )

    def add_line(line: Line, quantity: int, amounts: Amounts) -> None:
        kind = ("GiftCardSale", "GIFT_CARD") if line.is_gift_card else ("ProductSale", "PRODUCT")
        add(*kind, quantity, amounts, line)

    is_return = False
    ordered, taken_back, shipping = _parts(event)
    for line in ordered:
        add_line(line, line.quantity, line.amounts)
    is_return = not isinstance(event, OrderPlaced)
    for reversal in taken_back:
        add_line(reversal.line, -reversal.quantity, -reversal.amounts)
    if shipping:
        add("ShippingLineSale", "SHIPPING", -1 if is_return else 1, -shipping if is_return else shipping)
    if isinstance(event, Refunded) and event.adjustment:
        add("AdjustmentSale", "ADJUSTMENT", None, Amounts(_NONE, _NONE, _NONE, event.adjustment))
    return rows


def _parts(event: Agreed) -> tuple[Sequence[Line], Sequence[Reversal], Amounts | None]:
    if isinstance(event, OrderPlaced):
        return event.lines, (), event.shipping
    if isinstance(event, OrderEdited):
        return event.added, event.removed, None
    assert isinstance(event, Refunded | OrderCancelled)
    return (), event.lines, event.shipping


def _money(placed: OrderPlaced, amounts: Amounts) -> Source:
    def bag(money: Money) -> Source:
        return money_bag(money.shop, placed.currency, money.presentment, placed.presentment_currency)

    return {
        "totalAmount": bag(amounts.total),
        "totalTaxAmount": bag(amounts.tax),
        "totalDiscountAmountBeforeTaxes": bag(amounts.discount),
        "totalDiscountAmountAfterTaxes": bag(amounts.discount_with_tax),
    }


def _line_item(line: Line) -> Source:
    return {
        "id": f"gid://shopify/LineItem/{line.id}",
        "title": line.title,
        "name": f"{line.title} - {line.variant}" if line.variant else line.title,
        "quantity": line.quantity,
        "isGiftCard": line.is_gift_card,
    }
