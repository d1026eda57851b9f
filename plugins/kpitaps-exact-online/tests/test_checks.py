"""Books that do not close, or not as Exact has them: which days and accounts are named, and when nobody is alarmed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpitaps_exact_online import check_balance, check_overview, open_items
from kpitaps_exact_online.check_books import gaps

from kpitaps import RetryLater
from kpitaps.store import open_flags
from kpitaps.testing.story.book_events import EntryProcessed, ItemsMatched
from kpitaps.testing.story.book_world import (
    CASH_FLOW,
    CLOSING_RESULT,
    OPENING,
    OTHER,
    PURCHASE,
    SALES,
    SALES_CREDIT,
)

if TYPE_CHECKING:
    from conftest import World

TODAY = date(2026, 3, 10)
CLIENT = {"party": 70_001, "party_name": "Café Zuid"}
SUPPLIER = {"party": 80_001, "party_name": "Verhuurder"}
RESULT_AND_SHEET = 13


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sale(books: World, on: str, cents: int, **more: Any) -> Any:
    return books.entry(on, SALES, books.line("1300", cents, **CLIENT), books.line("8000", -cents), **more)


def checked(books: World, now: str = "2026-03-10T12:00") -> dict[str, set[tuple[str, str]]]:
    """Read and check on a day; return the first and last day of all flags, by check."""
    books.sandbox.clock.set(at(now))
    result = books.sync()
    assert result.errors == {}
    found: dict[str, set[tuple[str, str]]] = {}
    for each in open_flags(books.runtime.ledger.database):
        days = tuple(date.fromordinal(day).isoformat() for day in (each.flag.first, each.flag.last))
        found.setdefault(each.origin, set()).add((days[0], days[1]))
    return found


def reasons(books: World) -> dict[str, str]:
    """Return what each check says."""
    return {each.origin: each.flag.reason for each in open_flags(books.runtime.ledger.database)}


def measures(books: World, check: str) -> set[str]:
    return {each.flag.measure for each in open_flags(books.runtime.ledger.database) if each.origin == check}


def test_books_with_everything_in_them_close(books: World) -> None:
    """Opening, invoices, credit notes, purchases, closings: nothing is said against any of it."""
    opening = books.entry("2026-01-01", OPENING, books.line("1100", 90_000), books.line("0500", -90_000))
    bill = books.entry(
        "2026-02-20",
        PURCHASE,
        books.line("1600", -1_210, **SUPPLIER),
        books.line("4100", 1_000),
        books.line("1510", 210),
    )
    note = books.entry("2026-03-03", SALES_CREDIT, books.line("1300", -500, **CLIENT), books.line("8000", 500))
    closing = books.entry(
        "2025-12-31", CLOSING_RESULT, books.line("8000", 7_000), books.line("0590", -7_000), at=at("2026-02-01T10:00")
    )
    books.booked(opening, sale(books, "2025-12-31", 7_000), bill, note, closing)
    assert checked(books) == {}
    assert books.repairs == {}


@pytest.mark.slow
def test_an_account_of_an_unknown_type(books: World) -> None:
    """Every measure of result and balance sheet says so, from its first posting on; the account is named."""
    books.booked(
        sale(books, "2026-03-01", 10_000),
        books.entry("2026-03-04", OTHER, books.line("4999", 700), books.line("1000", -700)),
    )
    assert checked(books)["books"] == {("2026-03-04", "2026-03-10")}
    assert "4999 Iets nieuws (type 199)" in reasons(books)["books"]
    assert len(measures(books, "books")) == RESULT_AND_SHEET
    assert any("4999" in message for message in books.repairs.values())


@pytest.mark.slow
def test_a_line_that_is_hidden(books: World) -> None:
    """The day is named, and what was booked on it; Exact's balance names the account with both amounts."""
    entry = books.entry("2026-03-04", OTHER, books.line("4300", 2_500), books.line("1000", -2_500))
    books.sandbox.books.hidden_lines.add(entry.lines[0].id)
    books.booked(sale(books, "2026-03-01", 10_000), entry)
    found = checked(books)
    assert found["books"] == {("2026-03-04", "2026-03-10")}
    assert "from 2026-03-04 on: assets differ from equity and debts by -25.00" in reasons(books)["books"]
    # Flows of March, levels until today.
    assert found["balance"] == {("2026-03-01", "2026-03-31")}
    assert "4300 Algemene kosten in 2026-03: 25.00 in Exact Online, 0.00 here" in reasons(books)["balance"]
    assert {"operating_costs", "equity", "exact_online_postings"} == measures(books, "balance")
    assert "result of 75.00" in reasons(books)["overview"]
    books.sandbox.books.hidden_lines.clear()
    assert checked(books, "2026-03-20T12:00") == {}
    assert books.repairs == {}


def test_an_open_item_that_the_ledger_does_not_have(books: World) -> None:
    """Receivables differ from their account from that day on, by that amount."""
    entry = sale(books, "2026-03-04", 12_100)
    books.sandbox.books.hidden_lines.update(line.id for line in entry.lines)
    books.booked(sale(books, "2026-03-01", 10_000), entry)
    assert checked(books)["books"] == {("2026-03-04", "2026-03-10")}
    assert "the items are 221.00, 1300 Debiteuren 100.00" in reasons(books)["books"]
    assert measures(books, "books") == {"receivables_open", "receivables_overdue"}


