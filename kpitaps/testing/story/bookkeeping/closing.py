"""The end of a fiscal year: the result goes to the reserve, and the balance is carried over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import CLOSING_BALANCE, CLOSING_RESULT, OPENING_BALANCE, OTHER
from kpitaps.testing.story.bookkeeping.ledger import BALANCE, RESULT
from kpitaps.testing.story.bookkeeping.postings import Posting
from kpitaps.testing.story.bookkeeping.slips import corrected
from kpitaps.testing.story.bookkeeping.statements import BANK, MONEY, SAVINGS
from kpitaps.testing.story.bookkeeping.taxes import corporate_tax
from kpitaps.testing.story.bookkeeping.treasury import transfer

if TYPE_CHECKING:
    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.bookkeeping.clerk import Clerk

_RESERVE = "0590"
_PAID_OUT_PERCENT, _ROUND = 75, 100_000
_KINDS = (CLOSING_RESULT, CLOSING_BALANCE, OPENING_BALANCE)


def close_year(clerk: Clerk, year: int) -> Life:
    """Close a year some weeks after its end, and once more when nothing is booked into it any longer."""
    yield clerk.later(38, 56)
    clerk.begin(corporate_tax(clerk, year))
    yield clerk.later(1, 5)
    last, first = clerk.fiscal.last_day(year), clerk.fiscal.first_day(year + 1)
    texts = (f"Resultaat {year}", f"Eindbalans {year}", f"Beginbalans {year + 1}")
    days = (last, last, first)
    entries = [
        clerk.book(kind, "90", on, text, postings, processed_after=(130, 150))
        for kind, on, text, postings in zip(_KINDS, days, texts, _postings(clerk, year), strict=True)
        if postings
    ]
    yield clerk.later(40, 60)
    clerk.begin(_pay_out(clerk, year))
    _audit(clerk, year)
    yield clerk.later(50, 60)
    by_kind = dict(zip(_KINDS, _postings(clerk, year), strict=True))
    for entry in entries:
        lines = corrected(clerk, entry, by_kind[entry.kind])
        if [replace(line, id=0) for line in lines] != [replace(line, id=0) for line in entry.lines]:
            clerk.change(entry, lines)


def _audit(clerk: Clerk, year: int) -> None:
    """Book what the auditor found, into the year that was closed already."""
    cents = clerk.dice.randint(-30_000, 60_000)
    text = f"Correctie accountant {year}"
    lines = [Posting("4300", cents, text), Posting("1720", -cents, text)]
    clerk.book(OTHER, "90", clerk.fiscal.last_day(year), text, lines)
    clerk.statements.add(BANK, clerk.today, Posting("1720", cents, text))


def _pay_out(clerk: Clerk, year: int) -> Life:
    """Give the shareholders their part of a year's profit, from what was put aside where there is as much."""
    profit = -sum(clerk.ledger.of_year(account, year) for account in RESULT)
    share = profit * _PAID_OUT_PERCENT // 100 // _ROUND * _ROUND
    if share <= 0:
        return
    saved = clerk.ledger.balance(MONEY[SAVINGS])
    if saved > 0:
        yield from transfer(clerk, SAVINGS, BANK, min(saved, share))
    clerk.statements.add(BANK, clerk.today, Posting(_RESERVE, share, f"Dividend {year}"))


def _postings(clerk: Clerk, year: int) -> tuple[list[Posting], list[Posting], list[Posting]]:
    """Return the lines of the three entries that close a year."""
    ledger = clerk.ledger
    result = [(account, ledger.of_year(account, year)) for account in RESULT]
    so_far = sum(ledger.through_year(account, year) for account in RESULT)
    balance = {account: ledger.through_year(account, year) for account in BALANCE}
    balance[_RESERVE] += so_far
    closed = [Posting(account, -cents, "Afsluiting") for account, cents in result if cents]
    if closed:
        closed.append(Posting(_RESERVE, sum(cents for _, cents in result), "Resultaat"))
    ended = [Posting(account, -cents, "Eindbalans") for account, cents in balance.items() if cents]
    opened = [Posting(account, cents, "Beginbalans") for account, cents in balance.items() if cents]
    return closed, ended, opened
