"""Do the figures agree with those on Exact Online's own first page: revenue, result, and what is outstanding?

What exactly these overviews count is not documented. Whatever may be meant will do: it is lines that were missed, or
that are gone, which must not go unnoticed, and these fit no way of counting.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from kpitaps import Flag, Quality
from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.fiscal_years import days_of, period_name, profit_and_loss
from kpitaps_exact_online.gl_accounts import INCOME, PAYABLE, RECEIVABLE, accounts, place_of, revenue
from kpitaps_exact_online.ledger import RESULT, postings
from kpitaps_exact_online.odata import read_one, read_rows
from kpitaps_exact_online.open_items import (
    MATCHED,
    payables_open,
    payables_overdue,
    receivables_open,
    receivables_overdue,
)
from kpitaps_exact_online.payloads import OpenItem, Outstanding
from kpitaps_exact_online.standstill import judged
from kpitaps_exact_online.wording import LATEST, OLDEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from kpitaps import Context, Measure, Totals
    from kpitaps_exact_online.payloads import ProfitLoss

FIX = "Compare with Exact Online's own reports; if kpitaps is wrong, report it to the author of kpitaps-exact-online"
ENTITIES = {RECEIVABLE: "cashflow/Receivables", PAYABLE: "cashflow/Payments"}


class Result(NamedTuple):
    """What a year comes to. Whether other income is revenue in Exact's eyes is not documented."""

    revenue: Decimal
    income: Decimal
    profit: Decimal

    def agrees(self, sold: Decimal, result: Decimal) -> bool:
        """Return whether these are Exact's revenue and result."""
        return sold in (self.revenue, self.income) and result == self.profit

    def without(self, other: Result) -> Result:
        """Return what is left."""
        return Result(self.revenue - other.revenue, self.income - other.income, self.profit - other.profit)


@tap.check("overview", of=[postings, *RESULT, receivables_open, payables_open], every="1d")
def check_overview(ctx: Context, totals: Totals) -> Iterator[Flag]:
    """Compare with Exact's overviews. They count open entries too, so there is nothing to compare without those.

    Raises:
        RetryLater: if something differs, and entries were changed while all this was read.
    """
    if not ctx.settings.processed_only:
        yield from judged(ctx, [*_results(ctx, totals), *_outstanding(ctx, totals)])


def _results(ctx: Context, totals: Totals) -> Iterator[Flag]:
    overview = profit_and_loss(ctx)
    if overview is None:
        return
    for year, sold, result in (
        (overview.year, overview.revenue, overview.result),
        (overview.previous, overview.revenue_before, overview.result_before),
    ):
        whole, *parts = _ways(ctx, totals, overview, year)
        if whole.agrees(sold, result):
            continue
        periods = days_of(ctx, overview.previous, overview.year)
        days = [day for name, span in periods.items() if name.startswith(f"{year:04d}-") for day in span]
        first, last = (min(days), max(days)) if days else (ctx.day(ctx.now), ctx.day(ctx.now))
        opened = _opened(ctx, totals, first, last)
        if not any(way.agrees(sold, result) for each in (whole, *parts) for way in (each, each.without(opened))):
            reason = (
                f"Exact Online's overview of {year} has a revenue of {sold:.2f} and a result of {result:.2f}; "
                f"from its entries follow {whole.revenue:.2f} and {whole.profit:.2f}"
            )
            yield Flag(Quality.INCOMPLETE, RESULT, first, last, reason, fix=FIX)


def _ways(ctx: Context, totals: Totals, overview: ProfitLoss, year: int) -> Iterator[Result]:
    """Yield the result of a fiscal year; of the present one also without the periods to come."""
    periods = [name for name in totals.by(postings, "fiscal_period", OLDEST, LATEST) if name.startswith(f"{year:04d}-")]
    booked = {name: totals.by(postings, "gl_account", OLDEST, LATEST, fiscal_period=name) for name in periods}
    yield _result(ctx, booked.values())
    if year == overview.year:
        present = period_name(overview.year, overview.period)
        yield _result(ctx, [amounts for name, amounts in booked.items() if name <= present])


def _result(ctx: Context, booked: Iterable[Mapping[str, Decimal]]) -> Result:
    """Return what the postings on accounts come to."""
    sold = income = profit = Decimal(0)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for code, amount in chain.from_iterable(amounts.items() for amounts in booked):
        sums[code] -= amount
    for account in accounts(ctx).values():
        if account.sheet == "W" and (amount := sums[account.code]):
            flow = place.flow if (place := place_of(account)) else None
            profit += amount
            income += amount if flow is not None and flow.key in INCOME else 0
            sold += amount if flow == revenue else 0
    return Result(sold, income, profit)


def _opened(ctx: Context, totals: Totals, first: date, last: date) -> Result:
    """Return what opening balances brought into profit and loss: companies also begin in the middle of a year.

    It is in the postings, and in no measure of the result.
    """
    known = {account.code for account in accounts(ctx).values() if (place := place_of(account)) and place.flow}
    booked = totals.by(postings, "gl_account", first, last)
    flows = {each: totals.over(each, first, last) * (1 if each.key in INCOME else -1) for each in RESULT}
    income = sum((amount for each, amount in flows.items() if each.key in INCOME), Decimal(0))
    measured = Result(flows[revenue], income, sum(flows.values(), Decimal(0)))
    return _result(ctx, [{code: amount for code, amount in booked.items() if code in known}]).without(measured)


def _outstanding(ctx: Context, totals: Totals) -> Iterator[Flag]:
    overview = read_one(ctx, "read/financial/OutstandingInvoicesOverview", Outstanding)
    if overview is None:
        return
    yield from _compared(ctx, totals, RECEIVABLE, overview.receivable, (receivables_open, receivables_overdue))
    yield from _compared(ctx, totals, PAYABLE, overview.payable, (payables_open, payables_overdue))


def _compared(
    ctx: Context, totals: Totals, kind: int, theirs: Decimal, measures: tuple[Measure, Measure]
) -> Iterator[Flag]:
    """Flag what is outstanding, unless all our items come to it.

    It may also count invoices alone: then its own list of items must come to it, and as a whole to what we have.
    """
    # Whether documents with a date to come are outstanding already is not documented, nor is the sign of payables.
    ours = totals.at(measures[0], ctx.day(ctx.now))
    known = {abs(ours), abs(totals.at(measures[0], LATEST))}
    if abs(theirs) in known:
        return
    amounts = [item.amount for item in read_rows(ctx, ENTITIES[kind], OpenItem, f"Status lt {MATCHED}", order="ID")]
    sides = {abs(sum((amount for amount in amounts if sign * amount > 0), Decimal(0))) for sign in (1, -1)}
    if abs(theirs) in sides and abs(sum(amounts, Decimal(0))) in known:
        return
    today, word = ctx.day(ctx.now), "receive" if kind == RECEIVABLE else "pay"
    reason = f"Exact Online's overview has {theirs:.2f} to {word}; the open items that were read are {ours:.2f}"
    yield Flag(Quality.INCOMPLETE, measures, today, today, reason, fix=FIX)
