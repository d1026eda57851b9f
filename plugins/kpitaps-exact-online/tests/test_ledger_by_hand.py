"""Single entries with their arithmetic, through the sandbox over HTTP into a ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_exact_online import sandbox_ledger

from kpitaps.testing import Story
from kpitaps.testing.story import Sum
from kpitaps.testing.story.book_events import EntryChanged, EntryDeleted, EntryProcessed
from kpitaps.testing.story.book_world import (
    CASH_FLOW,
    CLOSING_BALANCE,
    CLOSING_RESULT,
    DEPRECIATION,
    GL_ACCOUNTS,
    OPENING,
    OPENING_BALANCE,
    OTHER,
    PURCHASE,
    SALES,
    SALES_CREDIT,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import World
    from kpitaps.testing.story.book_events import EntryBooked

CLIENT = {"party": 70_001, "party_name": "Café Zuid"}
SUPPLIER = {"party": 80_001, "party_name": "Verhuurder"}


def at(text: str) -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def invoice(books: World, on: str, excl: int, *, product: str = "Koffie", **more: Any) -> EntryBooked:
    """Return a sales invoice at 21 % VAT, due 30 days later."""
    vat = excl * 21 // 100
    due = date.fromordinal(date.fromisoformat(on).toordinal() + 30)
    receivable = books.line("1300", excl + vat, due=due, **CLIENT)
    return books.entry(
        on, SALES, receivable, books.line("8000", -excl, product=product), books.line("1500", -vat), **more
    )


def sheet(books: World) -> dict[str, Decimal]:
    """Return the balance sheet after the last entry, and that it closes."""
    found = {
        name: sum(books.figures(name).values(), Decimal(0)) for name in ("assets", "equity", "debt_short", "debt_long")
    }
    assert found["assets"] == found["equity"] + found["debt_short"] + found["debt_long"]
    return found


def test_an_invoice(books: World) -> None:
    """Revenue without VAT by product, a receivable with it, VAT owed, and a customer for a year."""
    # 100.00 + 21.00 VAT: assets +121, short debt +21 (VAT), equity +100 (the result that is not closed yet).
    books.booked(invoice(books, "2026-03-02", 10_000))
    assert books.by("product", "revenue") == {"Koffie": "100"}
    assert books.days("revenue_incl_vat") == {"2026-03-02": "121"}
    assert books.days("invoices") == {"2026-03-02": "1"}
    assert sheet(books) == {"assets": 121, "equity": 100, "debt_short": 21, "debt_long": 0}
    assert books.derived("customers") == {"2026-03-02": "1", "2027-03-02": "-1"}
    assert books.by("gl_account", "exact_online_postings") == {"1300": "121", "8000": "-100", "1500": "-21"}


def test_a_credit_note_takes_revenue_back(books: World) -> None:
    """On its own date, whatever the invoice's; it makes nobody a customer."""
    # 40.00 + 8.40 VAT of it back.
    credit = books.entry(
        "2026-03-10",
        SALES_CREDIT,
        books.line("1300", -4_840, **CLIENT),
        books.line("8000", 4_000),
        books.line("1500", 840),
    )
    books.booked(credit)
    assert books.days("revenue") == {"2026-03-10": "-40"}
    assert books.days("revenue_incl_vat") == {"2026-03-10": "-48.4"}
    assert (books.days("invoices"), books.days("credit_notes")) == ({}, {"2026-03-10": "1"})
    assert books.derived("customers") == {}


def test_a_foreign_invoice_counts_in_home_currency(books: World) -> None:
    """Exact books both amounts: the one in the company's currency counts, to the cent."""
    # USD 100.00 at 0.9137 is 91.37.
    dollars = {"foreign": Sum(10_000, "USD", Decimal("0.9137"))}
    line = books.line("8000", -9_137, foreign=Sum(-10_000, "USD", Decimal("0.9137")))
    books.booked(books.entry("2026-03-02", SALES, books.line("1300", 9_137, **CLIENT, **dollars), line))
    assert books.figures("revenue", "currency") == {("2026-03-02", "EUR"): Decimal("91.37")}


