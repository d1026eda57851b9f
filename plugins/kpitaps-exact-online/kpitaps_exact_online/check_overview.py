"""Do the figures agree with those on Exact Online's own first page: revenue, result, and what is outstanding?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from kpitaps import Flag, Quality
from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.gl_accounts import PAYABLE, RECEIVABLE, REVENUE, accounts
from kpitaps_exact_online.ledger import RESULT, postings
from kpitaps_exact_online.odata import read_one, read_rows
from kpitaps_exact_online.open_items import (
    MATCHED,
    payables_open,
    payables_overdue,
    receivables_open,
    receivables_overdue,
)
from kpitaps_exact_online.payloads import FinancialPeriod, OpenItem, Outstanding, ProfitLoss
from kpitaps_exact_online.standstill import judged
from kpitaps_exact_online.wording import LATEST, OLDEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Measure, Totals

FIX = "Compare with Exact Online's own reports; if kpitaps is wrong, report it to the author of kpitaps-exact-online"
ENTITIES = {RECEIVABLE: "cashflow/Receivables", PAYABLE: "cashflow/Payments"}


@tap.check("overview", of=[postings, *RESULT, receivables_open, payables_open], every="1d")
def check_overview(ctx: Context, totals: Totals) -> Iterator[Flag]:
    """Compare with Exact's overviews. They count open entries too, so there is nothing to compare without those.

    Raises:
        RetryLater: if something differs, and entries were changed while all this was read.
    """
    if not ctx.settings.processed_only:
        yield from judged(ctx, [*_results(ctx, totals), *_outstanding(ctx, totals)])


def _results(ctx: Context, totals: Totals) -> Iterator[Flag]:
    overview = read_one(ctx, "read/financial/ProfitLossOverview", ProfitLoss)
    if overview is None:
        return
    for year, sold, result in (
        (overview.year, overview.revenue, overview.result),
        (overview.previous, overview.revenue_before, overview.result_before),
    ):
        revenues, profit = _own(ctx, totals, year)
        # Whether other income is revenue in Exact's eyes is not documented.
        if sold not in revenues or result != profit:
            days = [
                day
                for row in read_rows(ctx, "financial/FinancialPeriods", FinancialPeriod, f"FinYear eq {year}")
                for day in (row.first, row.last)
            ] or [ctx.day(ctx.now)]
            reason = (
                f"Exact Online's overview of {year} has a revenue of {sold:.2f} and a result of {result:.2f}; "
                f"from its entries follow {revenues[0]:.2f} and {profit:.2f}"
            )
            yield Flag(Quality.INCOMPLETE, RESULT, min(days), max(days), reason, fix=FIX)


def _own(ctx: Context, totals: Totals, year: int) -> tuple[list[Decimal], Decimal]:
    """Return what may be called revenue, and the result of a fiscal year, from the postings."""
    sums: dict[str, Decimal] = {}
    for period in totals.by(postings, "fiscal_period", OLDEST, LATEST):
        if period.startswith(f"{year:04d}-"):
            for code, amount in totals.by(postings, "gl_account", OLDEST, LATEST, fiscal_period=period).items():
                sums[code] = sums.get(code, Decimal(0)) - amount
    sheet = [account for account in accounts(ctx).values() if account.sheet == "W"]

    def of(codes: set[str]) -> Decimal:
        return sum((sums.get(code, Decimal(0)) for code in codes), Decimal(0))

    sold = {account.code for account in sheet if account.type == REVENUE}
    income = {account.code for account in sheet if account.side == "C"}
    return [of(sold), of(income | sold)], of({account.code for account in sheet})


def _outstanding(ctx: Context, totals: Totals) -> Iterator[Flag]:
    overview = read_one(ctx, "read/financial/OutstandingInvoicesOverview", Outstanding)
    if overview is None:
        return
    yield from _compared(ctx, totals, RECEIVABLE, overview.receivable, (receivables_open, receivables_overdue))
    yield from _compared(ctx, totals, PAYABLE, overview.payable, (payables_open, payables_overdue))


def _compared(
    ctx: Context, totals: Totals, kind: int, theirs: Decimal, measures: tuple[Measure, Measure]
) -> Iterator[Flag]:
    """Flag what is outstanding, unless all items together come to it, or those that are invoices."""
    ours = totals.at(measures[0], ctx.day(ctx.now))
    # Whether documents with a date to come are outstanding already is not documented, nor is the sign of payables.
    if abs(theirs) in {abs(ours), abs(totals.at(measures[0], LATEST))}:
        return
    items = list(read_rows(ctx, ENTITIES[kind], OpenItem, f"Status lt {MATCHED}", order="ID"))
    if abs(theirs) in {
        abs(sum((item.amount for item in items if sign * item.amount > 0), Decimal(0))) for sign in (1, -1)
    }:
        return
    today, word = ctx.day(ctx.now), "receive" if kind == RECEIVABLE else "pay"
    reason = f"Exact Online's overview has {theirs:.2f} to {word}; the open items that were read are {ours:.2f}"
    yield Flag(Quality.INCOMPLETE, measures, today, today, reason, fix=FIX)
