"""What comes round by itself: the opening of the books, and what each month, quarter and year brings."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.bookkeeping.closing import close_year
from kpitaps.testing.story.bookkeeping.fiscal import month_before
from kpitaps.testing.story.bookkeeping.months import CostOfSales, accrued, depreciation, prepaid
from kpitaps.testing.story.bookkeeping.oddities import correct_last_quarter, into_the_period_before, oddities
from kpitaps.testing.story.bookkeeping.opening import open_books
from kpitaps.testing.story.bookkeeping.payroll import Payroll
from kpitaps.testing.story.bookkeeping.standing import book_bill, standing_bills
from kpitaps.testing.story.bookkeeping.taxes import vat_return
from kpitaps.testing.story.bookkeeping.treasury import (
    interest_on_savings,
    keep_liquid,
    loan_due,
    pay_card,
    service_loan,
)

if TYPE_CHECKING:
    from datetime import date

    from kpitaps.testing.story.bookkeeping.clerk import Clerk

_SUNDAY = 6
_QUARTERS = (1, 4, 7, 10)
_PAY_DAY, _CARD_DAY, _TRANSFER_DAYS = 25, 12, (6, 14, 22)


class Routine:
    """Begins what the calendar asks for.

    Args:
        clerk: Who does it.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._payroll = Payroll(clerk)
        self._costs = CostOfSales(clerk)

    def begin(self, day: date) -> None:
        """Begin what begins on a day."""
        clerk, is_last = self._clerk, (day + timedelta(days=1)).day == 1
        if day == clerk.founding.founded:
            clerk.begin(open_books(clerk), clerk.on(day))
        elif day.day == 1:
            self._begin_month(day)
        if day.weekday() == _SUNDAY or is_last:
            clerk.begin(self._costs.so_far(day.replace(day=1), day), clerk.at(day, time(18)))
        if day.day == _PAY_DAY:
            clerk.begin(self._payroll.run(day), clerk.on(day))
        if day.day == _CARD_DAY:
            clerk.begin(pay_card(clerk, day))
        if day.day in _TRANSFER_DAYS or is_last:
            clerk.begin(keep_liquid(clerk, day))
        if is_last:
            clerk.begin(service_loan(clerk, day))
        for at, life in oddities(clerk, day):
            clerk.begin(life, at)

    def _begin_month(self, day: date) -> None:
        clerk, (first, last) = self._clerk, month_before(day)
        clerk.begin(self._costs.whole_month(first, last))
        clerk.begin(depreciation(clerk, last))
        clerk.begin(prepaid(clerk, last))
        for bill in standing_bills(clerk, first, last):
            clerk.begin(book_bill(clerk, bill))
        if day.month in _QUARTERS:
            self._begin_quarter(last)
        if day.month == clerk.fiscal.start:
            clerk.begin(loan_due(clerk, last))
            clerk.begin(into_the_period_before(clerk), clerk.later(0, 5))
            clerk.begin(close_year(clerk, clerk.fiscal.period(last)[0]))

    def _begin_quarter(self, last: date) -> None:
        clerk = self._clerk
        clerk.begin(vat_return(clerk, last))
        clerk.begin(interest_on_savings(clerk, last))
        clerk.begin(accrued(clerk, last))
        if clerk.chance(0.6):
            clerk.begin(correct_last_quarter(clerk, last))
