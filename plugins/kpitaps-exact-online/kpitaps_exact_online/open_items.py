"""What customers still have to pay and what is still to be paid: each open item, and the parts that were matched.

When an item is matched in part, Exact splits the part off as a row of its own. `EndDate` is the highest date of all
that were matched with each other: since then nothing of them is open.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps import Record
from kpitaps_exact_online.changes import PAYMENT_TERMS, changed, deletions
from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.ledger import OPEN
from kpitaps_exact_online.payloads import PaymentTerm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from kpitaps import Context, Measure, Span

RECEIPT, PAYMENT = 20, 22
"""`LineType`: what is to be received, and what is to be paid."""
MATCHED = 50
"""A status; before it there are open (20), selected to be paid (30) and paid, but not matched yet (40)."""

receivables_open, receivables_overdue = tap.measure("receivables_open"), tap.measure("receivables_overdue")
payables_open, payables_overdue = tap.measure("payables_open"), tap.measure("payables_overdue")

MEASURES: dict[int, tuple[Measure, Measure]] = {
    RECEIPT: (receivables_open, receivables_overdue),
    PAYMENT: (payables_open, payables_overdue),
}


@tap.records(
    "open_items",
    feeds=[receivables_open, receivables_overdue, payables_open, payables_overdue],
    every="15m",
    history="30y",
    sweep="7d",
    slice_limit=40_000,
)
def read_open_items(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the items that changed within the span, and those that were deleted."""
    for term in changed(ctx, span, "sync/Cashflow/PaymentTerms", PaymentTerm):
        yield contributions(ctx, term)
    yield from deletions(ctx, span, PAYMENT_TERMS)


def contributions(ctx: Context, term: PaymentTerm) -> Record:
    """Return what an item leaves open, from its date until it was matched. A payment is a negative item."""
    record = Record(term.id, revision=term.timestamp)
    day = term.day or term.entered
    if term.line_type not in MEASURES or day is None or (ctx.settings.processed_only and term.entry_status == OPEN):
        return record
    still_open, overdue = MEASURES[term.line_type]
    end = _end(term, day)
    record.change(still_open, day, term.amount)
    if end is not None:
        record.change(still_open, end, -term.amount)
    if term.due is not None and term.amount > 0:
        late = max(day, term.due + timedelta(days=1))
        if end is None or end > late:
            record.change(overdue, late, term.amount)
            if end is not None:
                record.change(overdue, end, -term.amount)
    return record


def _end(term: PaymentTerm, day: date) -> date | None:
    """Return from when on nothing is open; None while something is."""
    if term.status != MATCHED:
        return None
    return max(day, term.end or term.paid or day)
