"""What can happen in a shop, as frozen values.

Every instant is aware, in UTC and on a whole second; every amount is in cents (`Money`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.testing.story.money import NOTHING, Amounts, Money, add_up

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A product in an order.

    Attributes:
        id: Unique in the shop.
        title: The product's name.
        variant: Its size or kind; empty where there is only one.
        quantity: Units ordered.
        price: Of one unit, as listed: with tax where the order's ``taxes_included`` says so.
        tax_percent: 0, 9 or 21.
        amounts: What the line comes to.
        is_gift_card: A gift card is no product: no tax, no discount, and no revenue until it is spent.
    """

    id: int
    title: str
    variant: str
    quantity: int
    price: Money
    tax_percent: int
    amounts: Amounts
    is_gift_card: bool = False


@dataclass(frozen=True, slots=True)
class Reversal:
    """Units of a line that are taken back, with positive amounts."""

    line: Line
    quantity: int
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """An order came in.

    Attributes:
        at: When the shop's system created it.
        order: Its id.
        name: What people call it, such as "#1001".
        processed_at: When the sale was made: days earlier for an imported order, else equal to ``at``.
        customer: The customer's id; None for a guest.
        customer_order: Which of the customer's orders it is, by ``at``, counted from 1; 0 for a guest.
        channel: "web", "pos" (in the store) or "draft" (made by the staff).
        country: ISO 3166 code; None where nothing is shipped.
        currency: The shop's.
        presentment_currency: The customer's.
        taxes_included: Whether listed prices contain tax.
        is_test: A trial by the staff: no sale.
        lines: At least one.
        shipping: What is charged for sending it; None where nothing is shipped.
    """

    at: datetime
    order: int
    name: str
    processed_at: datetime
    customer: int | None
    customer_order: int
    channel: str
    country: str | None
    currency: str
    presentment_currency: str
    taxes_included: bool
    is_test: bool
    lines: tuple[Line, ...]
    shipping: Amounts | None

    @property
    def total(self) -> Money:
        """What the customer pays."""
        lines = add_up(line.amounts.total for line in self.lines)
        return lines + (self.shipping.total if self.shipping else NOTHING)


@dataclass(frozen=True, slots=True)
class OrderEdited:
    """The staff changed what is in an order."""

    at: datetime
    order: int
    id: int
    added: tuple[Line, ...]
    removed: tuple[Reversal, ...]


@dataclass(frozen=True, slots=True)
class Refunded:
    """Money was given back.

    Attributes:
        at: When.
        order: The order's id.
        id: The refund's.
        lines: The units taken back.
        shipping: The shipping charge given back, as positive amounts.
        adjustment: What makes the refund differ from the value taken back: a fee kept is positive, goodwill negative.
        is_return: Handled as a return of goods rather than as a bare refund.
    """

    at: datetime
    order: int
    id: int
    lines: tuple[Reversal, ...]
    shipping: Amounts | None = None
    adjustment: Money = NOTHING
    is_return: bool = False


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """An order was called off: all that was still open in it is reversed."""

    at: datetime
    order: int
    id: int
    lines: tuple[Reversal, ...]
    shipping: Amounts | None


@dataclass(frozen=True, slots=True)
class OrderTouched:
    """Something without money changed: it was sent, or got a tag."""

    at: datetime
    order: int


@dataclass(frozen=True, slots=True)
class OrderDeleted:
    """The staff removed an order for good; no story has this in store, it is added by hand."""

    at: datetime
    order: int


@dataclass(frozen=True, slots=True)
class CheckoutAbandoned:
    """A customer left contact details and did not pay."""

    at: datetime
    checkout: int
    name: str
    customer: int | None


@dataclass(frozen=True, slots=True)
class CheckoutRecovered:
    """The customer came back and paid after all."""

    at: datetime
    checkout: int


OrderEvent = OrderPlaced | OrderEdited | Refunded | OrderCancelled | OrderTouched | OrderDeleted
Event = OrderEvent | CheckoutAbandoned | CheckoutRecovered
