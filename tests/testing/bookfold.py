"""A company's books as they stand after a log of events: entries, items that are open, and sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_events import (
    BookEvent,
    BookLine,
    EntryBooked,
    EntryChanged,
    EntryDeleted,
    ItemsMatched,
)
from kpitaps.testing.story.book_world import CLOSING, GL_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TYPES = {account.code: account.type for account in GL_ACCOUNTS}
SHEETS = {account.code: account.sheet for account in GL_ACCOUNTS}
RECEIVABLE, PAYABLE = 20, 22


class Fold:
    """What the events come to.

    Args:
        events: In the order of time.
    """

    def __init__(self, events: Iterable[BookEvent]) -> None:
        self.booked: dict[int, EntryBooked] = {}
        self.now: dict[int, EntryBooked | EntryChanged] = {}
        self.matches: list[ItemsMatched] = []
        for event in events:
            if isinstance(event, EntryBooked):
                self.booked[event.entry] = self.now[event.entry] = event
            elif isinstance(event, EntryChanged):
                self.now[event.entry] = event
            elif isinstance(event, EntryDeleted):
                del self.booked[event.entry], self.now[event.entry]
            elif isinstance(event, ItemsMatched):
                self.matches.append(event)

    def lines(self, *, closings: bool = False) -> Iterator[tuple[EntryBooked, EntryBooked | EntryChanged, BookLine]]:
        """Yield each line with its entry, as it was booked and as it is now."""
        for number, now in self.now.items():
            booked = self.booked[number]
            if closings or booked.kind not in CLOSING:
                for line in now.lines:
                    yield booked, now, line

    def balances(self, *, closings: bool = False) -> Counter[str]:
        """Return what each account comes to."""
        sums: Counter[str] = Counter()
        for _, _, line in self.lines(closings=closings):
            sums[line.gl] += line.cents
        return sums

    def open_items(self) -> dict[int, int]:
        """Return the cents that are open of each item."""
        items = {line.id: line.cents for _, _, line in self.lines() if TYPES[line.gl] in (RECEIVABLE, PAYABLE)}
        for match in self.matches:
            for line, cents in match.parts:
                items[line] -= cents
        return items

    def years(self, kinds: Iterable[int] | None = None) -> dict[int, Counter[str]]:
        """Return what was booked on each account into each fiscal year, closings included."""
        years: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for booked, now, line in self.lines(closings=True):
            if kinds is None or booked.kind in kinds:
                years[now.year][line.gl] += line.cents
        return years
