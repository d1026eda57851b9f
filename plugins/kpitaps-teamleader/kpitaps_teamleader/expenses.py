"""Suppliers' documents: what is to be paid, and what should have been."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from kpitaps import BadSettings, Record
from kpitaps_teamleader.declaration import tap
from kpitaps_teamleader.money import home_of
from kpitaps_teamleader.open_items import PAYMENT, OpenItem, Step
from kpitaps_teamleader.paging import read_all, read_unpaged
from kpitaps_teamleader.payloads import Expense, ExpensePayment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context

INVOICE, CREDIT = "incomingInvoice", "incomingCreditNote"
PAYMENTS = {INVOICE: "incomingInvoices.listPayments", CREDIT: "incomingCreditNotes.listPayments"}
"""Receipts were paid in the shop: they are never open."""
REFUSED = "refused"

payables_open = tap.measure("payables_open")
payables_overdue = tap.measure("payables_overdue")


@tap.listing("expenses", feeds=[payables_open, payables_overdue], every="1h")
def read_expenses(ctx: Context) -> Iterator[Record]:
    """Read all expenses: nothing tells which were entered or changed; the payments of those only whose row is new."""
    body = {"sort": [{"field": "document_date", "order": "asc"}]}
    for expense in read_all(ctx, "expenses.list", Expense, body, key=lambda row: row.source.id):
        record = Record(f"{expense.source.type}/{expense.source.id}", version=expense.model_dump_json())
        if ctx.knows(record.key, str(record.version)):
            yield record.unchanged()
            continue
        with suppress(BadSettings):  # it was deleted since it was listed
            yield contributions(ctx, record, expense)


def contributions(ctx: Context, record: Record, expense: Expense) -> Record:
    """Add what an expense leaves open. It carries no rate: one in another currency is kept in that currency."""
    # Of a document without VAT only the other sum may have been entered.
    incl, day = expense.total.tax_inclusive or expense.total.tax_exclusive, expense.document_date
    if expense.source.type not in PAYMENTS or incl is None or day is None or expense.review_status == REFUSED:
        return record
    sign = -1 if expense.source.type == CREDIT else 1
    home = home_of(expense.currency.code, None, ctx.account.currency)
    paid = expense.paid_amount or Decimal(0)
    settled = expense.paid_at or day
    item = OpenItem(
        day=day,
        total=sign * incl.amount,
        home=home,
        steps=[Step(ctx.day(each.paid_at), PAYMENT, sign * each.payment.amount) for each in _payments(ctx, expense)],
        due=sign * (Decimal(0) if expense.payment_status == "paid" else max(Decimal(0), incl.amount - paid)),
        settled=ctx.day(settled) if isinstance(settled, datetime) else settled,
    )
    for changed, amount in item.changes():
        record.change(payables_open, changed, amount, currency=home.currency)
    if expense.source.type == INVOICE and expense.due_date:
        for changed, amount in item.overdue(expense.due_date):
            record.change(payables_overdue, changed, amount, currency=home.currency)
    return record


def _payments(ctx: Context, expense: Expense) -> list[ExpensePayment]:
    if not expense.paid_amount:
        return []
    rows = read_unpaged(ctx, PAYMENTS[expense.source.type], ExpensePayment, {"id": expense.source.id})
    return list({row.id: row for row in rows}.values())
