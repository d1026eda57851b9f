"""Reading abandoned checkouts; recovered ones count no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import VOCABULARY, Record
from kpitaps_shopify.graphql import ask
from kpitaps_shopify.payloads import CheckoutsAnswer
from kpitaps_shopify.queries import CHECKOUTS, updated_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span

PAGE = 250

checkouts_abandoned = VOCABULARY["checkouts_abandoned"]


def updated_checkouts(ctx: Context, span: Span) -> Iterator[Record]:
    """Yield what the abandoned checkouts that were updated within the span add."""
    search = updated_within(span.start, span.end)
    after = None
    while True:
        variables = {"first": PAGE, "after": after, "updated": search}
        answer = ask(ctx, "checkouts", CHECKOUTS, variables, CheckoutsAnswer, cost=2 + PAGE)
        page = answer.abandoned_checkouts
        for checkout in page.nodes:
            record = Record(checkout.id, checkout.updated_at)
            yield record if checkout.completed_at else record.add(checkouts_abandoned, checkout.created_at, 1)
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor
