"""What the accounts of the general ledger come to, as entered so far."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import GL_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from kpitaps.testing.story.book_events import BookLine, EntryBooked, EntryChanged

RESULT = tuple(account.code for account in GL_ACCOUNTS if account.sheet == "W")
"""The accounts of profit and loss."""
BALANCE = tuple(account.code for account in GL_ACCOUNTS if account.sheet == "B")


class Ledger:
    """Sums of each account, by date and by fiscal year. Closings are left out: they only move what is there."""

    def __init__(self) -> None:
        self._days: defaultdict[str, Counter[date]] = defaultdict(Counter)
        self._years: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._sums: Counter[str] = Counter()

    def enter(self, entry: EntryBooked | EntryChanged, sign: int = 1) -> None:
        """Add an entry, or take it out with ``sign=-1``."""
        for line in entry.lines:
            cents = sign * line.cents
            self._days[line.gl][entry.on] += cents
            self._years[line.gl][entry.year] += cents
            self._sums[line.gl] += cents

    def balance(self, account: str, until: date | None = None) -> int:
        """Return the cents of an account: a debit is positive."""
        if until is None:
            return self._sums[account]
        return sum(cents for day, cents in self._days[account].items() if day <= until)

    def turnover(self, accounts: Iterable[str], first: date, last: date) -> int:
        """Return what was booked on accounts from day to day."""
        return sum(cents for account in accounts for day, cents in self._days[account].items() if first <= day <= last)

    def of_year(self, account: str, year: int) -> int:
        """Return what was booked into a fiscal year."""
        return self._years[account][year]

    def through_year(self, account: str, year: int) -> int:
        """Return what was booked into a fiscal year and all before."""
        return sum(cents for each, cents in self._years[account].items() if each <= year)


def opposite(lines: Iterable[BookLine]) -> list[tuple[str, int]]:
    """Return accounts and cents that undo lines."""
    return [(line.gl, -line.cents) for line in lines]
