"""The bookkeeping's log: the same for everybody, and open to events by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpitaps.calendar import local_day
from kpitaps.testing.story import Log, Mark, Story
from kpitaps.testing.story.book_events import BookEvent, BookLine, EntryBooked, EntryChanged
from kpitaps.testing.story.document_events import ExpenseBooked, InvoiceBooked, InvoiceDrafted, InvoiceLine, Sum

if TYPE_CHECKING:
    from kpitaps.testing.story.bookkeeping import Bookkeeping

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FOUNDED = date(2023, 1, 1)
START = datetime(2022, 12, 31, 23, tzinfo=UTC)
NOW = datetime(2023, 4, 1, 12, tzinfo=UTC)


def some() -> Story:
    return Story(7, FOUNDED, orders_per_day=0.5, pace=0.2)


@pytest.fixture
def bookkeeping() -> Bookkeeping:
    return some().bookkeeping


SOME = some().bookkeeping.events(NOW)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["books", "office", "shop"]), st.integers(0, 200 * 86_400)), max_size=6))
def test_log_does_not_depend_on_how_it_is_read(readings: list[tuple[str, int]]) -> None:
    """Whoever reads which log how far and in whichever order, what is booked up to an instant is the same."""
    story = some()
    logs: dict[str, Log[Any]] = {"books": story.bookkeeping, "office": story.office, "shop": story}
    for what, offset in readings:
        logs[what].events(START + timedelta(seconds=offset))
    assert story.bookkeeping.events(NOW) == SOME


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 100 * 86_400), min_size=1, max_size=8).map(sorted))
def test_a_reader_that_goes_on_from_its_mark_misses_nothing(offsets: list[int]) -> None:
    """Read in steps with a mark, the pieces are the whole."""
    books, mark = some().bookkeeping, Mark()
    pieces: list[BookEvent] = []
    for offset in offsets:
        mark, more = books.read(mark, START + timedelta(seconds=offset))
        pieces = list(more) if mark.fresh else [*pieces, *more]
    assert pieces == books.events(START + timedelta(seconds=offsets[-1]))


def test_another_seed_has_other_books() -> None:
    """A seed decides what is booked."""
    assert Story(2, FOUNDED, orders_per_day=0.5, pace=0.2).bookkeeping.events(NOW) != SOME


def test_shop_and_office_do_not_notice_their_bookkeeper() -> None:
    """The logs that are booked are the same whether or not anybody books them."""
    booked = some()
    assert booked.bookkeeping is booked.bookkeeping
    booked.bookkeeping.events(NOW)
    assert booked.events(NOW) == some().events(NOW)
    assert booked.office.events(NOW) == some().office.events(NOW)


def test_log_is_sorted_aware_and_on_whole_seconds() -> None:
    """Every instant is in UTC, on a second, not before the one before it, nor before the founding."""
    instants = [event.at for event in SOME]
    assert instants == sorted(instants)
    assert all(at.tzinfo is UTC and at.microsecond == 0 for at in instants)
    assert local_day(instants[0], AMSTERDAM) >= FOUNDED


def test_bookkeeping_tells_of_the_company(bookkeeping: Bookkeeping) -> None:
    """It knows name, zone, currency and the month in which the fiscal year begins."""
    assert (bookkeeping.name, bookkeeping.zone, bookkeeping.currency) == (
        "Branderij De Kade",
        "Europe/Amsterdam",
        "EUR",
    )
    assert bookkeeping.fiscal_year_start == 1
    assert Story(fiscal_year_start=7).bookkeeping.fiscal_year_start == 7


@pytest.mark.parametrize("days", [-40, 3])
def test_entries_can_be_added_by_hand(bookkeeping: Bookkeeping, days: int) -> None:
    """An entry added by hand, past or future, comes at its time, and a reader who was past it starts anew."""
    mark, before = bookkeeping.read(Mark(), NOW)
    at = NOW + timedelta(days=days)
    line = BookLine(bookkeeping.next_id(), "1100", 100)
    by_hand = EntryBooked(
        at, bookkeeping.next_id(), 1, "90", 90, at.date(), 2023, 2, "", (line, BookLine(9, "4300", -100))
    )
    bookkeeping.append(by_hand)
    mark, after = bookkeeping.read(mark, NOW + timedelta(days=9))
    assert mark.fresh == (days < 0)
    assert by_hand in after
    assert list(bookkeeping.events(NOW)) == sorted([*before, *[by_hand] * (days < 0)], key=lambda event: event.at)
    assert by_hand.entry > line.id > 900_000_000


def test_an_entry_of_the_story_can_be_corrected_by_hand(bookkeeping: Bookkeeping) -> None:
    """A correction by hand refers to an entry of the story, and nothing else changes."""
    entry = next(event for event in SOME if isinstance(event, EntryBooked) and event.kind == 90)
    change = EntryChanged(NOW - timedelta(days=1), entry.entry, entry.on, entry.year, entry.period, entry.lines)
    bookkeeping.append(change)
    assert [event for event in bookkeeping.events(NOW) if event is not change] == SOME


def test_what_is_added_to_the_office_by_hand_is_booked() -> None:
    """An invoice and an expense of people whom nobody knows are booked like others."""
    story = some()
    office, money = story.office, Sum(12_100)
    draft = InvoiceDrafted(
        NOW, office.next_id(), 5, None, None, (InvoiceLine("Molen", 1, 10_000, 21),), Sum(10_000), money
    )
    office.append(draft)
    office.append(InvoiceBooked(NOW, draft.invoice, "by hand", NOW.date(), None))
    office.append(ExpenseBooked(NOW, office.next_id(), "invoice", "Somebody", "X-1", NOW.date(), None, None, money))
    entries = [e for e in story.bookkeeping.events(NOW + timedelta(days=60)) if isinstance(e, EntryBooked)]
    texts = {entry.text: [line.cents for line in entry.lines] for entry in entries}
    assert sorted(texts["Factuur by hand"]) == [-10_000, -2_100, 12_100]
    assert texts["Inkoopfactuur X-1"] == [-12_100, 12_100]


def test_what_is_added_to_a_day_that_is_booked_changes_nothing() -> None:
    """A bookkeeper who is past a day does not look back: no document of it is booked late, and none twice."""
    story, later = some(), NOW + timedelta(days=30)
    story.bookkeeping.events(NOW)
    at = NOW - timedelta(days=20)
    story.office.append(ExpenseBooked(at, story.office.next_id(), "invoice", "X", "1", at.date(), None, None, Sum(100)))
    story.place(at)
    assert story.bookkeeping.events(later) == some().bookkeeping.events(later)
