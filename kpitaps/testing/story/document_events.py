"""What can happen to documents: invoices, credit notes, expenses and subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount of money in a document's currency.

    Attributes:
        cents: In the document's currency.
        currency: ISO 4217 code.
        rate: What one unit of it is worth in the company's currency, at the time of booking.
    """

    cents: int
    currency: str = "EUR"
    rate: Decimal = Decimal(1)

    @property
    def home(self) -> int:
        """Cents of the company's currency, rounded half up, away from zero."""
        return int((self.cents * self.rate).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line of a document.

    Attributes:
        product: What was sold.
        quantity: How many.
        excl: Cents of the document's currency without VAT, the whole line.
        vat_percent: 0, 9 or 21.
    """

    product: str
    quantity: int
    excl: int
    vat_percent: int


@dataclass(frozen=True, slots=True)
class InvoiceDrafted:
    """An invoice was drafted: nothing counts until it is booked.

    Attributes:
        at: When.
        invoice: Its id.
        client: Who will get it.
        deal: Which deal it comes from.
        subscription: Which subscription it comes from.
        lines: At least one.
        excl: Without VAT.
        incl: With VAT.
    """

    at: datetime
    invoice: int
    client: int
    deal: int | None
    subscription: int | None
    lines: tuple[InvoiceLine, ...]
    excl: Sum
    incl: Sum


@dataclass(frozen=True, slots=True)
class InvoiceBooked:
    """A draft was booked and sent: ``on`` is its date, maybe weeks back; without ``due`` it is due at once."""

    at: datetime
    invoice: int
    number: str
    on: date
    due: date | None


@dataclass(frozen=True, slots=True)
class InvoicePaid:
    """A payment came in: with VAT, in the invoice's currency, in whole or in part."""

    at: datetime
    invoice: int
    cents: int
    on: date


@dataclass(frozen=True, slots=True)
class DraftDeleted:
    """A draft was thrown away."""

    at: datetime
    invoice: int


@dataclass(frozen=True, slots=True)
class CreditNoteIssued:
    """Something was credited: positive amounts; where it belongs to no invoice it is in the company's currency."""

    at: datetime
    note: int
    number: str
    invoice: int | None
    client: int
    on: date
    excl: Sum
    incl: Sum


@dataclass(frozen=True, slots=True)
class ExpenseBooked:
    """A supplier's document was entered.

    Attributes:
        at: When.
        expense: Its id.
        kind: "invoice", "credit" or "receipt"; a receipt was paid in the shop.
        supplier: From whom.
        number: Theirs.
        on: Its date.
        due: When it must be paid; None where it does not say.
        excl: Without VAT; None where the VAT was not entered.
        incl: With VAT; positive, also for a credit.
    """

    at: datetime
    expense: int
    kind: str
    supplier: str
    number: str
    on: date
    due: date | None
    excl: Sum | None
    incl: Sum


@dataclass(frozen=True, slots=True)
class ExpensePaid:
    """A supplier was paid, in whole or in part, in the document's currency."""

    at: datetime
    expense: int
    cents: int
    on: date


@dataclass(frozen=True, slots=True)
class SubscriptionStarted:
    """A client subscribed.

    Attributes:
        at: When it was entered.
        subscription: Its id.
        client: Who.
        title: To what.
        excl: Per period, without VAT.
        unit: "week", "month" or "year".
        periods: So many units make a period: 1 or 2 weeks; 1, 2, 3, 4 or 6 months; 1 to 10 years.
        starts_on: First day.
        ends_on: Last day, where it was agreed from the start.
    """

    at: datetime
    subscription: int
    client: int
    title: str
    excl: Sum
    unit: str
    periods: int
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """A subscription was given up; ``ends_on`` is its last day, today or later."""

    at: datetime
    subscription: int
    ends_on: date
