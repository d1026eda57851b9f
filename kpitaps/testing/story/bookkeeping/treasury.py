"""Where the money lies: the loan, savings, the card and the till."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import OTHER
from kpitaps.testing.story.bookkeeping.postings import Posting
from kpitaps.testing.story.bookkeeping.size import first_month
from kpitaps.testing.story.bookkeeping.statements import BANK, MONEY, SAVINGS, TILL

if TYPE_CHECKING:
    from datetime import date

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

LOAN, LOAN_DUE, _INTEREST, _UNDER_WAY, _CARD = "0700", "0710", "9010", "2000", "1130"
_PERMILLE_A_MONTH, _MONTHS_LEFT = 5, 60
_SAVED_PERMILLE_A_QUARTER = 4


def service_loan(clerk: Clerk, last: date) -> Life:
    """Pay interest, and a twelfth of what is to be repaid in a year, on a month's last day."""
    yield clerk.at_any_hour(last)
    owed = -clerk.ledger.balance(LOAN) - clerk.ledger.balance(LOAN_DUE)
    part = min(-clerk.ledger.balance(LOAN_DUE), max(0, owed) // _MONTHS_LEFT + 1_000)
    clerk.statements.add(BANK, last, Posting(_INTEREST, max(0, owed) * _PERMILLE_A_MONTH // 1_000, "Rente lening"))
    clerk.statements.add(BANK, last, Posting(LOAN_DUE, max(0, part), "Aflossing lening"))


def loan_due(clerk: Clerk, last: date) -> Life:
    """Say on a year's last day how much of the loan is to be repaid in the next."""
    yield clerk.later(3, 20)
    owed, due = -clerk.ledger.balance(LOAN, last), -clerk.ledger.balance(LOAN_DUE, last)
    cents = min(owed, (owed + due) * 12 // _MONTHS_LEFT - due)
    if cents > 0:
        text = f"Aflossing komend jaar {last:%Y}"
        clerk.book(OTHER, "90", last, text, [Posting(LOAN, cents, text), Posting(LOAN_DUE, -cents, text)])


def keep_liquid(clerk: Clerk, day: date) -> Life:
    """Put aside what the bank account does not need, or fetch it back; if there is nothing to fetch, borrow."""
    yield clerk.on(day)
    size, bank, saved = first_month(clerk), clerk.ledger.balance(MONEY[BANK]), clerk.ledger.balance(MONEY[SAVINGS])
    if bank > size * 2:
        yield from transfer(clerk, BANK, SAVINGS, (bank - size * 17 // 10) // 10_000 * 10_000)
    elif bank < size * 9 // 10 and saved > size // 5:
        yield from transfer(clerk, SAVINGS, BANK, min(saved, size))
    elif bank < size * 4 // 10:
        clerk.statements.add(BANK, clerk.today, Posting(LOAN, -(size // 2), "Opname lening"))


def transfer(clerk: Clerk, source: str, target: str, cents: int) -> Life:
    """Move money between the company's own accounts: it is under way for some days."""
    left = clerk.today
    arrives = left + timedelta(days=clerk.dice.choice((1, 1, 2, 3, 4)))
    clerk.statements.add(source, left, Posting(_UNDER_WAY, cents, "Overboeking eigen rekening"))
    yield clerk.at_any_hour(arrives)
    clerk.statements.add(target, arrives, Posting(_UNDER_WAY, -cents, "Overboeking eigen rekening"))


def interest_on_savings(clerk: Clerk, last: date) -> Life:
    """Receive a quarter's interest."""
    yield clerk.at_any_hour(last)
    cents = clerk.ledger.balance(MONEY[SAVINGS], last) * _SAVED_PERMILLE_A_QUARTER // 1_000
    if cents > 0:
        clerk.statements.add(SAVINGS, last, Posting("9000", -cents, "Rente spaarrekening"))


def pay_card(clerk: Clerk, day: date) -> Life:
    """Pay the bill of the company's card, and fill the till, which takes the way over the transfer account too."""
    yield clerk.on(day)
    card, till = -clerk.ledger.balance(_CARD, clerk.today), clerk.ledger.balance(MONEY[TILL], clerk.today)
    if card > 0:
        clerk.statements.add(BANK, clerk.today, Posting(_CARD, card, "Afrekening creditcard"))
    fees = first_month(clerk) // 1_000 + clerk.dice.randrange(1_000)
    clerk.statements.add(BANK, clerk.today, Posting("4300", fees, "Bankkosten"))
    if till < first_month(clerk) // 200:
        yield from transfer(clerk, BANK, TILL, (first_month(clerk) // 150 - min(0, till)) // 1_000 * 1_000 + 10_000)
