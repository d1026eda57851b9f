"""Open items that are paid in parts, too much, late, or with a credit note: what is open and overdue on each day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from kpitaps.testing.story.book_events import EntryDeleted, ItemsMatched
from kpitaps.testing.story.book_world import CASH_FLOW, OPENING, PURCHASE, SALES, SALES_CREDIT

if TYPE_CHECKING:
    from conftest import World
    from kpitaps.testing.story.book_events import EntryBooked

CLIENT = {"party": 70_001, "party_name": "Café Zuid"}
SUPPLIER = {"party": 80_001, "party_name": "Verhuurder"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00").replace(tzinfo=UTC)


def invoice(books: World, on: str, cents: int, due: str) -> EntryBooked:
    """Return a sales invoice without VAT."""
    receivable = books.line("1300", cents, due=date.fromisoformat(due), **CLIENT)
    return books.entry(on, SALES, receivable, books.line("8000", -cents))


def receipt(books: World, on: str, cents: int) -> EntryBooked:
    """Return a bank statement on which the client pays."""
    return books.entry(on, CASH_FLOW, books.line("1100", cents), books.line("1300", -cents, **CLIENT))


def matched(books: World, when: str, *parts: tuple[Any, int]) -> ItemsMatched:
    assert sum(cents for _, cents in parts) == 0
    return ItemsMatched(at(when), books.number(), tuple((line.id, cents) for line, cents in parts))


def levels(books: World, measure: str) -> dict[str, str]:
    """Return the level from each day on which it changes."""
    days = books.figures(measure)
    return {day: f"{level.normalize():f}" for (day,), level in zip(days, accumulate(days.values()), strict=True)}


def test_a_payment_in_two_parts(books: World) -> None:
    """Each payment takes off its part on its day; what is left after the due date is overdue."""
    sale = invoice(books, "2026-03-02", 10_000, due="2026-03-16")
    first, second = receipt(books, "2026-03-10", 4_000), receipt(books, "2026-03-20", 6_000)
    books.booked(
        sale,
        first,
        matched(books, "2026-03-11", (sale.lines[0], 4_000), (first.lines[1], -4_000)),
        second,
        matched(books, "2026-03-21", (sale.lines[0], 6_000), (second.lines[1], -6_000)),
    )
    assert levels(books, "receivables_open") == {"2026-03-02": "100", "2026-03-10": "60", "2026-03-20": "0"}
    # Due on the 16th: 60 are overdue from the 17th until the 20th.
    assert levels(books, "receivables_overdue") == {"2026-03-17": "60", "2026-03-20": "0"}


def test_a_payment_that_is_matched_weeks_later(books: World) -> None:
    """Until it is matched the payment is a negative item; matching moves nothing: it counted from its own day."""
    sale, payment = invoice(books, "2026-03-02", 10_000, due="2026-03-30"), receipt(books, "2026-03-20", 10_000)
    books.booked(sale, payment)
    assert levels(books, "receivables_open") == {"2026-03-02": "100", "2026-03-20": "0"}
    # Nobody knows yet that it is this invoice that was paid.
    assert levels(books, "receivables_overdue") == {"2026-03-31": "100"}
    books.booked(matched(books, "2026-04-20", (sale.lines[0], 10_000), (payment.lines[1], -10_000)))
    assert levels(books, "receivables_open") == {"2026-03-02": "100", "2026-03-20": "0"}
    assert levels(books, "receivables_overdue") == {}


def test_who_pays_too_much_has_something_to_their_credit(books: World) -> None:
    """The rest of the payment stays open, as a negative item that is never overdue."""
    sale, payment = invoice(books, "2026-03-02", 10_000, due="2026-03-16"), receipt(books, "2026-03-20", 12_500)
    books.booked(
        sale, payment, matched(books, "2026-03-20T13:00", (sale.lines[0], 10_000), (payment.lines[1], -10_000))
    )
    # 100 until the 20th, then 100 - 125 = -25.
    assert levels(books, "receivables_open") == {"2026-03-02": "100", "2026-03-20": "-25"}
    assert levels(books, "receivables_overdue") == {"2026-03-17": "100", "2026-03-20": "0"}


def test_paid_on_the_due_date_is_not_late(books: World) -> None:
    """Due means by the end of that day; a day later it was overdue for no day at all, being paid on the first."""
    for paid, number in (("2026-03-16", 1), ("2026-03-17", 2)):
        sale, payment = (
            invoice(books, "2026-03-02", 1_000 * number, due="2026-03-16"),
            receipt(books, paid, 1_000 * number),
        )
        books.booked(
            sale,
            payment,
            matched(books, f"{paid}T14:00", (sale.lines[0], 1_000 * number), (payment.lines[1], -1_000 * number)),
        )
    assert levels(books, "receivables_overdue") == {}


def test_a_credit_note_that_is_matched(books: World) -> None:
    """What was open before the note's date was open; the later of the two dates ends both."""
    sale = invoice(books, "2026-03-02", 10_000, due="2026-03-04")
    credit = books.entry("2026-03-08", SALES_CREDIT, books.line("1300", -10_000, **CLIENT), books.line("8000", 10_000))
    books.booked(sale, credit, matched(books, "2026-03-09", (sale.lines[0], 10_000), (credit.lines[0], -10_000)))
    assert levels(books, "receivables_open") == {"2026-03-02": "100", "2026-03-08": "0"}
    assert levels(books, "receivables_overdue") == {"2026-03-05": "100", "2026-03-08": "0"}


def test_a_suppliers_invoice(books: World) -> None:
    """What is to be paid is positive; so it is overdue, and paid."""
    bill = books.entry(
        "2026-03-02",
        PURCHASE,
        books.line("1600", -12_100, due=date(2026, 3, 10), **SUPPLIER),
        books.line("4100", 12_100),
    )
    payment = books.entry("2026-03-25", CASH_FLOW, books.line("1100", -12_100), books.line("1600", 12_100, **SUPPLIER))
    books.booked(
        bill, payment, matched(books, "2026-03-25T15:00", (bill.lines[0], -12_100), (payment.lines[1], 12_100))
    )
    assert levels(books, "payables_open") == {"2026-03-02": "121", "2026-03-25": "0"}
    assert levels(books, "payables_overdue") == {"2026-03-11": "121", "2026-03-25": "0"}
    assert levels(books, "receivables_open") == {}


def test_an_opening_item_is_overdue_from_its_entry_on(books: World) -> None:
    """What was due long before the books began is overdue on their first day, not before it."""
    books.booked(
        books.entry(
            "2026-01-01",
            OPENING,
            books.line("1300", 5_000, due=date(2025, 11, 1), **CLIENT),
            books.line("0590", -5_000),
        )
    )
    assert levels(books, "receivables_open") == levels(books, "receivables_overdue") == {"2026-01-01": "50"}


def test_a_deleted_payment_opens_the_invoice_again(books: World) -> None:
    """The item of the payment is gone, and the invoice is what it was before it was matched."""
    sale, payment = invoice(books, "2026-03-02", 10_000, due="2026-03-16"), receipt(books, "2026-03-10", 10_000)
    books.booked(
        sale, payment, matched(books, "2026-03-10T15:00", (sale.lines[0], 10_000), (payment.lines[1], -10_000))
    )
    books.booked(EntryDeleted(at("2026-03-12"), payment.entry))
    assert levels(books, "receivables_open") == {"2026-03-02": "100"}
    assert levels(books, "receivables_overdue") == {"2026-03-17": "100"}