def test_a_bank_statement(books: World) -> None:
    """What comes in and goes out by account; what goes over the transfer account is neither."""
    # In: 121.00 by a client. Out: 50.00 rent, 300.00 to the savings account over 2000, 20.00 to the credit card (1130).
    books.booked(
        books.entry(
            "2026-03-05",
            CASH_FLOW,
            books.line("1100", 12_100 - 5_000 - 30_000 - 2_000),
            books.line("1300", -12_100, **CLIENT),
            books.line("4100", 5_000),
            books.line("2000", 30_000),
            books.line("1130", 2_000),
        ),
        books.entry("2026-03-07", CASH_FLOW, books.line("1110", 30_000), books.line("2000", -30_000)),
    )
    assert (books.days("cash_in"), books.days("cash_out")) == ({"2026-03-05": "121"}, {"2026-03-05": "50"})
    # Between the two days the money is under way: in assets, on account 2000, but not in cash.
    assert books.days("cash") == {"2026-03-05": "-249", "2026-03-07": "300"}
    assert books.days("assets") == {"2026-03-05": "-70"}
    assert books.days("debt_short") == {"2026-03-05": "-20"}


def test_transfer_accounts_are_a_setting(opened: Callable[..., World]) -> None:
    """With others, the standard one is cash in and out like any account."""
    books = opened(settings={"transfer_accounts": "2100, 2110"})
    books.booked(
        books.entry("2026-03-05", CASH_FLOW, books.line("1100", -300), books.line("2000", 100), books.line("2100", 200))
    )
    assert books.days("cash_out") == {"2026-03-05": "1"}


def test_every_kind_of_cost_and_income(books: World) -> None:
    """Each type of account feeds one measure; profit is minus the sum of all of them, and is equity at once."""
    costs = {"7000": 100, "4000": 200, "4310": 300, "4400": 400, "4800": 500, "9010": 600, "9110": 700, "9200": 800}
    incomes = {"8000": -9_000, "9000": -50, "9100": -60}
    lines = [books.line(gl, cents * 100) for gl, cents in {**costs, **incomes}.items()]
    # Exchange differences: a general account of profit and loss, by nature a debit: other costs, here a gain of 10.
    total = sum(costs.values()) + sum(incomes.values()) - 10
    lines += [books.line("8090", -1_000), books.line("1100", -total * 100)]
    books.booked(books.entry("2026-03-31", OTHER, *lines))
    found = {
        "revenue": "9000", "cost_of_sales": "100", "operating_costs": "900", "depreciation": "500",
        "interest_costs": "600", "interest_income": "50", "other_costs": "690", "other_income": "60", "taxes": "800",
    }  # fmt: skip
    assert {name: books.days(name)["2026-03-31"] for name in found} == found
    # 9000 - 100 - 900 - 500 + 60 - 690 + 50 - 600 - 800 = 5520
    assert books.days("equity") == books.days("assets") == {"2026-03-31": "5520"}


def test_an_opening_balance_is_no_flow(books: World) -> None:
    """It counts once, in the levels: not as revenue, nor as money that came in."""
    books.booked(
        books.entry(
            "2026-01-01",
            OPENING,
            books.line("1100", 50_000),
            books.line("0100", 80_000),
            books.line("0150", -20_000),
            books.line("0700", -60_000),
            books.line("0500", -40_000),
            books.line("8000", -10_000),
        )
    )
    # Assets 500 + 800 - 200; long debt 600; equity 400 + 100 of a result that was under way.
    assert sheet(books) == {"assets": 1_100, "equity": 500, "debt_short": 0, "debt_long": 600}
    assert books.days("cash") == {"2026-01-01": "500"}
    assert [books.days(name) for name in ("revenue", "cash_in", "cash_out")] == [{}, {}, {}]


