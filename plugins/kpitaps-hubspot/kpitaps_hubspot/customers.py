"""Customers: a company is one from the day on which it won a deal, for as many days as the settings say.

A stream of its own: what it says of a day depends on deals of a year before, and no other number should wait for those.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps import VOCABULARY, Record
from kpitaps_hubspot import objects
from kpitaps_hubspot.deals import KIND, in_words
from kpitaps_hubspot.directory import board

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span

STREAM = "customers"
PROPERTIES = ("createdate", "closedate", "dealstage", "hs_is_closed", "hs_is_closed_won")
FEEDS = [VOCABULARY["new_customers"], VOCABULARY["customers"], VOCABULARY["customers_lost"]]


def read(ctx: Context, span: Span) -> Iterator[Record]:
    """Read which deals that changed or were deleted within the span make somebody a customer."""
    yield from objects.gone(ctx, KIND, span)
    for rows in objects.changed(ctx, KIND, span, PROPERTIES):
        deals = [in_words(row, board(ctx, KIND), {}, "") for row in rows]
        companies = objects.companies_of(ctx, [deal.row.id for deal in deals if deal.is_won])
        for deal in deals:
            record = Record(deal.row.id, deal.row.updated_at)
            if deal.is_won and deal.closed is not None:
                first = ctx.day(deal.closed)
                last = first + timedelta(days=ctx.settings.customer_for - 1)
                # A deal without a company is a customer of its own.
                record.customer(companies.get(deal.row.id, f"deal {deal.row.id}"), first, last)
            yield record
