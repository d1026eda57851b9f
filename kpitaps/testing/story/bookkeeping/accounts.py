"""What is open between the company and somebody else over one document, and how it is settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import EXCHANGE_DIFFERENCE, PAYMENT_DIFFERENCE
from kpitaps.testing.story.bookkeeping.postings import Item, Party, Posting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.book_events import BookLine, EntryBooked
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

RECEIVABLE, PAYABLE = "1300", "1600"
_EXCHANGE, _GENERAL = "8090", "4300"
_WRITTEN_OFF = 100
"""So many cents at most are given up rather than asked for."""
_FORGOTTEN, _LEFT_LYING, _AT_ONCE = 0.015, 0.075, 0.8
"""Chances, cumulated: not matched until somebody chases it, weeks later, within the hour; else some days later."""


@dataclass(slots=True)
class Account:
    """A document and what was paid or credited of it, as far as it has been booked.

    Attributes:
        gl: `RECEIVABLE` or `PAYABLE`.
        party: With whom.
        expected: Cents of the document's currency that are still to come; what is booked later than the document may
            make it go below nothing for a while.
        is_foreign: Whether the document is in another currency than the company's.
        document: The open item of the document; None until it is booked.
        others: The open items of payments and credit notes.
    """

    gl: str
    party: Party
    expected: int = 0
    is_foreign: bool = False
    document: Item | None = None
    others: list[Item] = field(default_factory=list)

    def open(self, clerk: Clerk, entry: EntryBooked) -> None:
        """Take note that the document itself was booked."""
        self.document = item_of(entry, entry.lines[0])
        self._settle_later(clerk)

    def add(self, clerk: Clerk, item: Item, expected_less: int) -> None:
        """Take note that a payment or credit note was booked."""
        self.others.append(item)
        self.expected -= expected_less
        self._settle_later(clerk)

    def settle(self, clerk: Clerk) -> None:
        """Match what there is by now; what an exchange rate, or some cents too few, left over is booked away."""
        items = [item for item in (self.document, *self.others) if item and item.left]
        rest = sum(item.left for item in items)
        if self.document and self.document.left and self.expected == 0 and len(items) > 1:
            if rest and (self.is_foreign or abs(rest) <= _WRITTEN_OFF):
                items.append(self._difference(clerk, rest, max(item.on for item in items)))
                rest = 0
            if not rest:
                clerk.match([(item, item.left) for item in items])
                return
        _pair(clerk, items)

    def _settle_later(self, clerk: Clerk) -> None:
        kind = clerk.dice.random()
        if kind < _FORGOTTEN:
            return
        if kind < _LEFT_LYING:
            at = clerk.later(15, 50)
        elif kind < _AT_ONCE:
            at = clerk.soon(1, 90)
        else:
            at = clerk.later(1, 6)
        clerk.begin(self._settle_now(clerk), at)

    def _settle_now(self, clerk: Clerk) -> Life:
        self.settle(clerk)
        yield from ()

    def _difference(self, clerk: Clerk, rest: int, on: date) -> Item:
        """Book away what an exchange rate, or some cents too few, left over."""
        kind, other, text = (
            (EXCHANGE_DIFFERENCE, _EXCHANGE, "Koersverschil")
            if self.is_foreign
            else (PAYMENT_DIFFERENCE, _GENERAL, "Betalingsverschil")
        )
        entry = clerk.book(
            kind,
            "90",
            on,
            f"{text} {self.party.name}",
            [Posting(self.gl, -rest, text, party=self.party), Posting(other, rest, text)],
        )
        return item_of(entry, entry.lines[0])


def item_of(entry: EntryBooked, line: BookLine) -> Item:
    """Return a line of a new entry as an open item."""
    return Item(line.id, entry.on, line.cents)


def _pair(clerk: Clerk, items: Iterable[Item]) -> None:
    """Match debits with credits, the earliest first."""
    items = list(items)
    for credit in items:
        for debit in items:
            if credit.left < 0 < debit.left:
                cents = min(debit.left, -credit.left)
                clerk.match([(debit, cents), (credit, -cents)])
