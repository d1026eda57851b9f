"""Bills that come by themselves: advertisements, rent in advance, insurance, and beans when they run out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import PURCHASE
from kpitaps.testing.story.bookkeeping.accounts import PAYABLE, Account
from kpitaps.testing.story.bookkeeping.chasing import move
from kpitaps.testing.story.bookkeeping.postings import Posting
from kpitaps.testing.story.bookkeeping.size import first_month
from kpitaps.testing.story.money import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

ADVERTISEMENTS, PREPAID = "4210", "1400"
_VAT = "1510"
_SHOP = ("8010",)


@dataclass(frozen=True, slots=True)
class StandingBill:
    """A bill of a supplier that the office does not see.

    Attributes:
        supplier: From whom.
        gl: As what it is booked.
        cents: Without VAT.
        on: Its date.
        vat_percent: 0 where the customer accounts for it.
        term: Days until it is due.
    """

    supplier: str
    gl: str
    cents: int
    on: date
    vat_percent: int = 21
    term: int = 14


def standing_bills(clerk: Clerk, first: date, last: date) -> Iterator[StandingBill]:
    """Yield the bills of a month that has ended."""
    sold = max(0, -clerk.ledger.turnover(_SHOP, first, last))
    for supplier, permille in (
        ("Google Ads", clerk.dice.randint(35, 50)),
        ("Meta Platforms", clerk.dice.randint(15, 25)),
    ):
        yield StandingBill(supplier, ADVERTISEMENTS, sold * permille // 1_000, last, vat_percent=0)
    size = first_month(clerk)
    yield StandingBill("Studio Pixel", "4400", size * clerk.dice.randint(5, 14) // 1_000, last)
    following = last + timedelta(days=1)
    if following.month in (1, 4, 7, 10):
        yield StandingBill("Winkelpand Kade 12", PREPAID, size * 45 // 1_000, following, term=8)
    if clerk.chance(0.25):
        yield StandingBill("Beursorganisatie Horeca", "4200", size * clerk.dice.randint(10, 40) // 1_000, last, term=30)


def book_bill(clerk: Clerk, bill: StandingBill) -> Life:
    """Enter a bill and pay it when it is due, or the Monday after."""
    if bill.cents <= 0:
        return
    yield clerk.later(1, 6)
    vat = rounded(bill.cents * bill.vat_percent, 100)
    account = Account(PAYABLE, clerk.suppliers.party(bill.supplier), bill.cents + vat)
    due = bill.on + timedelta(days=bill.term)
    debt = Posting(PAYABLE, -bill.cents - vat, bill.supplier, party=account.party, due=due)
    postings = [debt, Posting(bill.gl, bill.cents, bill.supplier), Posting(_VAT, vat, "Btw")]
    entry = clerk.book(PURCHASE, "60", bill.on, f"Inkoopfactuur {bill.supplier} {bill.on:%Y-%m}", postings)
    account.open(clerk, entry)
    yield clerk.on(max(due, clerk.today))
    move(clerk, account, bill.cents + vat)
