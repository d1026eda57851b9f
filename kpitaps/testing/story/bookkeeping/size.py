"""How large the company is: what it began with, and what its books say since then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.bookkeeping.fiscal import month_before

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from kpitaps.testing.story.bookkeeping.clerk import Clerk

REVENUE = ("8000", "8010", "8020")
_PER_DAILY_ORDER, _PER_PACE, _LEAST = 193_000, 2_900_000, 50_000
"""Cents a month that one order a day and a pace of 1 bring in the first year, and what there is without either."""


def first_month(clerk: Clerk) -> int:
    """Return about how many cents the company turns over in a month of its first year."""
    founding = clerk.founding
    return round(_PER_DAILY_ORDER * founding.orders_per_day + _PER_PACE * founding.pace) + _LEAST


def monthly(clerk: Clerk, accounts: Collection[str], before: date, otherwise: int, months: int = 6) -> int:
    """Return how many cents came in on accounts in the mean of some months, or ``otherwise`` in a company too young.

    The last full month before a day is left out: too little of it has been booked.
    """
    first, _ = month_before(before)
    last = first - timedelta(days=1)
    for _ in range(months):
        first, _ = month_before(first)
    if first < clerk.founding.founded:
        return otherwise
    return -clerk.ledger.turnover(accounts, first, last) // months
