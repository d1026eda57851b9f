"""What sort of account a line is booked on, and what that makes of its amount.

Each type belongs to exactly one measure of the result, or to one side of the balance sheet. The table is the code list
of https://start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx?name=SyncFinancialGLAccounts
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.odata import read_changes
from kpitaps_exact_online.payloads import GLAccount

if TYPE_CHECKING:
    from kpitaps import Context, Measure
    from kpitaps_exact_online.payloads import TransactionLine

RECEIVABLE, PAYABLE, PREPAID, GENERAL, REVENUE, INTEREST = 20, 22, 21, 90, 110, 160
LIQUID = frozenset({10, 12, 16})
"""Cash, bank, payment services."""
OWN_MONEY = LIQUID | {14}
"""What money moves between without coming in or going out: the credit card, too."""
YEAR_END = frozenset({300, 301, 302})
"""Accounts that only closings use."""

revenue = tap.measure("revenue")
cost_of_sales = tap.measure("cost_of_sales")
operating_costs = tap.measure("operating_costs")
depreciation = tap.measure("depreciation")
other_income = tap.measure("other_income")
other_costs = tap.measure("other_costs")
interest_income = tap.measure("interest_income")
interest_costs = tap.measure("interest_costs")
taxes = tap.measure("taxes")
assets = tap.measure("assets")
equity = tap.measure("equity")
debt_short = tap.measure("debt_short")
debt_long = tap.measure("debt_long")

FLOWS: dict[int, Measure] = {
    110: revenue,
    111: cost_of_sales,
    120: operating_costs,
    121: operating_costs,
    122: depreciation,
    123: operating_costs,
    125: operating_costs,
    126: operating_costs,
    130: other_costs,
    140: other_income,
    150: taxes,
}
"""Type of a profit and loss account → its measure. Interest and general accounts go by their side."""

INCOME = frozenset({revenue.key, other_income.key, interest_income.key})
"""Measures that a credit raises."""

LEVELS: dict[int, Measure] = {
    **dict.fromkeys((10, 12, 16, 20, 26, 30, 32, 35, 40), assets),
    **dict.fromkeys((50, 52), equity),
    **dict.fromkeys((14, 22, 24, 25, 27, 29, 60, 100), debt_short),
    55: debt_long,
}
"""Type of a balance sheet account → its measure. Prepayments and general accounts go by their side."""


class Place(NamedTuple):
    """Where the lines of an account belong.

    Attributes:
        flow: What they add to; None for accounts of the balance sheet, and those that only closings use.
        level: What they change.
    """

    flow: Measure | None
    level: Measure


def place_of(account: GLAccount) -> Place | None:
    """Return where the lines of an account belong; None if nobody has told us of its type."""
    kind, credit = account.type or 0, account.side == "C"
    if account.sheet == "B":
        by_side = debt_short if credit else assets
        level = by_side if kind in (PREPAID, GENERAL) else LEVELS.get(kind)
        return None if level is None else Place(None, level)
    if kind in YEAR_END:
        return Place(None, equity)
    if kind == INTEREST:
        return Place(interest_income if credit else interest_costs, equity)
    if kind == GENERAL:
        return Place(other_income if credit else other_costs, equity)
    flow = FLOWS.get(kind)
    return None if flow is None else Place(flow, equity)


def account_of(ctx: Context, line: TransactionLine) -> GLAccount:
    """Return the account that a line is booked on; one that was made since this run began is asked for.

    One that cannot be found has no type: its lines count as those of an unknown one, and are flagged.
    """
    if found := accounts(ctx).get(line.account):
        return found
    if found := accounts(ctx, f"for {line.account}").get(line.account):
        return found
    return GLAccount(Timestamp=0, ID=line.account, Code=line.account_code, Type=None)


def accounts(ctx: Context, again: str = "") -> dict[str, GLAccount]:
    """Return all accounts by id; asked once per run."""

    def read() -> dict[str, GLAccount]:
        return {row.id: row for row in read_changes(ctx, "sync/Financial/GLAccounts", GLAccount, 1, None)}

    return ctx.once(f"gl accounts {again}".strip(), read)
