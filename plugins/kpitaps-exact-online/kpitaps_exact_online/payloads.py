"""What Exact Online answers, as far as it is read; each model's fields are all that is asked for.

Fields and code lists: https://start.exactonline.nl/docs/HlpRestAPIResources.aspx
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from kpitaps_exact_online.walltime import Day, WallTime, literal


def _millionths(amount: Decimal) -> Decimal:
    """Drop what a binary number adds when it is written with 17 digits: 123.29999999999999 is 123.3."""
    return amount.quantize(Decimal("0.000001")).normalize()


def _stripped(text: object) -> object:
    return text.strip() if isinstance(text, str) else text


Amount = Annotated[Decimal, AfterValidator(_millionths)]
"""A JSON number. It is read from its shortest text, and never computed with as a float."""

Code = Annotated[str, BeforeValidator(_stripped)]
"""A code: some are padded with spaces, on the left or on the right."""


class Row(BaseModel):
    """The base of all rows."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def selected(cls) -> str:
        """Return the fields, for `$select`."""
        return ",".join(field.alias or name for name, field in cls.model_fields.items())

    @property
    def revision(self) -> int:
        """The `Timestamp` of a row that has one: it rises with every change."""
        stamp: int = getattr(self, "timestamp", 0)
        return stamp

    def skip_token(self, order: str) -> str:
        """Return what Exact itself would put into the address of the page after this row."""
        shown = {field.alias: getattr(self, name) for name, field in type(self).model_fields.items()}
        # Companies have no ID: they are sorted by their code, which is their key.
        return ",".join(_token(shown[name]) for name in dict.fromkeys((order, "ID")) if name in shown)


def _token(value: datetime | int | str) -> str:
    if isinstance(value, datetime):
        return literal(value)
    return str(value) if isinstance(value, int) else f"guid'{value}'"


class Me(Row):
    """The user who consented. ``utc_offset`` is that of now, in seconds."""

    user_id: str = Field(alias="UserID")
    current_division: int = Field(alias="CurrentDivision")
    utc_offset: Decimal | None = Field(None, alias="ServerUtcOffset")


class Division(Row):
    """A company, as ``system/Divisions`` has it: 0 is inactive, 1 active, 2 archived."""

    code: int = Field(alias="Code")
    name: str | None = Field(None, alias="Description")
    status: int = Field(alias="Status")
    currency: Code = Field(alias="Currency")
    country: Code | None = Field(None, alias="Country")
    moved: str | None = Field(None, alias="DivisionMoveDate")
    linked: str | None = Field(None, alias="DivisionHRLinkUnlinkDate")


class SyncTimestamp(Row):
    """The first row of an endpoint that was modified at a time or later."""

    modified: WallTime | None = Field(None, alias="Modified")
    timestamp: int | None = Field(None, alias="TimeStampAsBigInt")


class Deleted(Row):
    """That something was deleted; it is remembered for two months."""

    timestamp: int = Field(alias="Timestamp")
    kind: int = Field(alias="EntityType")
    key: str = Field(alias="EntityKey")


class GLAccount(Row):
    """An account of the general ledger."""

    timestamp: int = Field(alias="Timestamp")
    id: str = Field(alias="ID")
    code: Code = Field(alias="Code")
    name: str | None = Field(None, alias="Description")
    type: int | None = Field(None, alias="Type")
    side: Code | None = Field(None, alias="BalanceSide")
    sheet: Code | None = Field(None, alias="BalanceType")


class TransactionLine(Row):
    """A line of an entry: a debit is positive. ``kind`` is the entry's, 20 is a sales entry."""

    timestamp: int = Field(alias="Timestamp")
    id: str = Field(alias="ID")
    kind: int = Field(alias="Type")
    status: int = Field(alias="Status")
    day: Day = Field(alias="Date")
    year: int = Field(alias="FinancialYear")
    period: int = Field(alias="FinancialPeriod")
    number: int = Field(0, alias="LineNumber")
    account: str = Field(alias="GLAccount")
    account_code: Code = Field("", alias="GLAccountCode")
    amount: Amount = Field(alias="AmountDC")
    party: str | None = Field(None, alias="Account")
    product: str | None = Field(None, alias="ItemDescription")


class PaymentTerm(Row):
    """An open item, or a part of one that was matched; what is to be received or paid is positive."""

    timestamp: int = Field(alias="Timestamp")
    id: str = Field(alias="ID")
    line_type: int = Field(alias="LineType")
    status: int = Field(alias="Status")
    amount: Amount = Field(alias="AmountDC")
    day: Day | None = Field(None, alias="InvoiceDate")
    entered: Day | None = Field(None, alias="EntryDate")
    due: Day | None = Field(None, alias="DueDate")
    end: Day | None = Field(None, alias="EndDate")
    paid: Day | None = Field(None, alias="LastPaymentDate")
    kind: int | None = Field(None, alias="TransactionType")
    entry_status: int | None = Field(None, alias="TransactionStatus")


