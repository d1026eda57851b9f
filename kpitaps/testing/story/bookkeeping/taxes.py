"""VAT by the quarter, corporate tax by the year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import OTHER, VAT_RETURN
from kpitaps.testing.story.bookkeeping.ledger import RESULT
from kpitaps.testing.story.bookkeeping.postings import Posting
from kpitaps.testing.story.bookkeeping.statements import BANK

if TYPE_CHECKING:
    from datetime import date

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

_OWED, _CLAIMED = "1500", "1510"
_CORPORATE, _CORPORATE_OWED = "9200", "1730"
_CORPORATE_PERCENT = 19


def vat_return(clerk: Clerk, last: date) -> Life:
    """Set the VAT of purchases off against that of sales, in whole euros, and pay or receive the rest."""
    yield clerk.later(12, 24)
    owed, claimed = -clerk.ledger.balance(_OWED, last), clerk.ledger.balance(_CLAIMED, last)
    cents = (owed - claimed) % 100
    text = f"Btw-aangifte {last:%Y}-K{(last.month + 2) // 3}"
    postings = [
        Posting(_OWED, claimed + cents, text),
        Posting(_CLAIMED, -claimed, text),
        Posting("4300", -cents, "Afronding"),
    ]
    clerk.book(VAT_RETURN, "90", last, text, postings)
    yield clerk.later(2, 5)
    clerk.statements.add(BANK, clerk.today, Posting(_OWED, owed - claimed - cents, text))


def corporate_tax(clerk: Clerk, year: int) -> Life:
    """Book a year's corporate tax on its last day, weeks after it, and pay it in summer."""
    profit = -sum(clerk.ledger.of_year(account, year) for account in RESULT)
    tax = profit * _CORPORATE_PERCENT // 10_000 * 100
    if tax <= 0:
        return
    text = f"Vennootschapsbelasting {year}"
    postings = [Posting(_CORPORATE, tax, text), Posting(_CORPORATE_OWED, -tax, text)]
    clerk.book(OTHER, "90", clerk.fiscal.last_day(year), text, postings)
    yield clerk.later(110, 150)
    clerk.statements.add(BANK, clerk.today, Posting(_CORPORATE_OWED, tax, text))
