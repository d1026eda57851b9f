"""The general ledger as the story's bookkeeping has made it so far: entries, their lines, and what was deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kpitaps.testing.story.book_events import EntryBooked, EntryChanged, EntryDeleted, EntryProcessed
from kpitaps.testing.story.book_world import (
    GL_ACCOUNTS,
    PURCHASE,
    PURCHASE_CREDIT,
    SALES,
    SALES_CREDIT,
    GLAccount,
)
from kpitaps_exact_online.sandbox_versions import Table, version_of
from kpitaps_exact_online.sandbox_wire import uid

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.testing.story.book_events import BookLine

LINES_DELETED, TERMS_DELETED, HOURS_DELETED = 1, 10, 14
"""Of ``SyncDeleted.EntityType``."""

OPEN, PROCESSED = 20, 50
_NEW_TYPE = 199
_INVOICES = (SALES, SALES_CREDIT, PURCHASE, PURCHASE_CREDIT)


@dataclass(slots=True)
class Entry:
    """An entry as it is now; an invoice names its party on every line."""

    booked: EntryBooked
    on: date
    year: int
    period: int
    status: int = OPEN
    party: tuple[int, str] | None = None

    @property
    def kind(self) -> int:
        """What it is."""
        return self.booked.kind

    @property
    def is_closing(self) -> bool:
        """Whether it closes a year or opens the next, in the numbers of ``TransactionLine.Type``."""
        return self.kind == 310 or 320 <= self.kind <= 328


@dataclass(slots=True)
class Line:
    """A line of an entry as it is now."""

    key: str
    version: int
    entry: Entry
    line: BookLine
    number: int
    created: datetime
    modified: datetime

    @property
    def gl(self) -> GLAccount:
        """Its account."""
        return gl_account(self.line.gl)

    @property
    def party(self) -> tuple[int, str] | None:
        """Id and name of the client or supplier."""
        return self.entry.party if self.line.party is None else (self.line.party, self.line.party_name)


@dataclass(slots=True)
class Deleted:
    """Something that is no more."""

    key: str
    version: int
    kind: int
    entity: str
    at: datetime


@dataclass(slots=True)
class Graveyard:
    """What was deleted."""

    table: Table[Deleted] = field(default_factory=Table)

    def bury(self, kind: int, entity: str, at: datetime) -> None:
        """Take note that a row is gone."""
        key = uid("deleted", f"{kind}/{entity}/{at.isoformat()}")
        self.table.put(Deleted(key, version_of(at, key), kind, entity, at))


class Ledger:
    """The entries.

    Args:
        graveyard: Where lines go.
    """

    def __init__(self, graveyard: Graveyard) -> None:
        self._graveyard = graveyard
        self.entries: dict[int, Entry] = {}
        self.lines: Table[Line] = Table()
        self.by_id: dict[int, Line] = {}
        self.gls: dict[str, GLAccount] = {account.code: account for account in GL_ACCOUNTS}
        self._lines_of: dict[int, list[Line]] = {}

    def apply(self, event: Any) -> set[int]:
        """Take in what happened next, and return the ids of the lines that it touched."""
        before = self._lines_of.get(event.entry, [])
        if isinstance(event, EntryDeleted):
            self.entries.pop(event.entry, None)
            self._replace(event, before, ())
        elif isinstance(event, EntryBooked):
            self.entries[event.entry] = Entry(event, event.on, event.year, event.period)
            self._replace(event, before, event.lines)
        elif (entry := self.entries.get(event.entry)) is not None:
            if isinstance(event, EntryProcessed):
                entry.status = PROCESSED
                self._replace(event, before, [line.line for line in before])
            elif isinstance(event, EntryChanged):
                entry.on, entry.year, entry.period = event.on, event.year, event.period
                self._replace(event, before, event.lines)
        return {line.line.id for line in (*before, *self._lines_of.get(event.entry, []))}

    def _replace(self, event: Any, before: list[Line], lines: Any) -> None:
        """Show the lines of an entry anew: to save one is to change them all."""
        old = {line.line.id: line for line in before}
        if lines and (entry := self.entries[event.entry]).kind in _INVOICES:
            entry.party = next(((line.party, line.party_name) for line in lines if line.party is not None), None)
        fresh = [self._line(event, number, line, old.pop(line.id, None)) for number, line in enumerate(lines)]
        for gone in old.values():
            self.lines.drop(gone.key)
            del self.by_id[gone.line.id]
            self._graveyard.bury(LINES_DELETED, gone.key, event.at)
        for line in fresh:
            self.lines.put(line)
            self.by_id[line.line.id] = line
            self.gls.setdefault(line.line.gl, line.gl)
        self._lines_of[event.entry] = fresh

    def _line(self, event: Any, number: int, line: BookLine, old: Line | None) -> Line:
        key = old.key if old else uid("line", line.id)
        version = version_of(event.at, key, old.version if old else 0)
        created = old.created if old else event.at
        return Line(key, version, self.entries[event.entry], line, number, created, event.at)


_KNOWN = {account.code: account for account in GL_ACCOUNTS}


def gl_account(code: str) -> GLAccount:
    """Return an account; one that the chart does not have is of a type that nobody has heard of yet."""
    return _KNOWN.get(code) or GLAccount(code, "Iets nieuws", _NEW_TYPE, "D", "W")