class Opportunity(Row):
    """A deal: status 1 is open, 2 won, 3 lost."""

    id: str = Field(alias="ID")
    modified: WallTime = Field(alias="Modified")
    created: WallTime = Field(alias="Created")
    status: int = Field(alias="OpportunityStatus")
    closes: Day | None = Field(None, alias="CloseDate")
    amount: Amount | None = Field(None, alias="AmountDC")
    probability: Amount | None = Field(None, alias="Probability")
    stage: str | None = Field(None, alias="OpportunityStageDescription")
    owner: str | None = Field(None, alias="OwnerFullName")
    source: str | None = Field(None, alias="LeadSourceDescription")


class Identified(Row):
    """A row of which only the id is read."""

    id: str = Field(alias="ID")


class TimeCost(Row):
    """Hours or costs of a project: type 1 is time, 2 cost."""

    timestamp: int = Field(alias="Timestamp")
    id: str = Field(alias="ID")
    type: int = Field(alias="Type")
    status: int = Field(alias="HourStatus")
    day: Day = Field(alias="Date")
    quantity: Decimal = Field(alias="Quantity")
    price: Amount | None = Field(None, alias="PriceFC")
    employee: str | None = Field(None, alias="Employee")
    project: str | None = Field(None, alias="ProjectDescription")


class Employee(Row):
    """Who works here, or did."""

    timestamp: int = Field(alias="Timestamp")
    id: str = Field(alias="ID")
    name: str | None = Field(None, alias="FullName")


class Subscription(Row):
    """What a client is subscribed to, from a day through another."""

    timestamp: int = Field(alias="Timestamp")
    id: str = Field(alias="EntryID")
    currency: Code | None = Field(None, alias="Currency")
    type: str = Field(alias="SubscriptionType")
    first: Day | None = Field(None, alias="StartDate")
    last: Day | None = Field(None, alias="EndDate")


class SubscriptionLine(Row):
    """A thing that is subscribed to."""

    timestamp: int = Field(alias="Timestamp")
    id: str = Field(alias="ID")
    subscription: str = Field(alias="EntryID")
    first: Day | None = Field(None, alias="FromDate")
    last: Day | None = Field(None, alias="ToDate")
    price: Amount | None = Field(None, alias="NetPrice")
    quantity: Amount | None = Field(None, alias="Quantity")


class SubscriptionType(Row):
    """For how long a price is: so many weeks (wk), months (mm), quarters (qt), half-years (hy) or years (yy)."""

    id: str = Field(alias="ID")
    count: int | None = Field(None, alias="InvoicePeriod")
    unit: Code | None = Field(None, alias="InvoicePeriodUnit")


class Balance(Row):
    """What was booked on an account in a period by entries of one kind."""

    id: int = Field(alias="ID")
    code: Code = Field(alias="GLAccountCode")
    year: int = Field(alias="ReportingYear")
    period: int = Field(alias="ReportingPeriod")
    kind: int = Field(alias="Type")
    status: int | None = Field(None, alias="Status")
    amount: Amount = Field(alias="Amount")


class ProfitLoss(Row):
    """Exact's own profit and loss account."""

    year: int = Field(alias="CurrentYear")
    period: int = Field(alias="CurrentPeriod")
    previous: int = Field(alias="PreviousYear")
    revenue: Amount = Field(alias="RevenueCurrentYear")
    result: Amount = Field(alias="ResultCurrentYear")
    revenue_before: Amount = Field(alias="RevenuePreviousYear")
    result_before: Amount = Field(alias="ResultPreviousYear")


class Outstanding(Row):
    """Exact's own sums of what is still to be received and paid."""

    receivable: Amount = Field(alias="OutstandingReceivableInvoiceAmount")
    payable: Amount = Field(alias="OutstandingPayableInvoiceAmount")


class OpenItem(Row):
    """An item of ``cashflow/Receivables`` or ``cashflow/Payments``."""

    id: str = Field(alias="ID")
    amount: Amount = Field(alias="AmountDC")


class Changed(Row):
    """When something was changed."""

    timestamp: int = Field(alias="Timestamp")
    at: WallTime = Field(alias="Modified")


class Gone(Row):
    """When something was deleted, of whatever kind."""

    timestamp: int = Field(alias="Timestamp")
    at: WallTime = Field(alias="DeletedDate")


class FinancialPeriod(Row):
    """A period of a fiscal year."""

    id: str = Field(alias="ID")
    year: int = Field(alias="FinYear")
    period: int = Field(alias="FinPeriod")
    first: Day = Field(alias="StartDate")
    last: Day = Field(alias="EndDate")
