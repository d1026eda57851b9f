"""The general ledger: each line of each entry, and what it adds to result, balance sheet, cash and customers.

Lines are signed as bookkeepers do: a debit is positive. Income is therefore booked negative, and so is what is owed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps import Record
from kpitaps_exact_online.changes import LINES, changed, deletions
from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.gl_accounts import (
    INCOME,
    LIQUID,
    OWN_MONEY,
    RECEIVABLE,
    account_of,
    assets,
    cost_of_sales,
    debt_long,
    debt_short,
    depreciation,
    equity,
    interest_costs,
    interest_income,
    operating_costs,
    other_costs,
    other_income,
    place_of,
    revenue,
    taxes,
)
from kpitaps_exact_online.payloads import TransactionLine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from kpitaps import Context, Span
    from kpitaps_exact_online.payloads import GLAccount

OPENING, SALES, SALES_CREDIT, CASH_FLOW, BUDGET = 10, 20, 21, 40, 3000
CLOSINGS = frozenset({310, *range(320, 329)})
"""Kinds of entries that close a year or open the next: what they move is in flows and levels already."""
LEFT_OUT = CLOSINGS | {BUDGET}
OPEN = 20
"""The status of an entry that can still be changed; 50 is processed."""

cash = tap.measure("cash")
cash_in, cash_out = tap.measure("cash_in"), tap.measure("cash_out")
invoices, credit_notes = tap.measure("invoices"), tap.measure("credit_notes")
revenue_incl_vat = tap.measure("revenue_incl_vat")
new_customers = tap.measure("new_customers")
customers, customers_lost = tap.measure("customers"), tap.measure("customers_lost")
postings = tap.measure(
    "exact_online_postings",
    unit="money",
    labels=["gl_account", "fiscal_period"],
    dated_by="entry date",
    en=("Postings", "What was booked on each account of the general ledger: a debit is positive, a credit negative."),
    nl=("Boekingen", "Wat op elke grootboekrekening is geboekt: debet is positief, credit negatief."),
)

RESULT = (
    revenue,
    cost_of_sales,
    operating_costs,
    depreciation,
    other_income,
    other_costs,
    interest_income,
    interest_costs,
    taxes,
)
"""What the profit is made of."""
SHEET = (assets, equity, debt_short, debt_long)
"""What the balance sheet is made of."""


@tap.records(
    "ledger",
    feeds=[
        *RESULT,
        *SHEET,
        cash,
        cash_in,
        cash_out,
        invoices,
        credit_notes,
        revenue_incl_vat,
        new_customers,
        customers,
        customers_lost,
        postings,
    ],
    every="15m",
    # A balance is the sum of everything since the first opening balance.
    history="30y",
    # An account may be given another type, and deletions are forgotten after two months.
    sweep="7d",
    slice_limit=40_000,
)
def read_ledger(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the lines that changed within the span, and those that were deleted."""
    for line in changed(ctx, span, "sync/Financial/TransactionLines", TransactionLine):
        yield contributions(ctx, line, account_of(ctx, line))
    yield from deletions(ctx, span, LINES)


def contributions(ctx: Context, line: TransactionLine, account: GLAccount) -> Record:
    """Return what a line of an entry adds, on the entry's date, whatever fiscal period it was booked into."""
    record = Record(line.id, revision=line.timestamp)
    if line.kind in LEFT_OUT or (ctx.settings.processed_only and line.status == OPEN):
        return record
    period = f"{line.year:04d}-{line.period:02d}"
    record.add(postings, line.day, line.amount, gl_account=account.code, fiscal_period=period)
    _add_place(record, line, account)
    if line.kind == CASH_FLOW and account.type not in OWN_MONEY and account.code not in ctx.settings.transfer_accounts:
        way = cash_in if line.amount < 0 else cash_out
        record.add(way, line.day, abs(line.amount))
    if account.type == RECEIVABLE and line.kind in (SALES, SALES_CREDIT):
        _add_document(ctx, record, line)
    return record


def _add_place(record: Record, line: TransactionLine, account: GLAccount) -> None:
    place = place_of(account)
    if place is None:
        return  # the check of the books names the account
    record.change(place.level, line.day, line.amount if place.level == assets else -line.amount)
    if account.type in LIQUID:
        record.change(cash, line.day, line.amount)
    if place.flow is not None and line.kind != OPENING:
        amount = -line.amount if place.flow.key in INCOME else line.amount
        labels: dict[str, Any] = {"product": line.product} if place.flow == revenue else {}
        record.add(place.flow, line.day, amount, **labels)


def _add_document(ctx: Context, record: Record, line: TransactionLine) -> None:
    """Count an invoice or credit note by its first line, which is that of the receivable."""
    record.add(revenue_incl_vat, line.day, line.amount)
    if line.number != 0:
        return
    record.add(invoices if line.kind == SALES else credit_notes, line.day, 1)
    if line.kind == SALES and line.party:
        last = line.day + timedelta(days=ctx.settings.customer_for - 1)
        record.customer(line.party, line.day, last)
