"""Invoices: revenue line by line, what is open and what is overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import Record
from kpitaps_teamleader.changes import all_invoices, changed_invoices, refuse_ignored
from kpitaps_teamleader.declaration import tap
from kpitaps_teamleader.invoice_links import credits_by_invoice, reps, touched
from kpitaps_teamleader.money import home_of, shared_out
from kpitaps_teamleader.open_items import CREDIT, PAYMENT, OpenItem, Step
from kpitaps_teamleader.paging import read_existing
from kpitaps_teamleader.payloads import Invoice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from kpitaps import Context, Span
    from kpitaps_teamleader.money import Home
    from kpitaps_teamleader.payloads import CreditNote

DRAFT = "draft"

invoices = tap.measure("invoices")
revenue = tap.measure("revenue")
revenue_incl_vat = tap.measure("revenue_incl_vat")
receivables_open = tap.measure("receivables_open")
receivables_overdue = tap.measure("receivables_overdue")


@tap.records(
    "invoices",
    feeds=[invoices, revenue, revenue_incl_vat, receivables_open, receivables_overdue],
    every="15m",
    history="10y",
    # A subscription's invoice may be booked four weeks before its date.
    ahead="31d",
)
def read_invoices(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the invoices that changed within the span, and those whose deal or credit note did."""
    refuse_ignored(ctx, "invoices")
    rows = {row.id: row for row in (*changed_invoices(ctx, span), *touched(ctx, span))}
    notes = credits_by_invoice(ctx)
    rep_of = reps(ctx, span, list(rows.values()))
    for row in rows.values():
        if row.status == DRAFT:
            yield Record(row.id, row.updated_at)
        elif invoice := read_existing(ctx, "invoices.info", Invoice, row.id):
            rep = rep_of.get(invoice.deal.id) if invoice.deal else None
            yield contributions(ctx, invoice, notes.get(row.id, []), rep)


@tap.keys("invoices", every="12h")
def read_invoice_keys(ctx: Context) -> Iterator[str]:
    """Read the ids of all invoices: Teamleader does not tell of deletions."""
    for row in all_invoices(ctx):
        yield row.id


def contributions(ctx: Context, invoice: Invoice, notes: Sequence[CreditNote], rep: str | None) -> Record:
    """Return what an invoice adds: nothing while it is a draft."""
    record = Record(invoice.id, invoice.updated_at)
    day = invoice.invoice_date
    if day is None or invoice.status == DRAFT:
        return record
    incl = invoice.total.tax_inclusive
    home = home_of(incl.currency, invoice.currency_exchange_rate, ctx.account.currency)
    record.add(invoices, day, 1)
    for product, share in _by_product(invoice, home):
        record.add(revenue, day, share, currency=home.currency, product=product, rep=rep)
    record.add(revenue_incl_vat, day, home.amount(incl.amount), currency=home.currency)
    item = _open_item(ctx, invoice, notes, home)
    for changed, amount in item.changes():
        record.change(receivables_open, changed, amount, currency=home.currency)
    for changed, amount in item.overdue(invoice.due_on or day):
        record.change(receivables_overdue, changed, amount, currency=home.currency)
    return record


def _by_product(invoice: Invoice, home: Home) -> list[tuple[str | None, Decimal]]:
    """Return what was sold, line by line; an invoice without lines still is revenue."""
    excl = invoice.total.tax_exclusive.amount
    lines = [line for group in invoice.grouped_lines for line in group.line_items]
    if not lines:
        return [(None, home.amount(excl))]
    shares = shared_out(excl, [line.total.tax_exclusive.amount for line in lines], home)
    return [(line.description, share) for line, share in zip(lines, shares, strict=True) if share]


def _open_item(ctx: Context, invoice: Invoice, notes: Sequence[CreditNote], home: Home) -> OpenItem:
    assert invoice.invoice_date is not None
    paid = [Step(ctx.day(each.paid_at), PAYMENT, each.payment.amount) for each in invoice.payments]
    credited = [
        Step(each.credit_note_date, CREDIT, each.total.tax_inclusive.amount) for each in notes if each.credit_note_date
    ]
    return OpenItem(
        day=invoice.invoice_date,
        total=(invoice.total.payable or invoice.total.tax_inclusive).amount,
        home=home,
        steps=[*paid, *credited],
        due=invoice.total.due.amount if invoice.total.due else None,
        settled=ctx.day(invoice.paid_at or invoice.updated_at),
    )