@pytest.mark.slow
def test_closing_a_year_changes_nothing(books: World) -> None:
    """The result moves to the reserves, the balance out and in again: no flow, and nothing new in any level."""
    books.booked(invoice(books, "2025-12-31", 10_000))
    before = sheet(books)
    books.booked(
        books.entry(
            "2025-12-31",
            CLOSING_RESULT,
            books.line("8000", 10_000),
            books.line("0590", -10_000),
            at=at("2026-02-10T09:00"),
        ),
        books.entry(
            "2025-12-31",
            CLOSING_BALANCE,
            books.line("1300", -12_100),
            books.line("1500", 2_100),
            books.line("0590", 10_000),
            at=at("2026-02-10T09:01"),
        ),
        books.entry(
            "2026-01-01",
            OPENING_BALANCE,
            books.line("1300", 12_100),
            books.line("1500", -2_100),
            books.line("0590", -10_000),
            at=at("2026-02-10T09:02"),
        ),
    )
    assert sheet(books) == before
    assert books.days("revenue") == {"2025-12-31": "100"}
    assert books.by("gl_account", "exact_online_postings") == {"1300": "121", "8000": "-100", "1500": "-21"}


def test_a_correction_into_the_last_quarter(books: World) -> None:
    """What is entered in May with a date of March changes March, and every later day's levels."""
    books.booked(invoice(books, "2026-03-31", 10_000))
    late = books.entry(
        "2026-03-30", OTHER, books.line("4300", 3_000), books.line("1720", -3_000), at=at("2026-05-20T15:00")
    )
    books.booked(late)
    assert books.days("operating_costs") == {"2026-03-30": "30"}
    assert books.days("equity") == {"2026-03-30": "-30", "2026-03-31": "100"}


def test_an_entry_that_is_corrected_in_place(books: World) -> None:
    """Only what it says now counts: lines that are gone have gone, the date is the new one."""
    entry = invoice(books, "2026-03-02", 10_000)
    books.booked(entry)
    receivable, _, vat = entry.lines
    lines = (receivable, books.line("8010", -10_000, product="Thee"), vat)
    books.booked(EntryChanged(at("2026-03-09T10:00"), entry.entry, date(2026, 3, 3), 2026, 3, lines))
    assert books.figures("revenue", "product") == {("2026-03-03", "Thee"): Decimal(100)}
    assert books.days("assets") == {"2026-03-03": "121"}
    assert books.derived("customers") == {"2026-03-03": "1", "2027-03-03": "-1"}


def test_a_deleted_entry_never_was(books: World) -> None:
    """Exact tells that its lines are gone; nothing of it is left, the customer included."""
    entry = invoice(books, "2026-03-02", 10_000)
    books.booked(entry)
    books.booked(EntryDeleted(at("2026-03-09T10:00"), entry.entry))
    assert books.figures("revenue") == books.figures("assets") == books.figures("receivables_open") == {}
    assert books.derived("customers") == {}


