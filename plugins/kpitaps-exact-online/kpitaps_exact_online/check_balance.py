"""Is what was read the whole of it? Exact's own balance per account and period against the postings."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from kpitaps import Flag, Kind, Quality
from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.fiscal_years import days_of, period_name, profit_and_loss
from kpitaps_exact_online.gl_accounts import accounts, place_of
from kpitaps_exact_online.ledger import LEFT_OUT, OPEN, postings
from kpitaps_exact_online.odata import read_rows
from kpitaps_exact_online.payloads import Balance
from kpitaps_exact_online.standstill import judged
from kpitaps_exact_online.wording import LATEST, OLDEST, listed, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from kpitaps import Context, Measure, Totals
    from kpitaps_exact_online.payloads import GLAccount

Place = tuple[str, str]
"""Code of an account, and a period: 2026-07."""
Sums = dict[Place, Decimal]


@tap.check("balance", of=[postings], every="1d")
def check_balance(ctx: Context, totals: Totals) -> Iterator[Flag]:
    """Compare the balances of this and the last fiscal year, account by account and period by period.

    Raises:
        RetryLater: if something differs, and entries were changed while all this was read.
    """
    overview = profit_and_loss(ctx)
    if overview is None:
        return
    days = days_of(ctx, overview.previous, overview.year)
    theirs = _theirs(ctx, overview.previous, overview.year)
    ours = _ours(totals, {*days, *(period for _, period in theirs)})
    different = sorted(place for place in {*theirs, *ours} if theirs.get(place, 0) != ours.get(place, 0))
    if different:
        yield from judged(ctx, _flags(ctx, different, theirs, ours, days))


def _theirs(ctx: Context, first: int, last: int) -> Sums:
    """Return Exact's sums, closings left out; with ``processed_only`` those of processed entries."""
    found: Sums = defaultdict(Decimal)
    where = f"ReportingYear ge {first} and ReportingYear le {last}"
    for row in read_rows(ctx, "financial/ReportingBalance", Balance, where, order="ID"):
        if row.kind not in LEFT_OUT and not (ctx.settings.processed_only and row.status == OPEN):
            found[row.code, period_name(row.year, row.period)] += row.amount
    return found


def _ours(totals: Totals, periods: Iterable[str]) -> Sums:
    return {
        (code, period): amount
        for period in periods
        for code, amount in totals.by(postings, "gl_account", OLDEST, LATEST, fiscal_period=period).items()
    }


def _flags(
    ctx: Context, different: list[Place], theirs: Sums, ours: Sums, days: dict[str, tuple[date, date]]
) -> Iterator[Flag]:
    """Yield one flag for the flows of these periods, and one for the levels since then."""
    today = ctx.day(ctx.now)
    by_code = {account.code: account for account in accounts(ctx).values()}
    spans = [days.get(period, (today, today)) for _, period in different]
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    told = [
        f"{_name(by_code, code)} in {period}: {theirs.get((code, period), Decimal(0)):.2f} in Exact Online, "
        f"{ours.get((code, period), Decimal(0)):.2f} here"
        for code, period in different
    ]
    reason = f"The general ledger was not read as Exact Online's balance has it: {listed(told)}"
    fix = "If it does not mend itself within a week, when all is read again, report it with these accounts"
    measures = _measures(by_code, {code for code, _ in different})
    flows = tuple(measure for measure in measures if measure.kind is Kind.FLOW)
    levels = tuple(measure for measure in measures if measure.kind is Kind.LEVEL)
    yield Flag(Quality.INCOMPLETE, flows, first, max(first, last), reason, fix=fix)
    if levels:
        yield Flag(Quality.INCOMPLETE, levels, first, max(first, last, today), reason, fix=fix)


def _measures(by_code: dict[str, GLAccount], codes: set[str]) -> list[Measure]:
    found: list[Measure] = [postings]
    for code in sorted(codes & by_code.keys()):
        if place := place_of(by_code[code]):
            found += [place.level] if place.flow is None else [place.flow, place.level]
    return list(dict.fromkeys(found))


def _name(by_code: dict[str, GLAccount], code: str) -> str:
    return named(by_code[code]) if code in by_code else code
