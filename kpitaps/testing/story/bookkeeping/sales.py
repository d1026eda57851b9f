"""Wholesale invoices, credit notes and what clients pay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from kpitaps.testing.story.book_world import SALES, SALES_CREDIT
from kpitaps.testing.story.bookkeeping.accounts import RECEIVABLE, Account, item_of
from kpitaps.testing.story.bookkeeping.chasing import chase, give_back
from kpitaps.testing.story.bookkeeping.postings import Party, Posting
from kpitaps.testing.story.bookkeeping.slips import book_after_all, move_account
from kpitaps.testing.story.bookkeeping.statements import BANK
from kpitaps.testing.story.document_events import InvoiceLine, Sum
from kpitaps.testing.story.money import allocate, rounded
from kpitaps.testing.story.pricing import RATE_SCALE, exchange_rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from kpitaps.testing.story.agenda import Life
    from kpitaps.testing.story.book_events import BookLine, EntryBooked
    from kpitaps.testing.story.bookkeeping.clerk import Clerk
    from kpitaps.testing.story.document_events import CreditNoteIssued, InvoiceBooked, InvoiceDrafted, InvoicePaid

_WHOLESALE, _SUBSCRIPTIONS, _VAT = "8000", "8020", "1500"


@dataclass(slots=True)
class Bill:
    """An invoice, from its draft on."""

    draft: InvoiceDrafted
    account: Account

    @property
    def revenue(self) -> str:
        """The account of what it is for."""
        return _WHOLESALE if self.draft.subscription is None else _SUBSCRIPTIONS


def new_bill(clerk: Clerk, draft: InvoiceDrafted, client: str) -> Bill:
    """Return a bill that nothing is booked of."""
    is_foreign = draft.incl.currency != clerk.founding.currency
    return Bill(draft, Account(RECEIVABLE, Party(draft.client, client), draft.incl.cents, is_foreign))


def book_invoice(clerk: Clerk, bill: Bill, booked: InvoiceBooked) -> Life:
    """Enter an invoice hours or days after it was sent, now and then much later, and not always right at once."""
    yield clerk.sooner_or_later()
    draft, account, text = bill.draft, bill.account, f"Factuur {booked.number}"
    claim = _claim(account, draft.incl, 1)._replace(due=booked.due or booked.on)
    is_mistaken = bill.revenue == _SUBSCRIPTIONS and clerk.chance(0.05)
    revenue = _WHOLESALE if is_mistaken else bill.revenue
    postings = [claim, *_sold(revenue, draft.lines, draft.excl, draft.incl)]
    if not account.is_foreign and clerk.chance(0.012):
        entry = yield from book_after_all(clerk, SALES, booked.on, text, postings)
    else:
        entry = clerk.book(SALES, "70", booked.on, text, postings)
    account.open(clerk, entry)
    clerk.begin(chase(clerk, account, booked.due or booked.on))
    if is_mistaken:
        clerk.begin(move_account(clerk, entry, revenue, bill.revenue))


def book_credit_note(clerk: Clerk, bill: Bill | None, note: CreditNoteIssued, client: str) -> Life:
    """Enter a credit note; one that belongs to no invoice stays open."""
    yield clerk.soon(20, 600) if clerk.chance(0.7) else clerk.later(1, 12)
    account = bill.account if bill else Account(RECEIVABLE, Party(note.client, client))
    revenue = bill.revenue if bill else _WHOLESALE
    lines = (
        _credited(bill.draft.lines, note.excl.cents) if bill else [InvoiceLine("Tegemoetkoming", 1, note.excl.cents, 0)]
    )
    postings = [
        _claim(account, note.incl, -1),
        *(_turned(each) for each in _sold(revenue, lines, note.excl, note.incl)),
    ]
    entry = clerk.book(SALES_CREDIT, "70", note.on, f"Creditnota {note.number}", postings)
    account.add(clerk, item_of(entry, entry.lines[0]), note.incl.cents)
    clerk.begin(give_back(clerk, account))


def receive(clerk: Clerk, bill: Bill, paid: InvoicePaid) -> None:
    """Note that a client paid, mostly exactly what they should; abroad at the rate of the day."""
    account, rest = bill.account, 0
    money = Sum(paid.cents, bill.draft.incl.currency)
    if account.is_foreign:
        money = replace(money, rate=unit_rate(clerk.founding.currency, money.currency, paid.on))
    else:
        rest = _misprint(clerk, paid.cents)
    posting = _claim(account, replace(money, cents=money.cents + rest), -1)

    def entered(entry: EntryBooked, line: BookLine) -> None:
        account.add(clerk, item_of(entry, line), paid.cents)

    clerk.statements.add(BANK, paid.on, posting, entered)


def unit_rate(home: str, currency: str, day: date) -> Decimal:
    """Return what one unit of a currency is worth on a day, to six decimals."""
    return (Decimal(RATE_SCALE) / exchange_rate(home, currency, day)).quantize(Decimal("0.000001"))


def _misprint(clerk: Clerk, cents: int) -> int:
    """Return by how much a payment differs from what it should be: some cents too few, or clearly too much."""
    kind = clerk.dice.random()
    if kind < 0.015 and cents > 5_000:
        return -clerk.dice.randint(1, 95)
    return cents // clerk.dice.choice((10, 20, 4)) + 101 if kind > 0.988 else 0


def _claim(account: Account, money: Sum, sign: int) -> Posting:
    foreign = replace(money, cents=sign * money.cents) if account.is_foreign else None
    return Posting(account.gl, sign * money.home, account.party.name, party=account.party, foreign=foreign)


def _sold(revenue: str, lines: Sequence[InvoiceLine], excl: Sum, incl: Sum) -> list[Posting]:
    """Return revenue per line and VAT per rate: exactly what is claimed, the last line takes what rounding left."""
    is_foreign = excl.rate != 1
    vat = _vat(lines, incl.cents - excl.cents)
    taxes = [
        Posting(_VAT, -replace(excl, cents=cents).home, f"Btw {percent} %", foreign=_signed(excl, cents, is_foreign))
        for percent, cents in vat
    ]
    left = incl.home + sum(tax.cents for tax in taxes)
    postings = []
    for index, line in enumerate(lines):
        home = left if index == len(lines) - 1 else replace(excl, cents=line.excl).home
        left -= home
        text = f"{line.quantity} × {line.product}"
        foreign = _signed(excl, line.excl, is_foreign)
        postings.append(Posting(revenue, -home, text, line.product, foreign=foreign))
    return [*postings, *taxes]


def _signed(like: Sum, cents: int, is_foreign: bool) -> Sum | None:
    return replace(like, cents=-cents) if is_foreign else None


def _vat(lines: Iterable[InvoiceLine], whole: int) -> list[tuple[int, int]]:
    """Return VAT per rate; what lines do not tell, as with a lump sum, is of the usual rate."""
    rates: dict[int, int] = {}
    for line in lines:
        if line.vat_percent:
            rates[line.vat_percent] = rates.get(line.vat_percent, 0) + rounded(line.excl * line.vat_percent, 100)
    usual = max(rates, default=21)
    rates[usual] = rates.get(usual, 0) + whole - sum(rates.values())
    return sorted(rates.items())


def _credited(lines: Sequence[InvoiceLine], cents: int) -> list[InvoiceLine]:
    """Return each line's share of what is credited."""
    shares = allocate(cents, [line.excl for line in lines])
    return [replace(line, excl=share) for line, share in zip(lines, shares, strict=True)]


def _turned(posting: Posting) -> Posting:
    foreign = replace(posting.foreign, cents=-posting.foreign.cents) if posting.foreign else None
    return posting._replace(cents=-posting.cents, foreign=foreign)
