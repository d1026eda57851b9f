"""Where what happened elsewhere in the company reaches the bookkeeper."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kpitaps.testing.story.bookkeeping.purchases import (
    Expense,
    book_expense,
    book_receipt,
    book_supplier_credit,
    new_expense,
    pay,
)
from kpitaps.testing.story.bookkeeping.sales import Bill, book_credit_note, book_invoice, new_bill, receive
from kpitaps.testing.story.bookkeeping.takings import Takings
from kpitaps.testing.story.document_events import (
    CreditNoteIssued,
    ExpenseBooked,
    ExpensePaid,
    InvoiceBooked,
    InvoiceDrafted,
    InvoicePaid,
)
from kpitaps.testing.story.sales_events import ClientAdded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.clerk import Clerk
    from kpitaps.testing.story.events import Event
    from kpitaps.testing.story.office_events import OfficeEvent


class Inbox:
    """Lets the clerk begin on every document, when it comes in.

    Args:
        clerk: Who keeps the books.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._takings = Takings(clerk)
        self._clients: dict[int, str] = {}
        self._bills: dict[int, Bill] = {}
        self._expenses: dict[int, Expense] = {}
        self._credits: defaultdict[str, list[Expense]] = defaultdict(list)

    def from_office(self, events: Iterable[OfficeEvent]) -> None:
        """Take in a day of the office. What is about nothing that the clerk knows of is left aside."""
        clerk = self._clerk
        for event in events:
            if isinstance(event, ClientAdded):
                self._clients[event.client] = event.name
            elif isinstance(event, InvoiceDrafted):
                self._bills[event.invoice] = new_bill(clerk, event, self._clients.get(event.client, ""))
            elif isinstance(event, ExpenseBooked):
                clerk.begin(self._expense(event), event.at)
            elif isinstance(event, CreditNoteIssued):
                bill = self._bills.get(event.invoice) if event.invoice is not None else None
                clerk.begin(book_credit_note(clerk, bill, event, self._clients.get(event.client, "")), event.at)
            elif isinstance(event, InvoiceBooked | InvoicePaid) and event.invoice in self._bills:
                clerk.begin(self._billed(event), event.at)
            elif isinstance(event, ExpensePaid) and event.expense in self._expenses:
                clerk.begin(self._paid(event), event.at)

    def from_shop(self, day: date, events: Iterable[Event]) -> None:
        """Take in a day of the shop."""
        self._takings.close(day, events)

    def _billed(self, event: InvoiceBooked | InvoicePaid) -> Life:
        clerk, bill = self._clerk, self._bills[event.invoice]
        if isinstance(event, InvoiceBooked):
            clerk.begin(book_invoice(clerk, bill, event))
        else:
            receive(clerk, bill, event)
        yield from ()

    def _expense(self, event: ExpenseBooked) -> Life:
        clerk = self._clerk
        expense = self._expenses[event.expense] = new_expense(event, clerk.suppliers.party(event.supplier))
        if event.kind == "credit":
            self._credits[event.supplier].append(expense)
            yield from book_supplier_credit(clerk, expense)
        elif event.kind == "receipt":
            yield from book_receipt(clerk, expense)
        else:
            yield from book_expense(clerk, expense)

    def _paid(self, event: ExpensePaid) -> Life:
        clerk, expense = self._clerk, self._expenses[event.expense]
        pay(clerk, expense, event, self._credits[expense.booked.supplier])
        yield from ()
