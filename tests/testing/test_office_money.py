"""What the office writes on paper adds up."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from kpitaps.calendar import local_day
from kpitaps.testing.story import (
    ClientAdded,
    CreditNoteIssued,
    DealOpened,
    DealValued,
    ExpenseBooked,
    ExpensePaid,
    InvoiceBooked,
    InvoiceDrafted,
    InvoicePaid,
    OfficeEvent,
    Story,
    SubscriptionEnded,
    SubscriptionStarted,
    Sum,
)
from kpitaps.testing.story.money import rounded
from kpitaps.testing.story.office.subscriptions import period_start

if TYPE_CHECKING:
    from decimal import Decimal

pytestmark = pytest.mark.slow

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FOUNDED = date(2023, 1, 1)
END = datetime(2025, 12, 31, 22, 59, 59, tzinfo=UTC)
"""The last second of a local day: all of that day is told."""


@pytest.fixture(scope="module", params=[7, 1, 2])
def events(request: pytest.FixtureRequest) -> list[OfficeEvent]:
    return list(Story(seed=request.param, founded=FOUNDED).office.events(END))


def test_lines_make_up_an_invoice(events: list[OfficeEvent]) -> None:
    """Without VAT it is the sum of its lines; with VAT, what each line's tax rounds to comes on top."""
    for event in events:
        if isinstance(event, InvoiceDrafted):
            assert all(line.excl > 0 and line.quantity > 0 for line in event.lines)
            assert event.excl.cents == sum(line.excl for line in event.lines)
            vat = sum(rounded(line.excl * line.vat_percent, 100) for line in event.lines)
            assert event.incl.cents == event.excl.cents + vat
            assert (event.incl.currency, event.incl.rate) == (event.excl.currency, event.excl.rate)


def test_payments_and_credits_never_exceed_an_invoice(events: list[OfficeEvent]) -> None:
    """Nobody pays more than is open then, a payment is for a booked invoice, and at most all of it is credited."""
    drafts = {event.invoice: event for event in events if isinstance(event, InvoiceDrafted)}
    left = {}
    credited: defaultdict[int, int] = defaultdict(int)
    for event in events:
        if isinstance(event, InvoiceBooked):
            left[event.invoice] = drafts[event.invoice].incl.cents
        elif isinstance(event, InvoicePaid):
            assert 0 < event.cents <= left[event.invoice]
            left[event.invoice] -= event.cents
        elif isinstance(event, CreditNoteIssued) and event.invoice:
            left[event.invoice] = max(0, left[event.invoice] - event.incl.cents)
            credited[event.invoice] += event.incl.cents
    assert all(cents <= drafts[invoice].incl.cents for invoice, cents in credited.items())
    assert sum(not cents for cents in left.values()) > 0.85 * len(left)


def test_credit_notes_are_like_their_invoice(events: list[OfficeEvent]) -> None:
    """A credit note has its invoice's client, currency and rate; one without invoice is in the company's currency."""
    drafts = {event.invoice: event for event in events if isinstance(event, InvoiceDrafted)}
    for event in events:
        if isinstance(event, CreditNoteIssued):
            like = drafts[event.invoice] if event.invoice else None
            assert 0 < event.excl.cents <= event.incl.cents
            assert (event.incl.currency, event.incl.rate) == (
                (like.incl.currency, like.incl.rate) if like else ("EUR", 1)
            )
            assert like is None or (event.client == like.client and event.excl.cents <= like.excl.cents)


def test_dates_within_an_invoice_follow_each_other(events: list[OfficeEvent]) -> None:
    """No payment or credit is dated before what went before it, or after it was entered."""
    latest: dict[int, date] = {}
    for event in events:
        if isinstance(event, InvoiceBooked | InvoicePaid | CreditNoteIssued):
            assert FOUNDED <= event.on <= local_day(event.at, AMSTERDAM)
            if event.invoice:
                assert event.on >= latest.get(event.invoice, FOUNDED)
                latest[event.invoice] = event.on
            assert getattr(event, "due", None) is None or event.due >= event.on


