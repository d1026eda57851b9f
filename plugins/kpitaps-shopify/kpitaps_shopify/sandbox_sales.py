"""An order's sales agreements as GraphQL sources: one when it is placed, one per edit, refund and cancellation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.testing.story import Amounts, Line, Money, OrderCancelled, OrderEdited, OrderPlaced, Refunded, Reversal
from kpitaps_shopify.sandbox_money import money_bag, page
from kpitaps_shopify.sandbox_search import instant_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from kpitaps.testing.pages import Page
    from kpitaps_shopify.sandbox_money import Source
    from kpitaps_shopify.sandbox_order import Agreed, Order

_NONE = Money(0, 0)


def agreements(order: Order, order_source: Source, args: Mapping[str, Any]) -> Page:
    """Return the page of an order's agreements that the arguments ask for."""
    keys = [(instant_text(event.at), _agreement_id(event)) for event in order.agreed]
    rows = [_agreement(order.placed, event, order_source) for event in order.agreed]
    return page(rows, keys, args)


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
