"""Statements of the bank, the till and the payment provider: all that moved on one day, entered some days later."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_events import BookLine, EntryBooked
from kpitaps.testing.story.book_world import CASH_FLOW
from kpitaps.testing.story.bookkeeping.postings import Posting

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

TILL, BANK, SAVINGS, PROVIDER = "10", "20", "21", "25"
"""Their journals."""
MONEY = {TILL: "1000", BANK: "1100", SAVINGS: "1110", PROVIDER: "1120"}
"""Journal → account."""
_TITLES = {TILL: "Kasblad", BANK: "Afschrift", SAVINGS: "Spaarafschrift", PROVIDER: "Afrekening"}

Entered = Callable[[EntryBooked, BookLine], None]
"""Called with the entry and the line when a movement was entered."""


class Statements:
    """Gathers movements by journal and day until somebody enters them.

    Args:
        clerk: Who enters them.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._waiting: dict[tuple[str, date], list[tuple[Posting, Entered | None]]] = {}

    def add(
        self, journal: str, on: date, posting: Posting, then: Entered | None = None, *, at: datetime | None = None
    ) -> None:
        """Note that money moved; ``posting`` is the other side of it, never the money itself.

        Args:
            journal: `TILL`, `BANK`, `SAVINGS` or `PROVIDER`.
            on: On which day.
            posting: What it was for.
            then: Called when it was entered.
            at: When the day's statement is to be entered; by default some days later.
        """
        if not posting.cents:
            return
        place = (journal, on)
        if place not in self._waiting:
            self._waiting[place] = []
            self._clerk.begin(self._enter(place), at or self._some_days_later())
        self._waiting[place].append((posting, then))

    def _some_days_later(self) -> datetime:
        clerk = self._clerk
        return clerk.soon(60, 600) if clerk.chance(0.3) else clerk.later(0, 6)

    def _enter(self, place: tuple[str, date]) -> Life:
        journal, on = place
        moved = self._waiting.pop(place)
        total = -sum(posting.cents for posting, _ in moved)
        postings = [Posting(MONEY[journal], total, _TITLES[journal]), *(posting for posting, _ in moved)]
        entry = self._clerk.book(CASH_FLOW, journal, on, f"{_TITLES[journal]} {on.isoformat()}", postings)
        lines = entry.lines[len(entry.lines) - len(moved) :]
        for (_, then), line in zip(moved, lines, strict=True):
            if then:
                then(entry, line)
        yield from ()
