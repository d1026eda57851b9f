"""What Teamleader answers, as far as it is read; see https://developer.focus.teamleader.eu/docs/api for all of it.

What has no value is sometimes null and sometimes left out: both are understood everywhere.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _millionths(amount: Decimal) -> Decimal:
    """Drop what PHP adds to a number that it writes with 17 digits: 123.29999999999999 is 123.3."""
    return amount.quantize(Decimal("0.000001")).normalize()


Amount = Annotated[Decimal, AfterValidator(_millionths)]
"""A JSON number. It is read from its text, shortest form first, and never computed with as a float."""


class Answer(BaseModel):
    """The base of all that is read."""

    model_config = ConfigDict(frozen=True)


Item = TypeVar("Item")


class Rows(Answer, Generic[Item]):
    """A list's answer."""

    data: list[Item]


class One(Answer, Generic[Item]):
    """A single thing's answer."""

    data: Item


class Ref(Answer):
    """A reference to something."""

    id: str
    type: str = ""


class Identified(Answer):
    """A row of which only the id is read."""

    id: str


class Money(Answer):
    """An amount in its currency."""

    amount: Amount
    currency: str


class Exchange(Answer):
    """The rate from a document's currency to the account's."""

    source: str | None = Field(None, alias="from")
    target: str | None = Field(None, alias="to")
    rate: Decimal | None = None


class Totals(Answer):
    """A document's sums."""

    tax_exclusive: Money
    tax_inclusive: Money


class InvoiceTotals(Totals):
    """An invoice's sums, what of it is to be paid (less taxes that the client withholds), and what of that is left."""

    payable: Money | None = None
    due: Money | None = None


class Invoicee(Answer):
    """Who gets a document."""

    customer: Ref | None = None


class InvoiceRow(Answer):
    """An invoice in the list; a draft has no date."""

    id: str
    status: str
    invoice_date: date | None = None
    invoicee: Invoicee | None = None
    deal: Ref | None = None
    updated_at: AwareDatetime


class LineTotal(Answer):
    """A line's sums."""

    tax_exclusive: Money


class Line(Answer):
    """A line of an invoice."""

    description: str = ""
    total: LineTotal


class Group(Answer):
    """Lines below one heading."""

    line_items: list[Line] = []


class Payment(Answer):
    """A payment of a document."""

    paid_at: AwareDatetime
    payment: Money


class ExpensePayment(Payment):
    """A payment of a supplier's document."""

    id: str


class Invoice(InvoiceRow):
    """An invoice with its lines and payments."""

    due_on: date | None = None
    paid_at: AwareDatetime | None = None
    total: InvoiceTotals
    currency_exchange_rate: Exchange | None = None
    grouped_lines: list[Group] = []
    payments: list[Payment] = []


class CreditNote(Answer):
    """A credit note: it has no rate, and not always an invoice."""

    id: str
    credit_note_date: date | None = None
    invoice: Ref | None = None
    total: Totals
    updated_at: AwareDatetime


class Lead(Answer):
    """With whom a deal is."""

    customer: Ref | None = None


class DealRow(Answer):
    """A deal in the list."""

    id: str
    status: str
    lead: Lead | None = None
    responsible_user: Ref | None = None
    closed_at: AwareDatetime | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def closed(self) -> datetime | None:
        """When it was won or lost; None while it is open, whatever an earlier closing left behind."""
        return self.closed_at if self.status in ("won", "lost") else None


class PhaseEntry(Answer):
    """A phase that a deal entered; the time has no zone, it is the account's."""

    phase: Ref
    started_at: str


class Deal(DealRow):
    """A deal with the phases that it went through."""

    estimated_value: Money | None = None
    estimated_probability: Amount | None = None
    current_phase: Ref | None = None
    pipeline: Ref | None = None
    source: Ref | None = None
    currency_exchange_rate: Exchange | None = None
    phase_history: list[PhaseEntry] = []


class Named(Answer):
    """A pipeline or a source."""

    id: str
    name: str


class Phase(Named):
    """A phase of a pipeline; the probability is a share of 1."""

    probability: Amount = Decimal(0)


class Meeting(Answer):
    """A meeting in the calendar."""

    id: str
    scheduled_at: AwareDatetime
    attendees: list[Ref] = []


class Bare(Answer):
    """An amount whose currency stands elsewhere."""

    amount: Amount


class ExpenseTotal(Answer):
    """An expense's sums; the one that was not entered is null."""

    tax_inclusive: Bare | None = None
    tax_exclusive: Bare | None = None


class Currency(Answer):
    """A currency."""

    code: str


class Expense(Answer):
    """A supplier's document in the list: an invoice, a credit note or a receipt."""

    source: Ref
    document_date: date | None = None
    due_date: date | None = None
    currency: Currency
    total: ExpenseTotal
    review_status: str = ""
    payment_status: str = ""
    paid_amount: Amount | None = None
    paid_at: AwareDatetime | date | None = None


class Periodicity(Answer):
    """How long a subscription's period is."""

    unit: str
    period: int


class Cycle(Answer):
    """How a subscription is billed."""

    periodicity: Periodicity


class SubscriptionTotal(Answer):
    """What a subscription costs per period."""

    tax_exclusive: Money


class Subscription(Answer):
    """A subscription."""

    id: str
    status: str
    starts_on: date
    ends_on: date | None = None
    next_renewal_date: date | None = None
    billing_cycle: Cycle
    total: SubscriptionTotal


class TicketRow(Answer):
    """A ticket in the list."""

    id: str
    status: Ref
    created_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    last_message_at: AwareDatetime | None = None


class TicketStatus(Answer):
    """A state that tickets can be in."""

    id: str
    status: str


class Message(Answer):
    """A message of a ticket."""

    message_id: str
    type: str
    created_at: AwareDatetime
    sent_by: Ref | None = None


class Hours(Answer):
    """Hours that somebody wrote down; a timer that runs has no duration yet."""

    id: str
    user: Ref | None = None
    started_on: date
    duration: int | None = None
    invoiceable: bool = False
    relates_to: list[Ref] = []


class Length(Answer):
    """A length of time, in seconds."""

    value: int
    unit: str


class Project(Answer):
    """A project."""

    id: str
    title: str
    time_budget: Length | None = None


class User(Answer):
    """A colleague."""

    id: str
    first_name: str = ""
    last_name: str = ""


class Me(Answer):
    """The colleague who consented."""

    account: Ref
    time_zone: str


class Department(Answer):
    """A legal entity."""

    id: str
    name: str
    currency: str = ""
    status: str = "active"


class ProjectsVersion(Answer):
    """Which kind of projects the account has."""

    status: str


class FieldDefinition(Answer):
    """A custom field."""

    id: str
    context: str
