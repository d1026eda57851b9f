"""An invoice is drafted, booked, and paid or credited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.office.trade import money, part, totals
from kpitaps.testing.story.office_events import (
    CreditNoteIssued,
    DraftDeleted,
    InvoiceBooked,
    InvoiceDrafted,
    InvoiceLine,
    InvoicePaid,
    Sum,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.testing.story.office.desk import Desk, Life
    from kpitaps.testing.story.office.ledgers import Client

_FATES = ("in time", "late", "in parts", "never", "credited", "credited in part", "taken back")
_WEIGHTS = (72, 15, 9, 0.8, 1.3, 1.6, 1.1)
_WEIGHTS_ABROAD = (54, 16, 12, 2, 5, 5, 6)


def bill(
    desk: Desk, client: Client, lines: tuple[InvoiceLine, ...], deal: int | None = None, subscription: int | None = None
) -> Life:
    """Draft an invoice, book it, and wait for the money."""
    excl, incl = _sums(lines, money(desk, 0, client.currency))
    draft = InvoiceDrafted(desk.now, desk.next_id(), client.id, deal, subscription, lines, excl, incl)
    desk.tell(draft)
    fate = desk.dice.random()
    if fate < 0.035:
        yield desk.later(0, 12)
        desk.tell(DraftDeleted(desk.now, draft.invoice))
    elif fate < 0.985:
        yield desk.soon(1, 300) if desk.chance(0.7) else desk.later(0, 9)
        yield from _Account(desk, draft).settle()


def goodwill(desk: Desk, client: Client) -> Life:
    """Credit a client something that belongs to no invoice."""
    lump = [InvoiceLine("Tegemoetkoming", 1, desk.dice.randrange(1_500, 30_000), 21)]
    excl, incl = _sums(lump, money(desk, 0, desk.founding.currency))
    _credit_note(desk, None, client.id, excl, incl)
    yield from ()


class _Account:
    """What is open of a booked invoice."""

    def __init__(self, desk: Desk, draft: InvoiceDrafted) -> None:
        self.desk, self.draft, self.open = desk, draft, draft.incl.cents
        back = desk.dice.randint(8, 40) if desk.chance(0.06) else desk.dice.choice((0, 0, 0, 0, 0, 1, 3))
        self.dated = max(desk.founding.founded, desk.today - timedelta(days=back))
        """The latest date in it: nothing is dated before what it follows."""
        self.due = None if desk.chance(0.03) else self.dated + timedelta(days=desk.dice.choice((8, 14, 14, 30, 30)))
        number = desk.ledgers.number("", self.dated.year)
        desk.tell(InvoiceBooked(desk.now, draft.invoice, number, self.dated, self.due))

    def settle(self) -> Life:
        """Wait for what comes of it."""
        desk = self.desk
        is_abroad = self.draft.excl.currency != desk.founding.currency
        weights = _WEIGHTS_ABROAD if is_abroad else _WEIGHTS
        fate = desk.dice.choices(_FATES, weights)[0]
        if fate == "never":
            return
        if fate.startswith("credited"):
            yield desk.later(0, 25)
            self._credit(100 if fate == "credited" else desk.dice.randint(5, 60))
        if self.open:
            yield from self._collect(fate)
        if fate == "taken back":
            yield desk.later(2, 60)
            self._credit(desk.dice.choice((100, 100, 50, 20)))

    def _collect(self, fate: str) -> Life:
        desk = self.desk
        days = max(1, ((self.due or self.dated) - desk.today).days)
        yield desk.later(days + 3, days + 45) if fate == "late" else desk.later(days // 2, days)
        if fate == "in parts":
            for _ in range(desk.dice.choice((1, 1, 2))):
                self._pay(max(1, self.open * desk.dice.randint(20, 60) // 100))
                yield desk.later(2, 45)
            if desk.chance(0.1):
                return
        self._pay(self.open)

    def _pay(self, cents: int) -> None:
        """Enter a payment; now and then the money came in some days before."""
        desk = self.desk
        back = desk.dice.randint(1, 4) if desk.chance(0.08) else 0
        self.dated = max(self.dated, desk.today - timedelta(days=back))
        self.open -= cents
        desk.tell(InvoicePaid(desk.now, self.draft.invoice, cents, self.dated))

    def _credit(self, percent: int) -> None:
        excl, incl = _sums(part(self.draft.lines, percent), self.draft.excl)
        self.open = max(0, self.open - incl.cents)
        self.dated = max(self.dated, self.desk.today)
        _credit_note(self.desk, self.draft.invoice, self.draft.client, excl, incl)


def _sums(lines: Sequence[InvoiceLine], like: Sum) -> tuple[Sum, Sum]:
    excl, incl = totals(lines)
    return replace(like, cents=excl), replace(like, cents=incl)


def _credit_note(desk: Desk, invoice: int | None, client: int, excl: Sum, incl: Sum) -> None:
    number = desk.ledgers.number("CN ", desk.today.year)
    desk.tell(CreditNoteIssued(desk.now, desk.next_id(), number, invoice, client, desk.today, excl, incl))
