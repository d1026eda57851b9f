"""What can happen in the company's bookkeeping: entries are booked, corrected, processed, deleted, and matched.

Every instant is aware, in UTC and on a whole second. Amounts are cents, signed as bookkeepers do: a debit is positive,
a credit negative, and the lines of an entry add up to nothing on their one date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.testing.story.document_events import Sum


@dataclass(frozen=True, slots=True)
class BookLine:
    """A line of an entry.

    Attributes:
        id: Unique among all lines; a line that is kept when its entry is corrected keeps it.
        gl: Code of the general ledger account, one of `GL_ACCOUNTS`.
        cents: Of the company's currency: a debit is positive, a credit negative.
        text: What it says.
        product: What was sold, in lines of revenue; else empty.
        party: Id of the client or supplier, in lines of receivables and payables; else None.
        party_name: Their name.
        due: When it is to be paid, in lines of receivables and payables that are invoices; else None.
        foreign: The same amount in the document's currency with the rate of the booking, signed likewise; None where
            that is the company's own.
    """

    id: int
    gl: str
    cents: int
    text: str = ""
    product: str = ""
    party: int | None = None
    party_name: str = ""
    due: date | None = None
    foreign: Sum | None = None


@dataclass(frozen=True, slots=True)
class EntryBooked:
    """An entry was booked.

    Attributes:
        at: When somebody entered it, maybe weeks after its date.
        entry: Its id.
        number: What people call it; unique within its journal.
        journal: Code of `JOURNALS`.
        kind: What it is: one of `KINDS`.
        on: Its date: that of the invoice, of the bank statement, or the last day of what a memorial is about.
        year: The fiscal year it belongs to: the calendar year in which that begins.
        period: The month of that year, counted from 1. Mostly the one its date lies in, but not always: a bill that
            comes late may still be booked into the period before.
        text: What it says.
        lines: At least two; in invoices the first one is that of the receivable or payable, in bank statements that of
            the bank.
    """

    at: datetime
    entry: int
    number: int
    journal: str
    kind: int
    on: date
    year: int
    period: int
    text: str
    lines: tuple[BookLine, ...]


@dataclass(frozen=True, slots=True)
class EntryChanged:
    """An entry was corrected in place: this is all there is of it now, lines that are left out are gone."""

    at: datetime
    entry: int
    on: date
    year: int
    period: int
    lines: tuple[BookLine, ...]


@dataclass(frozen=True, slots=True)
class EntryProcessed:
    """A draft entry was made final: nothing in its amounts changes."""

    at: datetime
    entry: int


@dataclass(frozen=True, slots=True)
class EntryDeleted:
    """An entry was deleted, as if it had never been."""

    at: datetime
    entry: int


@dataclass(frozen=True, slots=True)
class ItemsMatched:
    """Open items were matched: an invoice and its payment, an invoice and its credit note.

    Attributes:
        at: When.
        match: Its id.
        parts: Line ids of receivables or payables of one party, and how many cents of each, signed as booked: they add
            up to nothing. From the latest date among them on, so much of each is no longer open.
    """

    at: datetime
    match: int
    parts: tuple[tuple[int, int], ...]


BookEvent = EntryBooked | EntryChanged | EntryProcessed | EntryDeleted | ItemsMatched
