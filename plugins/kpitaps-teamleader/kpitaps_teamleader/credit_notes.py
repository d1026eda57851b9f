"""Credit notes: revenue that is taken back. What they take off receivables is the invoice's matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import Record
from kpitaps_teamleader.changes import all_credit_notes, within
from kpitaps_teamleader.declaration import tap
from kpitaps_teamleader.money import Home, home_of
from kpitaps_teamleader.paging import read_existing
from kpitaps_teamleader.payloads import Invoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span
    from kpitaps_teamleader.payloads import CreditNote

credit_notes = tap.measure("credit_notes")
revenue = tap.measure("revenue")
revenue_incl_vat = tap.measure("revenue_incl_vat")


@tap.records("credit_notes", feeds=[credit_notes, revenue, revenue_incl_vat], every="15m", history="10y")
def read_credit_notes(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the credit notes that changed within the span, out of all: the invoices need all of them anyway."""
    for note in within(all_credit_notes(ctx), ctx, span):
        yield contributions(note, _home(ctx, note))


@tap.keys("credit_notes", every="12h")
def read_credit_note_keys(ctx: Context) -> Iterator[str]:
    """Read the ids of all credit notes."""
    for note in all_credit_notes(ctx):
        yield note.id


def contributions(note: CreditNote, home: Home) -> Record:
    """Return what a credit note takes back, on its own date."""
    record = Record(note.id, note.updated_at)
    if note.credit_note_date is None:
        return record
    day, currency = note.credit_note_date, home.currency
    record.add(credit_notes, day, 1)
    record.add(revenue, day, -home.amount(note.total.tax_exclusive.amount), currency=currency)
    record.add(revenue_incl_vat, day, -home.amount(note.total.tax_inclusive.amount), currency=currency)
    return record


def _home(ctx: Context, note: CreditNote) -> Home:
    """Return what a note is counted in. It carries no rate: one in another currency has that of its invoice."""
    currency = note.total.tax_inclusive.currency
    if currency == ctx.account.currency or note.invoice is None:
        return home_of(currency, None, ctx.account.currency)
    invoice = read_existing(ctx, "invoices.info", Invoice, note.invoice.id)
    return home_of(currency, invoice.currency_exchange_rate if invoice else None, ctx.account.currency)
