"""Memorials of a month's end: cost of sales, depreciation, and costs that belong to another month."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import DEPRECIATION, OTHER
from kpitaps.testing.story.bookkeeping.postings import Posting
from kpitaps.testing.story.bookkeeping.size import REVENUE, first_month, monthly
from kpitaps.testing.story.bookkeeping.standing import PREPAID, StandingBill, book_bill
from kpitaps.testing.story.bookkeeping.suppliers import BEANS

if TYPE_CHECKING:
    from datetime import date

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

_STOCK, _COSTS = "3000", "7000"
_FIXED, _DEPRECIATED = "0100", "0150"
_MONTHS_OF_USE = 60
_SHARE, _LEAST_SHARE, _MOST_SHARE = 0.37, 0.31, 0.45
"""What is sold cost so much of its price; less where the stock is low: beans bought long ago were cheaper."""
_MONTHS_IN_STOCK = 1.6


class CostOfSales:
    """Takes what was sold out of the stock: every week what was booked so far, and the rest of a month after its end.

    Args:
        clerk: Who books it.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._shares: dict[date, float] = {}

    def so_far(self, first: date, last: date) -> Life:
        """Book what is lacking of a month up to a day."""
        clerk = self._clerk
        yield clerk.later(0, 1)
        share = self._shares.setdefault(first, self._share(first))
        sold = max(0, -clerk.ledger.turnover(REVENUE, first, last))
        cents = round(sold * share) - clerk.ledger.turnover((_COSTS,), first, last)
        text = f"Kostprijs omzet t/m {last.isoformat()}"
        if cents:
            clerk.book(OTHER, "90", last, text, [Posting(_COSTS, cents, text), Posting(_STOCK, -cents, text)])

    def whole_month(self, first: date, last: date) -> Life:
        """Book the rest of a month, and buy beans where little is left."""
        clerk = self._clerk
        yield clerk.later(3, 10)
        yield from self.so_far(first, last)
        stock, wanted = clerk.ledger.balance(_STOCK, last), self._wanted(last)
        if stock < wanted * 9 // 10:
            beans = StandingBill(BEANS, _STOCK, wanted * 13 // 10 - stock, clerk.today, vat_percent=9, term=30)
            clerk.begin(book_bill(clerk, beans))

    def _share(self, first: date) -> float:
        full = self._clerk.ledger.balance(_STOCK, first) / self._wanted(first)
        return min(_MOST_SHARE, max(_LEAST_SHARE, _SHARE + 0.08 * (full - 1)))

    def _wanted(self, day: date) -> int:
        usual = monthly(self._clerk, REVENUE, day, first_month(self._clerk), months=4)
        return max(1, round(usual * _SHARE * _MONTHS_IN_STOCK))


def depreciation(clerk: Clerk, last: date) -> Life:
    """Write a sixtieth off what is in use, as long as it is worth anything."""
    yield clerk.later(1, 9)
    fixed, so_far = clerk.ledger.balance(_FIXED, last), -clerk.ledger.balance(_DEPRECIATED, last)
    cents = min(fixed // _MONTHS_OF_USE, fixed - so_far)
    if cents > 0:
        text = f"Afschrijving {last:%Y-%m}"
        clerk.book(DEPRECIATION, "90", last, text, [Posting("4800", cents, text), Posting(_DEPRECIATED, -cents, text)])


def prepaid(clerk: Clerk, last: date) -> Life:
    """Take a month's rent out of what was paid in advance for the quarter."""
    yield clerk.later(3, 8)
    paid = clerk.ledger.balance(PREPAID, last)
    months_left = 3 - (last.month - 1) % 3
    cents = paid // months_left
    if cents > 0:
        text = f"Huur winkel {last:%Y-%m}"
        clerk.book(OTHER, "90", last, text, [Posting("4100", cents, text), Posting(PREPAID, -cents, text)])


def accrued(clerk: Clerk, last: date) -> Life:
    """Estimate at a quarter's end what energy will cost, and take it back when the next one begins."""
    yield clerk.later(5, 24)
    cents = first_month(clerk) * clerk.dice.randint(8, 20) // 1_000
    text = f"Nog te ontvangen energienota {last:%Y-%m}"
    estimate = [Posting("4100", cents, text), Posting("1720", -cents, text)]
    clerk.book(OTHER, "90", last, text, estimate)
    back = [posting._replace(cents=-posting.cents) for posting in estimate]
    clerk.book(OTHER, "90", last + timedelta(days=1), f"Terugboeking {text}", back)
