"""The books balance, whatever the company: entries, days, matches, years, and what they are booked from."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from testing.bookfold import PAYABLE, RECEIVABLE, SHEETS, TYPES, Fold

from kpitaps.calendar import local_day
from kpitaps.testing.story import Story
from kpitaps.testing.story.book_events import EntryBooked, EntryChanged, EntryDeleted, EntryProcessed, ItemsMatched
from kpitaps.testing.story.book_world import (
    CASH_FLOW,
    CLOSING_BALANCE,
    CLOSING_RESULT,
    GL_ACCOUNTS,
    JOURNALS,
    KINDS,
    OPENING_BALANCE,
    SALES,
    SALES_CREDIT,
)
from kpitaps.testing.story.document_events import CreditNoteIssued, InvoiceBooked, InvoiceDrafted
from kpitaps.testing.story.events import OrderCancelled, OrderEdited, OrderPlaced, Refunded

pytestmark = pytest.mark.slow

FOUNDED = date(2023, 1, 1)
END = datetime(2026, 1, 1, tzinfo=UTC)
COMPANIES: dict[str, dict[str, Any]] = {
    "the usual one": {},
    "a small one whose year begins in July": {"seed": 3, "orders_per_day": 0.5, "pace": 0.15, "fiscal_year_start": 7},
    "one in New York": {"seed": 4, "zone": "America/New_York", "currency": "USD", "home": "US", "orders_per_day": 0.5,
                        "pace": 0.2},
}  # fmt: skip
PARTIES = {RECEIVABLE, PAYABLE}


@pytest.fixture(scope="module", params=list(COMPANIES))
def story(request: pytest.FixtureRequest, books_of_three_years: tuple[Story, float]) -> Story:
    options = COMPANIES[request.param]
    return Story(founded=FOUNDED, **options) if options else books_of_three_years[0]


@pytest.fixture(scope="module")
def books(story: Story) -> Fold:
    return Fold(story.bookkeeping.events(END))


def test_every_entry_balances_at_any_time(story: Story) -> None:
    """As booked and as corrected, an entry has at least two lines, on accounts that exist, which add up to nothing."""
    for event in story.bookkeeping.events(END):
        if isinstance(event, EntryBooked | EntryChanged):
            assert len(event.lines) >= 2, event
            assert sum(line.cents for line in event.lines) == 0, event
            assert {line.gl for line in event.lines} <= TYPES.keys()
            assert event.on <= local_day(event.at, ZoneInfo(story.zone)), event
            assert event.on >= FOUNDED


def test_ids_and_numbers_are_given_once(story: Story, books: Fold) -> None:
    """Entries, lines and matches have ids of their own; within a journal each number is given once."""
    events = story.bookkeeping.events(END)
    booked = [event for event in events if isinstance(event, EntryBooked)]
    ids = [event.entry for event in booked] + [line.id for entry in booked for line in entry.lines]
    ids += [event.match for event in events if isinstance(event, ItemsMatched)]
    assert len(ids) == len(set(ids))
    assert max(ids) < 900_000_000
    numbers = Counter((event.journal, event.number) for event in booked)
    assert set(numbers.values()) == {1}
    assert {journal for journal, _ in numbers} <= JOURNALS.keys()
    assert {event.kind for event in booked} <= KINDS.keys()
    assert len({line.id for _, _, line in books.lines(closings=True)}) == sum(1 for _ in books.lines(closings=True))


def test_first_lines_and_parties(books: Fold) -> None:
    """Sales begin with the receivable, bank statements with the money; only open items have parties, and all have."""
    for booked, now, line in books.lines():
        is_item = TYPES[line.gl] in PARTIES
        assert is_item == (line.party is not None), line
        assert line.due is None or is_item
        if booked.kind in (SALES, SALES_CREDIT):
            assert TYPES[now.lines[0].gl] == RECEIVABLE
            assert (line.product != "") == line.gl.startswith("8"), line
        elif booked.kind == CASH_FLOW:
            assert TYPES[now.lines[0].gl] in (10, 12, 16)
            assert [other for other in now.lines[1:] if other.gl == now.lines[0].gl] == []


def test_drafts_only_are_changed_and_deleted(story: Story) -> None:
    """Nothing happens to an entry before it is booked, after it is deleted, or once it is processed."""
    drafts: set[int] = set()
    for event in story.bookkeeping.events(END):
        if isinstance(event, EntryBooked):
            drafts.add(event.entry)
        elif isinstance(event, EntryChanged):
            assert event.entry in drafts
        elif isinstance(event, EntryProcessed | EntryDeleted):
            drafts.remove(event.entry)


def test_matches_add_up_and_never_take_more_than_is_open(story: Story) -> None:
    """Parts of a match are of one party, add up to nothing, and each has the sign of what is open of its item."""
    amounts: dict[int, int] = {}
    taken: Counter[int] = Counter()
    of: dict[int, tuple[str, int | None]] = {}
    for event in story.bookkeeping.events(END):
        if isinstance(event, EntryBooked | EntryChanged):
            amounts.update((line.id, line.cents) for line in event.lines)
            of.update((line.id, (line.gl, line.party)) for line in event.lines)
        elif isinstance(event, ItemsMatched):
            assert sum(cents for _, cents in event.parts) == 0
            (party,) = {of[line] for line, _ in event.parts}
            assert TYPES[party[0]] in PARTIES
            for line, cents in event.parts:
                left = amounts[line] - taken[line]
                assert cents * left > 0, event
                assert abs(cents) <= abs(left), event
                taken[line] += cents


def test_matched_items_stay_as_they_were_matched(story: Story, books: Fold) -> None:
    """Once it is matched, an item keeps its amount, party and date, and is never deleted."""
    state: dict[int, tuple[Any, ...]] = {}
    matched: dict[int, tuple[Any, ...]] = {}
    for event in story.bookkeeping.events(END):
        if isinstance(event, EntryBooked | EntryChanged):
            state.update((line.id, (event.on, line.cents, line.party)) for line in event.lines)
        elif isinstance(event, ItemsMatched):
            for line, _ in event.parts:
                matched.setdefault(line, state[line])
    now = {line.id: (entry.on, line.cents, line.party) for _, entry, line in books.lines()}
    assert matched.items() <= now.items()


def test_open_items_come_to_the_accounts(books: Fold) -> None:
    """What is open of receivables and payables is their balance in the general ledger."""
    accounts = {line.id: line.gl for _, _, line in books.lines()}
    left: Counter[str] = Counter()
    for item, cents in books.open_items().items():
        left[accounts[item]] += cents
    balances = books.balances()
    assert left == {"1300": balances["1300"], "1600": balances["1600"]}


def test_a_closed_year_has_no_result_left(books: Fold) -> None:
    """Closings bring each account of the result to nothing, and each of the balance, to open it anew the day after."""
    closed = books.years([CLOSING_RESULT])
    assert len(closed) >= 2
    years = books.years()
    for year in closed:
        left = years[year]
        assert {code: left[code] for code, sheet in SHEETS.items() if sheet == "W" and left[code]} == {}
    ended, opened = books.years([CLOSING_BALANCE]), books.years([OPENING_BALANCE])
    for year, sums in ended.items():
        assert {code: -cents for code, cents in sums.items()} == opened[year + 1]
    with_closings, without = books.balances(closings=True), books.balances()
    for account in GL_ACCOUNTS:
        if account.sheet == "B" and account.code != "0590":
            assert with_closings[account.code] == without[account.code]


def test_fiscal_years_begin_when_the_company_says(story: Story, books: Fold) -> None:
    """A year is named after the calendar year it begins in; periods are its months, but for a few that are one less."""
    start, shifted = story.bookkeeping.fiscal_year_start, 0
    for now in books.now.values():
        begins = now.on.year if now.on.month >= start else now.on.year - 1
        months = (begins * 12 + (now.on.month - start) % 12) - (now.year * 12 + now.period - 1)
        assert months in (0, 1), now
        assert 1 <= now.period <= 12
        shifted += months
    assert 0 < shifted < 0.02 * len(books.now)


def test_sales_are_what_the_office_invoiced(story: Story, books: Fold) -> None:
    """Each invoice that was entered is claimed as it is in the company's currency, on its date, whatever was wrong."""
    drafts, invoices, notes = {}, {}, {}
    for event in story.office.events(END):
        if isinstance(event, InvoiceDrafted):
            drafts[event.invoice] = event
        elif isinstance(event, InvoiceBooked):
            invoices[f"Factuur {event.number}"] = (event.on, drafts[event.invoice].incl.home)
        elif isinstance(event, CreditNoteIssued):
            notes[f"Creditnota {event.number}"] = (event.on, -event.incl.home)
    for kind, documents in ((SALES, invoices), (SALES_CREDIT, notes)):
        entered = {
            booked.text: (books.now[number].on, books.now[number].lines[0].cents)
            for number, booked in books.booked.items()
            if booked.kind == kind
        }
        assert entered.items() <= documents.items()
        assert len(entered) >= 0.9 * len(documents)


