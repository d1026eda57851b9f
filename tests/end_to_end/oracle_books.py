"""What the books' measures must be, worked out from the log of what was booked and from nothing else.

It knows neither tap nor sandbox nor the ledger: only the events, the chart of accounts and the definitions of the
vocabulary. Amounts are in millionths, as the ledger has them; the log's are in cents, debits positive.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from end_to_end.oracle_office import CENT, ONE, Book, Entity, OfficeOracle, Truth
from kpitaps.testing.story import book_events as booked
from kpitaps.testing.story import office_events as happened
from kpitaps.testing.story.book_world import GL_ACCOUNTS, GLAccount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ASSETS = {10, 12, 16, 20, 26, 30, 32, 35, 40}
_SHORT_DEBTS = {14, 22, 24, 25, 27, 29, 60, 100}
_CASH = {10, 12, 16}
_INCOME = {110: "revenue", 140: "other_income"}
_COSTS = {
    111: "cost_of_sales",
    120: "operating_costs",
    121: "operating_costs",
    122: "depreciation",
    123: "operating_costs",
    125: "operating_costs",
    126: "operating_costs",
    130: "other_costs",
    150: "taxes",
}
_BOTH_WAYS = {160: ("interest_income", "interest_costs"), 90: ("other_income", "other_costs")}
_TRANSFERS = {"2000"}
_OPENING, _CASH_FLOW = 10, 40
_SALES, _CREDIT = 20, 21


def is_closing(kind: int) -> bool:
    """Return whether entries of a kind close a year or open the next."""
    return kind == 310 or 320 <= kind <= 328


class Books:
    """Entries as they are now, and what was matched.

    Args:
        events: What was booked, in the order of time.
        accounts: The chart of accounts.
    """

    def __init__(self, events: Iterable[Any], accounts: Iterable[GLAccount] = GL_ACCOUNTS) -> None:
        self.accounts = {account.code: account for account in accounts}
        self.entries: dict[int, Any] = {}
        self.dates: dict[int, Any] = {}
        self.matches: list[Any] = []
        for event in events:
            if isinstance(event, booked.EntryBooked):
                self.entries[event.entry] = self.dates[event.entry] = event
            elif isinstance(event, booked.EntryChanged):
                self.dates[event.entry] = event
            elif isinstance(event, booked.EntryDeleted):
                del self.entries[event.entry], self.dates[event.entry]
            elif isinstance(event, booked.ItemsMatched):
                self.matches.append(event)

    def lines(self, *, closings: bool = False) -> Iterator[tuple[Any, Any, Any, GLAccount]]:
        """Yield kind and date of each entry as it stands, and its lines with their accounts."""
        for number, entry in self.entries.items():
            if closings or not is_closing(entry.kind):
                now = self.dates[number]
                for line in now.lines:
                    yield entry, now, line, self.accounts[line.gl]

    def result(self) -> dict[int, int]:
        """Return the result of each day, as the general ledger has it: all that is profit or loss."""
        days: defaultdict[int, int] = defaultdict(int)
        for entry, now, line, account in self.lines():
            if account.sheet == "W" and entry.kind != _OPENING:
                days[now.on.toordinal()] -= line.cents * CENT
        return {day: cents for day, cents in days.items() if cents}

    def balance(self, *types: int) -> dict[int, int]:
        """Return what accounts of some types come to at the end of each day on which they changed."""
        days: defaultdict[int, int] = defaultdict(int)
        for _, now, line, account in self.lines():
            if account.type in types:
                days[now.on.toordinal()] += line.cents * CENT
        return running(days)


def running(days: dict[int, int]) -> dict[int, int]:
    """Return the sums so far of what changed on each day."""
    order = sorted(days)
    return dict(zip(order, accumulate(days[day] for day in order), strict=True))


class ExactOracle:
    """Works out what must be in the ledger of an Exact Online connection.

    Args:
        books: The company's.
        office: What happened in its office.
        customer_for: Days that somebody stays a customer after an invoice.
    """

    def __init__(self, books: Books, office: OfficeOracle, customer_for: int = 365) -> None:
        self.books = books
        self.office = office
        self.book = Book(office)
        office.customer_for = customer_for

    def truth(self) -> Truth:
        """Return all of it."""
        purchases: list[tuple[int, date]] = []
        for entry, now, line, account in self.books.lines():
            self._posting(entry, now, line, account)
        for number, entry in self.books.entries.items():
            now = self.books.dates[number]
            if entry.kind in (_SALES, _CREDIT):
                self.book.count("invoices" if entry.kind == _SALES else "credit_notes", now.on)
            if entry.kind == _SALES:
                purchases.append((now.lines[0].party, now.on))
        self._items()
        for deal in self.office.things["deal"].values():
            self._deal(deal)
        for subscription in self.office.things["subscription"].values():
            self.book.subscription(subscription)
        for hours in self.office.things["entry"].values():
            self.book.hours(hours)
        truth = self.book.truth()
        truth.days = self.office.customers(purchases)
        return truth

    def _posting(self, entry: Any, now: Any, line: Any, account: GLAccount) -> None:
        add, on, cents = self.book.money, now.on, line.cents
        is_debit_side = account.side == "D"
        period = f"{now.year}-{now.period:02d}"
        add("exact_online_postings", on, cents, gl_account=account.code, fiscal_period=period)
        if account.sheet == "W":
            add("equity", on, -cents)
            if entry.kind != _OPENING:
                self._flow(on, line, account)
        elif account.type in _ASSETS or (account.type in (21, 90) and is_debit_side):
            add("assets", on, cents)
        elif account.type in _SHORT_DEBTS or account.type in (21, 90):
            add("debt_short", on, -cents)
        elif account.type == 55:
            add("debt_long", on, -cents)
        else:
            assert account.type in (50, 52), account
            add("equity", on, -cents)
        if account.type in _CASH:
            add("cash", on, cents)
        elif entry.kind == _CASH_FLOW and account.type != 14 and account.code not in _TRANSFERS:
            add("cash_in" if cents < 0 else "cash_out", on, abs(cents))
        if account.type == 20 and entry.kind in (_SALES, _CREDIT):
            add("revenue_incl_vat", on, cents)

    def _flow(self, on: date, line: Any, account: GLAccount) -> None:
        if account.type in _BOTH_WAYS:
            income, costs = _BOTH_WAYS[account.type]
            measure, sign = (costs, 1) if account.side == "D" else (income, -1)
        elif account.type in _INCOME:
            measure, sign = _INCOME[account.type], -1
        else:
            measure, sign = _COSTS[account.type], 1
        labels = {"product": line.product} if measure == "revenue" else {}
        self.book.money(measure, on, sign * line.cents, **labels)

    def _items(self) -> None:
        items = {
            line.id: (now.on, line.cents, line.due, account.type)
            for _, now, line, account in self.books.lines()
            if account.type in (20, 22)
        }
        parts: defaultdict[int, list[tuple[date, int]]] = defaultdict(list)
        for match in self.books.matches:
            on = max(items[line][0] for line, _ in match.parts)
            for line, cents in match.parts:
                parts[line].append((on, cents))
        for number, (on, cents, due, type_) in items.items():
            what, sign = ("receivables", 1) if type_ == 20 else ("payables", -1)
            self.book.money(f"{what}_open", on, sign * cents)
            for day, part in parts[number]:
                self.book.money(f"{what}_open", day, -sign * part)
            if due is None or sign * cents <= 0:
                continue
            late = max(due + timedelta(days=1), on)
            self.book.money(f"{what}_overdue", late, sign * cents)
            for day, part in parts[number]:
                self.book.money(f"{what}_overdue", max(day, late), -sign * part)

    def _deal(self, deal: Entity) -> None:
        """Enter an opportunity: it has no pipeline, and only the stage that it is in now."""
        opened, book = deal.start, self.book
        rep = self.office.rep(deal)
        valued = deal.last(happened.DealValued, opened).value
        cents = 0 if valued is None else valued.home
        book.count("deals_created", opened.at, rep=rep, lead_source=opened.source)
        turns = deal.all(happened.DealWon, happened.DealLost, happened.DealReopened)
        closing = turns[-1] if turns and not isinstance(turns[-1], happened.DealReopened) else None
        last = [opened, *deal.all(happened.DealMoved, happened.DealReopened)][-1]
        labels = {"rep": rep, "deal_stage": self.office.stage(opened.pipeline, last.stage)}
        for at, sign in ((opened.at, 1), *([(closing.at, -1)] if closing else [])):
            book.add("deals_open", at, sign * ONE, **labels)
            book.money("pipeline_value", at, sign * cents, **labels)
            weighted = sign * cents * CENT * last.probability // 100
            book.add("pipeline_weighted", at, weighted, currency=self.office.currency, **labels)
        if closing:
            outcome = "won" if isinstance(closing, happened.DealWon) else "lost"
            book.count(f"deals_{outcome}", closing.at, rep=rep)
            book.money(f"deals_{outcome}_value", closing.at, cents, rep=rep)
