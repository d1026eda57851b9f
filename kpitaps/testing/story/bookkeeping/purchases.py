"""Suppliers' invoices, credits and receipts, and how they are paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import OTHER, PURCHASE, PURCHASE_CREDIT
from kpitaps.testing.story.bookkeeping.accounts import PAYABLE, Account, item_of
from kpitaps.testing.story.bookkeeping.chasing import chase, give_back
from kpitaps.testing.story.bookkeeping.postings import Posting
from kpitaps.testing.story.bookkeeping.slips import move_account
from kpitaps.testing.story.bookkeeping.statements import BANK
from kpitaps.testing.story.bookkeeping.suppliers import costs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.book_events import BookLine, EntryBooked
    from kpitaps.testing.story.bookkeeping.clerk import Clerk
    from kpitaps.testing.story.bookkeeping.postings import Party
    from kpitaps.testing.story.document_events import ExpenseBooked, ExpensePaid

_VAT, _TILL, _CARD = "1510", "1000", "1130"
_OFTEN_MISTAKEN = "4400"
_USUAL_TERM = timedelta(days=30)


@dataclass(slots=True)
class Expense:
    """A supplier's document."""

    booked: ExpenseBooked
    account: Account


def new_expense(booked: ExpenseBooked, supplier: Party) -> Expense:
    """Return an expense that nothing is booked of."""
    return Expense(booked, Account(PAYABLE, supplier, booked.incl.home))


def book_expense(clerk: Clerk, expense: Expense) -> Life:
    """Enter a supplier's invoice hours to weeks after the office had it; now and then into the period before."""
    yield clerk.sooner_or_later()
    booked, account, right = expense.booked, expense.account, costs(expense.booked.supplier)
    due = booked.due or booked.on + _USUAL_TERM
    chosen = _OFTEN_MISTAKEN if clerk.chance(0.03) else right
    debt = Posting(PAYABLE, -booked.incl.home, booked.supplier, party=account.party, due=due)
    period = clerk.fiscal.period(booked.on)
    if booked.on.day <= 9 and clerk.chance(0.08):
        period = clerk.fiscal.before(period)
    postings = [debt, *_bought(expense, chosen)]
    entry = clerk.book(PURCHASE, "60", booked.on, f"Inkoopfactuur {booked.number}", postings, period)
    account.open(clerk, entry)
    clerk.begin(chase(clerk, account, due))
    if chosen != right:
        yield from move_account(clerk, entry, chosen, right)


def book_supplier_credit(clerk: Clerk, expense: Expense) -> Life:
    """Enter a supplier's credit note; it stays open until something is paid there."""
    yield clerk.soon(20, 600) if clerk.chance(0.7) else clerk.later(1, 9)
    booked = expense.booked
    claim = Posting(PAYABLE, booked.incl.home, booked.supplier, party=expense.account.party)
    postings = [claim, *(each._replace(cents=-each.cents) for each in _bought(expense, costs(expense.booked.supplier)))]
    entry = clerk.book(PURCHASE_CREDIT, "60", booked.on, f"Inkoopcreditnota {booked.number}", postings)
    account = expense.account
    account.others, account.expected = [item_of(entry, entry.lines[0])], 0
    yield from give_back(clerk, account)


def book_receipt(clerk: Clerk, expense: Expense) -> Life:
    """Enter a receipt: paid from the till or with the company's card."""
    yield clerk.later(0, 9)
    booked = expense.booked
    paid_with = _TILL if clerk.chance(0.4) else _CARD
    postings = [
        Posting(paid_with, -booked.incl.home, booked.supplier),
        *_bought(expense, costs(expense.booked.supplier)),
    ]
    clerk.book(OTHER, "90", booked.on, f"Bon {booked.supplier} {booked.number}", postings)


def pay(clerk: Clerk, expense: Expense, paid: ExpensePaid, credited: Iterable[Expense]) -> None:
    """Note that a supplier was paid; what they credited and is still open is set off against it."""
    account, cents = expense.account, paid.cents
    for other in credited:
        open_credit = sum(item.left for item in other.account.others)
        if 0 < open_credit < cents and clerk.chance(0.7):
            (item,), other.account.others = other.account.others, []
            account.add(clerk, item, open_credit)
            cents -= open_credit
            break

    def entered(entry: EntryBooked, line: BookLine) -> None:
        account.add(clerk, item_of(entry, line), cents)

    clerk.statements.add(BANK, paid.on, Posting(PAYABLE, cents, account.party.name, party=account.party), entered)


def _bought(expense: Expense, gl: str) -> list[Posting]:
    """Return costs and VAT; where the VAT was not entered all of it is costs."""
    booked = expense.booked
    excl = booked.excl or booked.incl
    vat = booked.incl.home - excl.home
    return [Posting(gl, excl.home, booked.supplier), Posting(_VAT, vat, "Btw")]