@pytest.mark.slow
def test_an_account_that_gets_another_type(books: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line changes, so it is noticed when all is read again: within a week."""
    for day, account in (("2026-02-01", "4100"), ("2026-03-02", "4300"), ("2026-03-05", "4100")):
        books.booked(books.entry(day, OTHER, books.line(account, 5_000), books.line("1000", -5_000)))
    before = books.later(at("2026-03-05T18:00")).days("operating_costs")
    chart = tuple(account._replace(type=130) if account.code == "4300" else account for account in GL_ACCOUNTS)
    monkeypatch.setattr(sandbox_ledger, "GL_ACCOUNTS", chart)
    books.sandbox.books.ledger.gls.update({account.code: account for account in chart})
    assert books.later(at("2026-03-06T09:00")).days("operating_costs") == before
    books.later(at("2026-03-13T09:00"))
    assert books.days("operating_costs") == {"2026-02-01": "50", "2026-03-05": "50"}
    assert books.days("other_costs") == {"2026-03-02": "50"}


def test_drafts_count_unless_they_are_left_out(opened: Callable[..., World]) -> None:
    """By default as in Exact's own reports; with processed_only from the moment they are processed."""
    books = opened(settings={"processed_only": True})
    entry = invoice(books, "2026-03-02", 10_000)
    books.booked(entry)
    assert (books.days("revenue"), books.days("receivables_open"), books.derived("customers")) == ({}, {}, {})
    books.booked(EntryProcessed(at("2026-03-20T10:00"), entry.entry))
    assert books.days("revenue") == {"2026-03-02": "100"}
    assert books.days("receivables_open") == {"2026-03-02": "121"}


def test_an_account_of_an_unknown_type_is_in_no_figure(books: World) -> None:
    """Only the postings have it."""
    books.booked(books.entry("2026-03-02", OTHER, books.line("4999", 700), books.line("1000", -700)))
    assert books.by("gl_account", "exact_online_postings") == {"4999": "7", "1000": "-7"}
    assert books.days("assets") == {"2026-03-02": "-7"}
    assert [books.days(name) for name in ("operating_costs", "other_costs", "equity")] == [{}, {}, {}]


# --- days and periods ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "entered"),
    [
        ("2026-03-29", "2026-03-29T01:30"),  # the night in which an hour is skipped
        ("2026-03-29", "2026-03-29T21:30"),
        ("2025-10-26", "2025-10-26T00:30"),  # the hour that comes twice, the first time
        ("2025-10-26", "2025-10-26T01:30"),  # the second time
        ("2025-12-31", "2025-12-31T22:30"),  # 23:30 in Amsterdam
        ("2025-12-31", "2026-01-01T09:00"),
        ("2024-02-29", "2024-02-29T22:59"),
    ],
)
@pytest.mark.slow
def test_an_entry_counts_on_its_date(books: World, on: str, entered: str) -> None:
    """Whatever the hour at which it was entered, and however the clocks were changed that night."""
    books.booked(invoice(books, on, 10_000, at=at(entered)))
    assert books.days("revenue") == books.days("equity") == {on: "100"}
    assert books.days("receivables_open") == {on: "121"}


@pytest.mark.parametrize(
    ("start", "period", "told"), [(1, (2025, 12), "2025-12"), (7, (2025, 6), "2025-06"), (1, (2026, 1), "2026-01")]
)
@pytest.mark.slow
def test_the_fiscal_period_is_a_label(
    opened: Callable[..., World], start: int, period: tuple[int, int], told: str
) -> None:
    """31 December is period 12, or 6 of a year that began in July; a bill may also be booked into the next one."""
    books = opened(Story(founded=date(2100, 1, 1), fiscal_year_start=start))
    books.booked(
        books.entry(
            "2025-12-31",
            PURCHASE,
            books.line("1600", -1_210, **SUPPLIER),
            books.line("4100", 1_000),
            books.line("1510", 210),
            period=period,
        )
    )
    found = books.figures("exact_online_postings", "gl_account", "fiscal_period")
    assert {period for _, _, period in found} == {told}
    assert books.days("operating_costs") == {"2025-12-31": "10"}


def test_entries_of_both_passes_of_an_hour_are_read_by_increments(books: World) -> None:
    """Read between the two passes and after them, nothing that was entered in either is missed."""
    for minute in ("2025-10-26T00:10", "2025-10-26T00:50", "2025-10-26T01:10", "2025-10-26T01:50"):
        books.sandbox.story.bookkeeping.append(
            books.entry("2025-10-26", DEPRECIATION, books.line("4800", 100), books.line("0150", -100), at=at(minute))
        )
        books.sandbox.clock.set(max(at(minute), at("2025-10-26T00:10")))
    for now in ("2025-10-26T00:30", "2025-10-26T01:20", "2025-10-26T02:30"):
        books.later(at(now))
    assert books.days("depreciation") == {"2025-10-26": "4"}
