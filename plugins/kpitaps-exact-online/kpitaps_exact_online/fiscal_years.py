"""This fiscal year and the last one: their periods, and Exact Online's own result of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps_exact_online.odata import read_one, read_rows
from kpitaps_exact_online.payloads import FinancialPeriod, ProfitLoss

if TYPE_CHECKING:
    from datetime import date

    from kpitaps import Context


def period_name(year: int, period: int) -> str:
    """Return a period as the label `fiscal_period` has it: 2026-07."""
    return f"{year:04d}-{period:02d}"


def profit_and_loss(ctx: Context) -> ProfitLoss | None:
    """Return Exact's overview of both years; asked once per run, for several checks need it."""
    return ctx.once("profit and loss", lambda: read_one(ctx, "read/financial/ProfitLossOverview", ProfitLoss))


def days_of(ctx: Context, first: int, last: int) -> dict[str, tuple[date, date]]:
    """Return the first and the last day of each period of some fiscal years; asked once per run."""

    def read() -> dict[str, tuple[date, date]]:
        where = f"FinYear ge {first} and FinYear le {last}"
        rows = read_rows(ctx, "financial/FinancialPeriods", FinancialPeriod, where, order="ID")
        return {period_name(row.year, row.period): (row.first, row.last) for row in rows}

    return ctx.once(f"periods {first} {last}", read)