def test_foreign_documents_are_exact_in_both_currencies(story: Story, books: Fold) -> None:
    """The lines of a foreign document add up to nothing in its own currency too, and the claim is at its rate."""
    foreign = 0
    for number, booked in books.booked.items():
        if booked.kind in (SALES, SALES_CREDIT):
            lines = books.now[number].lines
            sums = [line.foreign for line in lines if line.foreign]
            if sums:
                foreign += 1
                assert len(sums) == len(lines)
                assert sum(each.cents for each in sums) == 0
                assert {each.currency for each in sums} == {sums[0].currency} != {story.currency}
                assert lines[0].cents == sums[0].home
    assert foreign >= 3


def net_sales(story: Story) -> Counter[date]:
    """Return goods sold without VAT and less what was taken back, by local day, as Shopify reports it."""
    days: Counter[date] = Counter()
    trials = {e.order for e in story.events(END) if isinstance(e, OrderPlaced) and e.is_test}

    def add(at: datetime, lines: Any, sign: int) -> None:
        for line in lines:
            if not getattr(line, "line", line).is_gift_card:
                net = line.amounts.total.shop - line.amounts.tax.shop
                days[max(FOUNDED, local_day(at, ZoneInfo(story.zone)))] += sign * net

    for event in story.events(END):
        if isinstance(event, OrderPlaced) and not event.is_test:
            add(event.processed_at, event.lines, 1)
        elif isinstance(event, OrderEdited | Refunded | OrderCancelled) and event.order not in trials:
            add(event.at, event.added if isinstance(event, OrderEdited) else (), 1)
            add(event.at, event.removed if isinstance(event, OrderEdited) else event.lines, -1)
            if isinstance(event, Refunded):
                days[local_day(event.at, ZoneInfo(story.zone))] += event.adjustment.shop
    return days


def test_takings_are_the_shops_net_sales_of_the_day(story: Story, books: Fold) -> None:
    """Once mistakes are put right, the web shop's revenue without shipping is what Shopify reports, on each day."""
    days: defaultdict[date, int] = defaultdict(int)
    for _, now, line in books.lines():
        if line.gl == "8010" and line.text != "Verzending":
            days[now.on] -= line.cents
    true = net_sales(story)
    settled = [day for day in true if day < date(2025, 8, 15)]
    assert [day for day in settled if days[day] != true[day]] == []
    assert len(settled) > 250
