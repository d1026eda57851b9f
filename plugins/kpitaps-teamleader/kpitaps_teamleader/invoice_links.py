"""What hangs on an invoice but does not move its update clock: its deal, whose rep it shows, and its credit notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps_teamleader.changes import (
    all_credit_notes,
    all_deals,
    all_invoices,
    changed_deals,
    is_newest,
    within,
)
from kpitaps_teamleader.names import name_of, users
from kpitaps_teamleader.paging import LARGEST, read_all
from kpitaps_teamleader.payloads import DealRow, InvoiceRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from kpitaps import Context, Span
    from kpitaps_teamleader.payloads import CreditNote

MANY_DEALS = 20
"""More changed deals than this are not asked for their invoices one by one: the list of all is shorter."""


def credits_by_invoice(ctx: Context) -> dict[str, list[CreditNote]]:
    """Return all credit notes that belong to an invoice."""
    found: dict[str, list[CreditNote]] = {}
    for note in all_credit_notes(ctx):
        if note.invoice:
            found.setdefault(note.invoice.id, []).append(note)
    return found


def touched(ctx: Context, span: Span) -> Iterator[InvoiceRow]:
    """Yield the invoices whose deal or credit note changed within the span, after they did so themselves."""
    notes = {note.invoice.id: note.updated_at for note in within(all_credit_notes(ctx), ctx, span) if note.invoice}
    deals = {deal.id: deal.updated_at for deal in changed_deals(ctx, span)}
    one_by_one = is_newest(ctx, span) and len(deals) <= MANY_DEALS
    candidates = _linked(ctx, notes, deals) if one_by_one else iter(all_invoices(ctx))
    for row in candidates:
        changes = (notes.get(row.id), deals.get(row.deal.id) if row.deal else None)
        if any(change and row.updated_at <= change for change in changes):
            yield row


def reps(ctx: Context, span: Span, rows: Sequence[InvoiceRow]) -> dict[str, str | None]:
    """Return who works on the deals that invoices come from, by the id of the deal, as it is now."""
    wanted = {row.deal.id for row in rows if row.deal}
    if not wanted:
        return {}
    deals = _by_ids(ctx, "deals.list", DealRow, wanted) if is_newest(ctx, span) else all_deals(ctx)
    names = users(ctx)
    return {deal.id: name_of(deal.responsible_user, names) for deal in deals}


def _linked(ctx: Context, notes: Collection[str], deals: Collection[str]) -> Iterator[InvoiceRow]:
    yield from _by_ids(ctx, "invoices.list", InvoiceRow, notes)
    for deal in deals:
        body = {"filter": {"deal_id": deal}}
        yield from read_all(ctx, "invoices.list", InvoiceRow, body, must=_of_one_of({deal}))


def _by_ids(ctx: Context, operation: str, item: Any, ids: Collection[str]) -> list[Any]:
    wanted, found = sorted(ids), []
    for start in range(0, len(wanted), LARGEST):
        body = {"filter": {"ids": wanted[start : start + LARGEST]}}
        found += read_all(ctx, operation, item, body, must=lambda row: row.id in ids)
    return found


def _of_one_of(deals: Collection[str]) -> Any:
    return lambda row: row.deal is not None and row.deal.id in deals
