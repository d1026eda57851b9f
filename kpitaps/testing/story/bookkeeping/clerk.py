"""The bookkeeper: enters, corrects, processes and deletes entries, and matches open items."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kpitaps.testing.story.agenda import Agenda
from kpitaps.testing.story.book_events import (
    BookEvent,
    BookLine,
    EntryBooked,
    EntryChanged,
    EntryDeleted,
    EntryProcessed,
    ItemsMatched,
)
from kpitaps.testing.story.book_world import CLOSING
from kpitaps.testing.story.bookkeeping.fiscal import FiscalCalendar
from kpitaps.testing.story.bookkeeping.ledger import Ledger
from kpitaps.testing.story.bookkeeping.statements import Statements
from kpitaps.testing.story.bookkeeping.suppliers import Suppliers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.postings import Item, Posting
    from kpitaps.testing.story.books import Founding

_FIRST_ID = 310_000
_SERIES = 100_000
"""So many numbers has each journal's series a year."""
_NEVER_PROCESSED = 0.06
_PROCESSED_AFTER = (10, 55)
"""At least and at most so many days later an entry is made final."""


class Clerk(Agenda[BookEvent]):
    """Keeps the books.

    Args:
        founding: What is settled about the company.

    Attributes:
        fiscal: The company's fiscal calendar.
        ledger: What the accounts come to.
        suppliers: From whom the company buys.
        statements: What moved at the bank and elsewhere and is not entered yet.
    """

    def __init__(self, founding: Founding) -> None:
        super().__init__(founding, "bookkeeping", _FIRST_ID)
        self.fiscal = FiscalCalendar(founding.fiscal_year_start)
        self.ledger = Ledger()
        self.suppliers = Suppliers()
        self.statements = Statements(self)
        self._series: Counter[tuple[str, int]] = Counter()
        self._drafts: dict[int, EntryBooked | EntryChanged] = {}

    def book(
        self,
        kind: int,
        journal: str,
        on: date,
        text: str,
        postings: Iterable[Posting],
        period: tuple[int, int] | None = None,
        *,
        processed_after: tuple[int, int] = _PROCESSED_AFTER,
    ) -> EntryBooked:
        """Enter lines that add up to nothing; those of nothing are left out, except for the first."""
        year, month = period or self.fiscal.period(on)
        entry = EntryBooked(
            at=self.now,
            entry=self.next_id(),
            number=self._number(journal, year),
            journal=journal,
            kind=kind,
            on=on,
            year=year,
            period=month,
            text=text,
            lines=self.lines(postings),
        )
        assert not sum(line.cents for line in entry.lines), entry
        self.tell(entry)
        if kind not in CLOSING:
            self.ledger.enter(entry)
        self._drafts[entry.entry] = entry
        self.begin(self._process(entry.entry), self.later(*processed_after))
        return entry

    def lines(self, postings: Iterable[Posting]) -> tuple[BookLine, ...]:
        """Return postings as lines with ids of their own."""
        return tuple(
            BookLine(
                self.next_id(),
                posting.gl,
                posting.cents,
                posting.text,
                posting.product,
                *posting.party,
                posting.due,
                posting.foreign,
            )
            for index, posting in enumerate(postings)
            if posting.cents or not index
        )

    def sooner_or_later(self) -> datetime:
        """Return when a document of now is entered: mostly within hours or days, now and then weeks later."""
        if self.chance(0.05):
            return self.later(14, 42)
        return self.soon(30, 500) if self.chance(0.6) else self.later(1, 4)

    def is_draft(self, entry: EntryBooked) -> bool:
        """Return whether an entry can still be corrected in place, or deleted."""
        return entry.entry in self._drafts

    def change(
        self,
        entry: EntryBooked,
        lines: Sequence[BookLine],
        on: date | None = None,
        period: tuple[int, int] | None = None,
    ) -> None:
        """Correct a draft in place: its lines, and its date or period where they are given."""
        was = self._drafts[entry.entry]
        on = on or was.on
        year, month = period or (self.fiscal.period(on) if on != was.on else (was.year, was.period))
        event = EntryChanged(self.now, entry.entry, on, year, month, tuple(lines))
        assert not sum(line.cents for line in lines), event
        self.tell(event)
        if entry.kind not in CLOSING:
            self.ledger.enter(was, -1)
            self.ledger.enter(event)
        self._drafts[entry.entry] = event

    def delete(self, entry: EntryBooked) -> None:
        """Delete a draft."""
        self.ledger.enter(self._drafts.pop(entry.entry), -1)
        self.tell(EntryDeleted(self.now, entry.entry))

    def match(self, parts: Sequence[tuple[Item, int]]) -> None:
        """Take parts off open items."""
        assert not sum(cents for _, cents in parts), parts
        for item, cents in parts:
            assert 0 <= cents * (1 if item.left > 0 else -1) <= abs(item.left), parts
            item.left -= cents
        self.tell(ItemsMatched(self.now, self.next_id(), tuple((item.line, cents) for item, cents in parts)))

    def _number(self, journal: str, year: int) -> int:
        self._series[journal, year] += 1
        return (year % 100 * 100 + int(journal)) * _SERIES + self._series[journal, year]

    def _process(self, entry: int) -> Life:
        if entry in self._drafts and not self.chance(_NEVER_PROCESSED):
            del self._drafts[entry]
            self.tell(EntryProcessed(self.now, entry))
        yield from ()
