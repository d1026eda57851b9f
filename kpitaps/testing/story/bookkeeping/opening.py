"""The opening balance: what the company brings along on its first day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import OPENING
from kpitaps.testing.story.bookkeeping.accounts import PAYABLE, RECEIVABLE, Account, item_of
from kpitaps.testing.story.bookkeeping.chasing import move
from kpitaps.testing.story.bookkeeping.postings import Party, Posting
from kpitaps.testing.story.bookkeeping.size import first_month
from kpitaps.testing.story.bookkeeping.statements import BANK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.book_events import EntryBooked
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

_CAPITAL, _VAT = "0500", "1500"
_SHARES = (("0100", 60), ("0300", 8), ("1100", 225), ("3000", 65), ("0700", -140), ("0710", -30), (_VAT, -12))
"""What each account comes to, in percent of a month's turnover."""
_CLIENTS = ("Hotel Oude Haven", "Brasserie Vijfhuizen", "Lunchroom Westzijde", "Kantoor Schoutenkade")
_FIRST_CLIENT = 30_001
_SUPPLIERS = (("Santos Green Coffee", 22), ("Transport Baert", 3), ("Energie Rijnmond", 5))
"""With what is owed to them, likewise in percent."""


def open_books(clerk: Clerk) -> Life:
    """Enter the opening balance, and see to it that what is open in it gets paid, mostly."""
    whole = first_month(clerk)
    balances = [Posting(account, whole * percent // 100, "Beginbalans") for account, percent in _SHARES]
    postings = [*_open_items(clerk, whole), *balances]
    capital = Posting(_CAPITAL, -sum(posting.cents for posting in postings), "Beginbalans")
    entry = clerk.book(OPENING, "90", clerk.founding.founded, "Beginbalans", [*postings, capital])
    for index, posting in enumerate(postings):
        if posting.due and clerk.chance(0.9):
            clerk.begin(_pay(clerk, entry, index, posting.due))
    yield clerk.later(22, 27)
    vat = next(posting.cents for posting in balances if posting.gl == _VAT)
    clerk.statements.add(BANK, clerk.today, Posting(_VAT, -vat, "Btw vorig kwartaal"))


def _open_items(clerk: Clerk, whole: int) -> Iterator[Posting]:
    """Yield what clients still owe, and what is owed to suppliers; some of it is overdue already."""
    founded = clerk.founding.founded
    for index, name in enumerate(_CLIENTS):
        due = founded + timedelta(days=clerk.dice.randint(-20, 25))
        cents = whole * clerk.dice.randint(4, 16) // 100
        yield Posting(RECEIVABLE, cents, name, party=Party(_FIRST_CLIENT + index, name), due=due)
    for name, percent in _SUPPLIERS:
        due = founded + timedelta(days=clerk.dice.randint(-6, 25))
        yield Posting(PAYABLE, -whole * percent // 100, name, party=clerk.suppliers.party(name), due=due)


def _pay(clerk: Clerk, entry: EntryBooked, index: int, due: date) -> Life:
    line = entry.lines[index]
    account = Account(line.gl, Party(line.party, line.party_name), abs(line.cents))
    account.document = item_of(entry, line)
    days = max(0, (due - clerk.today).days)
    yield clerk.later(days + 1, days + 20)
    move(clerk, account, -line.cents)
