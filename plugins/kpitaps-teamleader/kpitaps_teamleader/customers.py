"""Customers: who was invoiced, or with whom a deal was won, and for how long that makes them customers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps import Record
from kpitaps_teamleader.changes import all_deals, all_invoices
from kpitaps_teamleader.declaration import tap
from kpitaps_teamleader.invoices import DRAFT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from kpitaps import Context

customers = tap.measure("customers")
customers_lost = tap.measure("customers_lost")
new_customers = tap.measure("new_customers")


@tap.listing("customers", feeds=[new_customers, customers, customers_lost], every="1h")
def read_customers(ctx: Context) -> Iterator[Record]:
    """Read who is a customer because of which invoice, or which won deal: the lists alone tell, a hundred at a time."""
    for key, who, day in _won(ctx) if ctx.settings.customer_by == "won_deal" else _invoiced(ctx):
        last = day + timedelta(days=ctx.settings.customer_for - 1)
        yield Record(key).customer(who, day, last)


def _invoiced(ctx: Context) -> Iterator[tuple[str, str, date]]:
    for row in all_invoices(ctx):
        if row.status != DRAFT and row.invoice_date and row.invoicee and row.invoicee.customer:
            yield row.id, row.invoicee.customer.id, row.invoice_date


def _won(ctx: Context) -> Iterator[tuple[str, str, date]]:
    for row in all_deals(ctx):
        if row.status == "won" and row.closed and row.lead and row.lead.customer:
            yield row.id, row.lead.customer.id, ctx.day(row.closed)
