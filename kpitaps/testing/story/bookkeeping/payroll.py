"""Wages: booked and paid every month, taxes a month later, and an allowance before the holidays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import PAYROLL
from kpitaps.testing.story.bookkeeping.ledger import RESULT
from kpitaps.testing.story.bookkeeping.postings import Posting
from kpitaps.testing.story.bookkeeping.size import first_month, monthly
from kpitaps.testing.story.bookkeeping.statements import BANK

if TYPE_CHECKING:
    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

_WAGES, _SOCIAL, _NET, _TAX = "4000", "4010", "1700", "1710"
_OF_TRADE = tuple(account for account in RESULT if account not in (_WAGES, _SOCIAL, "4800") and account < "8090")
"""What is left of these pays the wages."""
_FIRST_SHARE, _SHARE = 0.29, 0.73
"""Of a month's turnover, as long as nothing else is known; of what is left."""
_MOST_RISE, _MOST_FALL = 1.1, 0.9
"""From one review to the next."""
_STEP = 5_000
_MONTHS_PAID = 13
_HOLIDAY_ALLOWANCE = 5
_SHARED_PERCENT = 40
_REVIEWS = (1, 4, 7, 10)


class Payroll:
    """Pays the staff as much as the company can bear, looked at anew every quarter.

    Args:
        clerk: Who books it.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._monthly = 0

    def run(self, day: date) -> Life:
        """Book a month's wages on the 25th, pay them on the next working day, and the taxes a month later."""
        clerk = self._clerk
        if not self._monthly or day.month in _REVIEWS:
            self._monthly = self._affordable(day)
        extra, what = self._extra(day)
        wages = (self._monthly + extra) * 100 // 123
        social = wages * 23 // 100
        net = wages * 69 // 100
        yield clerk.soon(60, 400)
        text = f"Lonen{what} {day:%Y-%m}"
        tax = wages + social - net
        clerk.book(
            PAYROLL,
            "90",
            day,
            text,
            [
                Posting(_WAGES, wages, text),
                Posting(_SOCIAL, social, "Sociale lasten"),
                Posting(_NET, -net, "Nettolonen"),
                Posting(_TAX, -tax, "Loonheffing"),
            ],
        )
        yield clerk.on(day + timedelta(days=1))
        clerk.statements.add(BANK, clerk.today, Posting(_NET, net, "Nettolonen"))
        yield clerk.on(_next_month(day, 28))
        clerk.statements.add(BANK, clerk.today, Posting(_TAX, tax, "Loonheffing"))

    def _extra(self, day: date) -> tuple[int, str]:
        """Return what comes on top: a month's wages before the holidays, a part of the profit at a quarter's end."""
        if day.month == _HOLIDAY_ALLOWANCE:
            return self._monthly, " en vakantiegeld"
        first = (day.replace(day=1) - timedelta(days=50)).replace(day=1)
        profit = -self._clerk.ledger.turnover(RESULT, first, day)
        if day.month % 3 == 0 and profit > 0:
            return profit * _SHARED_PERCENT // 100, " en winstdeling"
        return 0, ""

    def _affordable(self, day: date) -> int:
        clerk = self._clerk
        estimate = first_month(clerk) * _FIRST_SHARE / _SHARE
        cents = monthly(clerk, _OF_TRADE, day, round(estimate), months=8) * _SHARE * 12 / _MONTHS_PAID
        if self._monthly:
            cents = min(self._monthly * _MOST_RISE, max(self._monthly * _MOST_FALL, cents))
        return max(1, round(cents / _STEP)) * _STEP


def _next_month(day: date, number: int) -> date:
    return (day.replace(day=28) + timedelta(days=7)).replace(day=number)
