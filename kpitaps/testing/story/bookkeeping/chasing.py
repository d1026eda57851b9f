"""What becomes of documents that nobody pays, and of money that somebody should get back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import OTHER
from kpitaps.testing.story.bookkeeping.accounts import PAYABLE, item_of
from kpitaps.testing.story.bookkeeping.postings import Posting
from kpitaps.testing.story.bookkeeping.statements import BANK

if TYPE_CHECKING:
    from datetime import date

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.book_events import BookLine, EntryBooked
    from kpitaps.testing.story.bookkeeping.accounts import Account
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

_LOSSES = "9110"
_GIVEN_UP, _PAID_AFTER_ALL = 0.45, 0.85
"""Chances, cumulated, of what a client owes who was asked for it again and again; else it stays open."""


def chase(clerk: Clerk, account: Account, due: date) -> Life:
    """Look after a document months after it was due: pay it, or give it up where the client will not pay."""
    late = max(0, (due - clerk.today).days)
    yield clerk.later(late + 140, late + 200) if account.gl == PAYABLE else clerk.later(late + 190, late + 300)
    account.settle(clerk)
    document, kind = account.document, clerk.dice.random()
    if document is None or not document.left or account.expected <= 0:
        return
    if account.gl == PAYABLE or _GIVEN_UP < kind < _PAID_AFTER_ALL:
        if not account.is_foreign:
            move(clerk, account, -document.left)
    elif kind <= _GIVEN_UP:
        text = f"Oninbaar {account.party.name}"
        loss = Posting(account.gl, -document.left, text, party=account.party)
        entry = clerk.book(OTHER, "90", clerk.today, text, [loss, Posting(_LOSSES, document.left, text)])
        account.add(clerk, item_of(entry, entry.lines[0]), account.expected)


def give_back(clerk: Clerk, account: Account) -> Life:
    """Weeks after something was credited that had been paid already, mostly, the money goes back."""
    yield clerk.later(15, 60)
    account.settle(clerk)
    document = account.document
    surplus = sum(item.left for item in account.others)
    if surplus and not (document and document.left) and clerk.chance(0.9):
        move(clerk, account, -surplus)


def move(clerk: Clerk, account: Account, cents: int) -> None:
    """Note that money moved today for what is open between the two; a debit of the account is positive."""
    party = account.party

    def entered(entry: EntryBooked, line: BookLine) -> None:
        account.add(clerk, item_of(entry, line), 0)

    clerk.statements.add(BANK, clerk.today, Posting(account.gl, cents, party.name, party=party), entered)
