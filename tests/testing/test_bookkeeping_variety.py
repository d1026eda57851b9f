"""Everything that makes real books hard to read happens often enough to be noticed, and the company looks sound."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from testing.bookfold import SHEETS, TYPES, Fold

from kpitaps.calendar import local_day
from kpitaps.testing.story import Story
from kpitaps.testing.story.book_events import (
    BookEvent,
    EntryBooked,
    EntryChanged,
    EntryDeleted,
    EntryProcessed,
    ItemsMatched,
)
from kpitaps.testing.story.book_world import CASH_FLOW, CLOSING, GL_ACCOUNTS, JOURNALS, KINDS, OTHER, SALES

pytestmark = pytest.mark.slow

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
END = datetime(2026, 1, 1, tzinfo=UTC)
MONEY = ("1000", "1100", "1110", "1120")


@pytest.fixture(scope="module")
def events(books_of_three_years: tuple[Story, float]) -> list[BookEvent]:
    return list(books_of_three_years[0].bookkeeping.events(END))


@pytest.fixture(scope="module")
def booked(events: list[BookEvent]) -> list[EntryBooked]:
    return [event for event in events if isinstance(event, EntryBooked)]


@pytest.fixture(scope="module")
def books(events: list[BookEvent]) -> Fold:
    return Fold(events)


def delay(entry: EntryBooked) -> int:
    """Return how many days after its date an entry was entered."""
    return (local_day(entry.at, AMSTERDAM) - entry.on).days


def test_volume_is_that_of_a_small_company(events: list[BookEvent], booked: list[EntryBooked]) -> None:
    """Three years hold thousands of entries, and a tenth of the company has far fewer."""
    assert 4_000 < len(booked) < 7_000
    assert 15_000 < sum(len(entry.lines) for entry in booked) < 30_000
    small = Story(founded=date(2023, 1, 1), orders_per_day=0.3, pace=0.1).bookkeeping.events(END)
    assert len(small) < 0.4 * len(events)


def test_three_years_are_booked_quickly(books_of_three_years: tuple[Story, float]) -> None:
    """Once the shop and the office are read, their books take no second or two to make."""
    assert books_of_three_years[1] < 3


def test_every_kind_journal_and_account_occurs(booked: list[EntryBooked], books: Fold) -> None:
    """Each kind of entry, each journal and each account is used."""
    assert {entry.kind for entry in booked} == KINDS.keys()
    assert {entry.journal for entry in booked} == JOURNALS.keys()
    assert {line.gl for _, _, line in books.lines(closings=True)} == {account.code for account in GL_ACCOUNTS}


def test_most_entries_are_processed_weeks_later(events: list[BookEvent], booked: list[EntryBooked]) -> None:
    """Nine in ten become final, ten days or more after they were booked; some never do."""
    at = {entry.entry: entry.at for entry in booked}
    waits = [event.at - at[event.entry] for event in events if isinstance(event, EntryProcessed)]
    assert min(waits) > timedelta(days=9)
    old = [entry for entry in booked if entry.at < END - timedelta(days=160)]
    assert 0.9 * len(old) < len(waits) < len(booked)


def test_entries_are_late_now_and_then(booked: list[EntryBooked]) -> None:
    """Most are entered within days; some weeks later, in another quarter, and in another year."""
    days = Counter(min(60, delay(entry)) for entry in booked if entry.kind not in CLOSING)
    assert sum(days[each] for each in range(8)) > 0.85 * sum(days.values())
    assert sum(times for each, times in days.items() if each > 20) > 100
    seen: Counter[str] = Counter()
    for entry in booked:
        entered = local_day(entry.at, AMSTERDAM)
        if entry.kind not in CLOSING:
            seen["into a year that was over"] += entered.year > entry.on.year
            seen["sales of a quarter ago"] += (
                entry.kind == SALES and (entered.month - 1) // 3 != (entry.on.month - 1) // 3
            )
            seen["into the period before"] += entry.period != entry.on.month
            seen["into the year before"] += entry.year < entry.on.year
            seen["takings a month late"] += entry.text.startswith("Webwinkel") and delay(entry) > 23
    assert {what: times for what, times in seen.items() if times < 5 - 4 * ("the year before" in what)} == {}


def test_mistakes_are_put_right_in_every_way(events: list[BookEvent], booked: list[EntryBooked]) -> None:
    """Entries are corrected in place, undone by opposite ones, and deleted; dates, accounts and amounts change."""
    first = {entry.entry: entry for entry in booked}
    seen: Counter[str] = Counter()
    for event in events:
        if isinstance(event, EntryDeleted):
            seen["deleted"] += 1
        elif isinstance(event, EntryChanged) and first[event.entry].kind not in CLOSING:
            was = first[event.entry]
            seen["another date"] += event.on != was.on
            seen["another amount"] += event.lines[0].cents != was.lines[0].cents
            same = [(line.id, line.cents) for line in event.lines] == [(line.id, line.cents) for line in was.lines]
            seen["another account"] += same and event.lines != was.lines
        elif isinstance(event, EntryBooked):
            seen["opposite"] += event.text.startswith("Correctie Webwinkel")
    twins = Counter((entry.text, tuple(line.cents for line in entry.lines)) for entry in booked)
    seen["booked twice"] = sum(number > 1 and text.startswith("Webwinkel") for (text, _), number in twins.items())
    assert {what: times for what, times in seen.items() if times < 5} == {}
    assert len(seen) == 6


def test_items_are_matched_in_every_way(events: list[BookEvent], booked: list[EntryBooked], books: Fold) -> None:
    """At once or weeks later, in parts, with a credit note, with a difference; some payments stay open."""
    kinds = {line.id: (entry.kind, entry.at, line.cents) for entry in booked for line in entry.lines}
    seen: Counter[str] = Counter()
    times: Counter[int] = Counter()
    for event in events:
        if isinstance(event, ItemsMatched):
            of = [kinds[line] for line, _ in event.parts]
            wait = event.at - max(at for _, at, _ in of)
            seen["weeks later"] += wait > timedelta(days=14)
            seen["within two hours"] += wait < timedelta(hours=2)
            seen["with a credit note"] += {20, 21} <= {kind for kind, _, _ in of}
            seen["with a supplier's credit"] += {30, 31} <= {kind for kind, _, _ in of}
            seen["with an exchange difference"] += 82 in {kind for kind, _, _ in of}
            seen["with a payment difference"] += 83 in {kind for kind, _, _ in of}
            seen["money given back"] += {kind for kind, _, _ in of} == {21, 40}
            seen["written off"] += {kind for kind, _, _ in of} == {20, 90}
            times.update(line for line, _ in event.parts)
    seen["in parts"] = sum(number > 1 for number in times.values())
    left = books.open_items()
    lines = {line.id: entry.kind for entry, _, line in books.lines()}
    seen["paid too much"] = sum(cents < 0 and lines[item] == CASH_FLOW for item, cents in left.items())
    assert {what: number for what, number in seen.items() if number < 5} == {}


def test_days_that_calendars_trip_over_have_entries(booked: list[EntryBooked]) -> None:
    """Clocks that change, 29 February and 31 December: something is dated on them, and entered on both sides."""
    days = Counter(entry.on for entry in booked)
    changes = [date(2023, 3, 26), date(2023, 10, 29), date(2024, 3, 31), date(2024, 10, 27), date(2025, 3, 30)]
    for day in (*changes, date(2024, 2, 29), *(date(year, 12, 31) for year in (2023, 2024))):
        assert days[day] >= 3, day
    for day in changes:
        local = [entry.at.astimezone(AMSTERDAM) for entry in booked]
        assert len({at.utcoffset() for at in local if at.date() == day and at.hour <= 4}) == 2


def test_transfers_are_under_way_for_days(booked: list[EntryBooked]) -> None:
    """What leaves one account of the company arrives at another days later, now and then in another month."""
    statements = [entry for entry in booked if entry.kind == CASH_FLOW]
    moved = sorted((entry.on, line.cents) for entry in statements for line in entry.lines if line.gl == "2000")
    arrivals: defaultdict[int, list[date]] = defaultdict(list)
    for on, cents in moved:
        arrivals[-cents].append(on)
    pairs = [(on, arrivals[cents].pop(0)) for on, cents in moved if cents > 0 and on < date(2025, 12, 1)]
    assert len(pairs) > 20
    assert all(timedelta(0) < arrived - on < timedelta(days=6) for on, arrived in pairs)
    assert any(arrived.month != on.month for on, arrived in pairs)


@pytest.mark.parametrize("seed", [7, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))])
def test_the_company_looks_sound(books_of_three_years: tuple[Story, float], seed: int) -> None:
    """It earns a little over the years and loses in some months; there is always cash; its debts are bearable."""
    story = books_of_three_years[0] if seed == 7 else Story(seed, date(2023, 1, 1))
    books = Fold(story.bookkeeping.events(END))
    months: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for _, now, line in books.lines():
        month = months[f"{now.on:%Y-%m}"]
        month[line.gl] += line.cents
        month["profit"] -= line.cents * (SHEETS[line.gl] == "W")
        month["revenue"] -= line.cents * (TYPES[line.gl] == 110)
        month["equity"] -= line.cents * (SHEETS[line.gl] == "W" or TYPES[line.gl] in (50, 52))
        month["assets"] += line.cents * (TYPES[line.gl] in (10, 12, 16, 20, 26, 30, 32, 35, 40))
    total: Counter[str] = Counter()
    ratios = []
    for _, month in sorted(months.items()):
        total.update(month)
        assert sum(total[account] for account in MONEY) > 0
        ratios.append(total["assets"] / total["equity"] - 1)
    assert 0.02 < total["profit"] / total["revenue"] < 0.15
    assert 4 <= sum(month["profit"] < 0 for month in months.values()) <= 18
    assert 0.2 < min(ratios) < max(ratios) < 2.2


def test_money_that_comes_and_goes_is_what_the_bank_says(books: Fold) -> None:
    """Cash changes by what statements say came in and went out, transfers under way and receipts of the till apart."""
    cash = flow = 0
    for booked, _, line in books.lines():
        if line.gl in MONEY:
            cash += line.cents if booked.kind != 10 else 0
            flow += line.cents if booked.kind == OTHER else 0
        elif booked.kind == CASH_FLOW:
            flow -= line.cents
    assert cash == flow