def test_an_overview_that_differs(books: World) -> None:
    """Both amounts are named; when it agrees again, nothing is left of it."""
    books.booked(sale(books, "2026-03-01", 10_000))
    books.sandbox.books.overview_error = 333
    found = checked(books)
    assert found == {
        "overview": {("2025-01-01", "2025-12-31"), ("2026-01-01", "2026-12-31"), ("2026-03-10", "2026-03-10")}
    }
    said = " ".join(each.flag.reason for each in open_flags(books.runtime.ledger.database))
    assert (
        "overview of 2026 has a revenue of 103.33 and a result of 103.33; from its entries follow 100.00 and 100.00"
        in said
    )
    assert "has 103.33 to receive; the open items that were read are 100.00" in said
    books.sandbox.books.overview_error = 0
    assert checked(books, "2026-03-12T12:00") == {}


def test_an_open_item_that_was_not_read(books: World) -> None:
    """What Exact's overview has to receive is held against the ledger, not against Exact's own list of items."""
    missing = sale(books, "2026-03-03", 5_000)
    books.sandbox.books.hidden_items.add(missing.lines[0].id)
    books.booked(sale(books, "2026-03-01", 10_000), missing)
    checked(books)
    assert "has 150.00 to receive; the open items that were read are 100.00" in reasons(books)["overview"]
    assert "the items are 100.00, 1300 Debiteuren 150.00" in reasons(books)["books"]


@pytest.mark.slow
def test_processed_entries_have_no_overview(opened: Any) -> None:
    """Without drafts the books close as well, and Exact's balance is taken without them."""
    books = opened(settings={"processed_only": True})
    books.booked(sale(books, "2026-03-01", 10_000))
    assert checked(books) == {}


@pytest.mark.slow
def test_a_draft_payment_of_a_processed_invoice_alarms_nobody(opened: Any) -> None:
    """Without drafts the invoice is paid by something that is not there: items and ledger cannot agree."""
    books = opened(settings={"processed_only": True})
    bill = sale(books, "2026-03-01", 10_000)
    paid = books.entry("2026-03-05", CASH_FLOW, books.line("1100", 10_000), books.line("1300", -10_000, **CLIENT))
    match = ItemsMatched(at("2026-03-05T13:00"), 1, ((bill.lines[0].id, 10_000), (paid.lines[1].id, -10_000)))
    books.booked(bill, EntryProcessed(at("2026-03-02T10:00"), bill.entry), paid, match)
    assert checked(books) == {}
    assert books.days("cash") == {}


@pytest.mark.slow
def test_a_mid_year_start_agrees_with_either_way_of_counting_it(books: World) -> None:
    """An opening balance may hold a result that was under way; Exact's overview may count it, or not."""
    books.booked(
        books.entry("2026-01-01", OPENING, books.line("1100", 40_000), books.line("8000", -40_000)),
        sale(books, "2026-03-01", 10_000),
    )
    assert checked(books) == {}
    assert books.days("revenue") == {"2026-03-01": "100"}


@pytest.mark.slow
def test_what_is_booked_ahead_alarms_nobody(books: World) -> None:
    """Depreciation of months to come is in the books already; whether the overview has it is not documented."""
    books.booked(
        sale(books, "2026-03-01", 10_000),
        books.entry("2026-11-30", OTHER, books.line("4800", 700), books.line("0150", -700), at=at("2026-03-02T12:00")),
    )
    assert checked(books) == {}


@pytest.mark.slow
def test_many_gaps_are_told_as_one(books: World) -> None:
    """Somebody who may not see a journal has a difference on every day: that is one matter, not hundreds."""
    for day in range(1, 29):
        entry = books.entry(f"2026-02-{day:02d}", OTHER, books.line("4300", 100 * day), books.line("1000", -100 * day))
        books.sandbox.books.hidden_lines.add(entry.lines[0].id)
        books.sandbox.story.bookkeeping.append(entry)
    books.booked(sale(books, "2026-03-01", 10_000))
    assert checked(books)["books"] == {("2026-02-01", "2026-03-10")}
    assert "from 2026-02-01 on" in reasons(books)["books"]
    assert "it has changed on 27 days since" in reasons(books)["books"]


@pytest.mark.parametrize(
    ("check", "module", "reader"),
    [
        ("books", open_items, "changed"),  # between the lines and the open items
        ("balance", check_balance, "_theirs"),  # between reading and checking
        ("overview", check_overview, "_results"),
    ],
)
@pytest.mark.slow
def test_an_entry_of_this_minute_alarms_nobody(
    books: World, monkeypatch: pytest.MonkeyPatch, check: str, module: Any, reader: str
) -> None:
    """Somebody books while all is read: the comparison is put off until the next sync, and then all is well."""
    books.booked(sale(books, "2026-03-01", 10_000))
    read = getattr(module, reader)

    def book_and_read(*arguments: Any) -> Any:
        monkeypatch.undo()
        books.sandbox.story.bookkeeping.append(sale(books, "2026-03-04", 5_000, at=at("2026-03-04T11:59:40")))
        return read(*arguments)

    monkeypatch.setattr(module, reader, book_and_read)
    books.sandbox.clock.set(at("2026-03-04T12:00"))
    assert [type(books.sync().errors.get(check))] == [RetryLater]
    assert open_flags(books.runtime.ledger.database) == []
    assert checked(books, "2026-03-04T12:15") == {}
    assert books.days("revenue") == {"2026-03-01": "100", "2026-03-04": "50"}


@given(changes=st.dictionaries(st.integers(0, 20), st.integers(-2, 2), max_size=8))
def test_gaps_are_the_days_that_differ(changes: dict[int, int]) -> None:
    """On each day up to today: inside a gap of that amount if, and only if, the sums differ then."""
    start = TODAY - timedelta(days=15)
    found = list(gaps({start + timedelta(days=day): Decimal(change) for day, change in changes.items()}, TODAY))
    sums = list(accumulate(changes.get(day, 0) for day in range(16)))
    for number, total in enumerate(sums):
        day = start + timedelta(days=number)
        inside = [gap.amount for gap in found if gap.first <= day <= gap.last]
        assert inside == ([total] if total else [])