def test_documents_are_numbered_without_gaps(events: list[OfficeEvent]) -> None:
    """Each year's invoices, and each year's credit notes, are numbered from 1 in the order of booking."""
    for kind, series in ((InvoiceBooked, ""), (CreditNoteIssued, "CN ")):
        counted: defaultdict[int, int] = defaultdict(int)
        for event in events:
            if isinstance(event, kind):
                counted[event.on.year] += 1
                assert event.number == f"{series}{event.on.year} / {counted[event.on.year]}"


def test_foreign_money_has_a_rate_of_six_decimals(events: list[OfficeEvent]) -> None:
    """Invoices and deals are in the client's currency, at a rate that fits it; a deal keeps its rate."""
    countries = {event.client: event.country for event in events if isinstance(event, ClientAdded)}
    rates: dict[int, Decimal] = {}
    for event in events:
        amount = event.excl if isinstance(event, InvoiceDrafted) else getattr(event, "value", None)
        if isinstance(amount, Sum):
            least, most = {"EUR": (1, 1), "USD": (0.8, 1.05), "GBP": (1.0, 1.35)}[amount.currency]
            assert least <= amount.rate <= most
            assert amount.rate == round(amount.rate, 6)
            if isinstance(event, DealOpened | DealValued):
                assert rates.setdefault(event.deal, amount.rate) == amount.rate
            else:
                assert {"USD": "US", "GBP": "GB"}.get(amount.currency, "") in {countries[event.client], ""}


def test_expenses_are_paid_at_most_whole(events: list[OfficeEvent]) -> None:
    """Only a supplier's invoice is paid, in order of date; what is without VAT is never more than what is with it."""
    left, latest = {}, {}
    for event in events:
        if isinstance(event, ExpenseBooked):
            assert event.excl is None or 0 < event.excl.cents <= event.incl.cents
            left[event.expense] = event.incl.cents if event.kind == "invoice" else 0
            latest[event.expense] = event.on
        elif isinstance(event, ExpensePaid):
            assert 0 < event.cents <= left[event.expense]
            assert latest[event.expense] <= event.on <= local_day(event.at, AMSTERDAM)
            left[event.expense], latest[event.expense] = left[event.expense] - event.cents, event.on


def test_a_subscription_is_invoiced_every_period_until_it_ends(events: list[OfficeEvent]) -> None:
    """Its invoices are what was agreed, one per period that began in time."""
    bills: defaultdict[int | None, list[InvoiceDrafted]] = defaultdict(list)
    ends: dict[int, date | None] = {}
    for event in events:
        if isinstance(event, InvoiceDrafted):
            bills[event.subscription].append(event)
        elif isinstance(event, SubscriptionStarted | SubscriptionEnded):
            ends[event.subscription] = event.ends_on
    for event in events:
        if isinstance(event, SubscriptionStarted):
            until = min(ends[event.subscription] or date.max, local_day(END, AMSTERDAM))
            days = (period_start(event.starts_on, event.unit, event.periods * index) for index in range(400))
            assert len(bills[event.subscription]) == sum(day <= until for day in days)
            assert {bill.excl for bill in bills[event.subscription]} <= {event.excl}


@pytest.mark.parametrize(
    ("first", "unit", "count", "day"),
    [
        (date(2024, 1, 31), "month", 1, date(2024, 2, 29)),
        (date(2024, 1, 31), "month", 13, date(2025, 2, 28)),
        (date(2024, 2, 29), "year", 1, date(2025, 2, 28)),
        (date(2024, 12, 30), "week", 2, date(2025, 1, 13)),
    ],
)
def test_periods_keep_to_the_calendar(first: date, unit: str, count: int, day: date) -> None:
    """A period that would begin on a day that a month does not have begins on its last."""
    assert period_start(first, unit, count) == day
