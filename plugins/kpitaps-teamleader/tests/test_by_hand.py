"""Single deals, documents and tickets with their arithmetic, through the sandbox over HTTP into a ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kpitaps_teamleader import sandbox_documents as documents
from kpitaps_teamleader import sandbox_sales as sales
from kpitaps_teamleader import sandbox_service as service

from kpitaps.testing.story import (
    ClientAdded,
    CreditNoteIssued,
    DealDeleted,
    DealHanded,
    DealLost,
    DealMoved,
    DealOpened,
    DealReopened,
    DealValued,
    DealWon,
    DraftDeleted,
    ExpenseBooked,
    ExpensePaid,
    InvoiceBooked,
    InvoiceDrafted,
    InvoiceLine,
    InvoicePaid,
    MeetingCancelled,
    MeetingMoved,
    MeetingPlanned,
    ProjectBudgeted,
    ProjectStarted,
    SubscriptionEnded,
    SubscriptionStarted,
    Sum,
    TicketAnswered,
    TicketClosed,
    TicketDeleted,
    TicketFiled,
    TicketOpened,
    TicketReopened,
    TimeCorrected,
    TimeDeleted,
    TimeLogged,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from conftest import World

CLIENT = 70_000
COFFEE = InvoiceLine("Koffie", 10, 10_000, 9)
"""€ 100.00 and 9 % VAT."""


def at(text: str) -> datetime:
    """Return an instant in UTC: ``2026-03-02`` is at noon."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00").replace(tzinfo=UTC)


def on(text: str) -> date:
    return date.fromisoformat(text)


def invoice(office: World, day: str, *lines: InvoiceLine, **more: Any) -> tuple[InvoiceDrafted, InvoiceBooked]:
    """Return an invoice that is drafted and booked on a day; due 30 days later unless said."""
    number, money = office.number(), more.pop("money", Sum(0))
    lines = lines or (COFFEE,)
    excl = sum(line.excl for line in lines)
    incl = sum(line.excl + round(line.excl * line.vat_percent / 100) for line in lines)
    due = more.pop("due", on(day) + timedelta(days=30))
    drafted = InvoiceDrafted(
        at(day),
        number,
        more.pop("client", CLIENT),
        more.pop("deal", None),
        None,
        lines,
        replace(money, cents=excl),
        replace(money, cents=incl),
    )
    booked = InvoiceBooked(at(day) + timedelta(minutes=5), number, f"2026/{number}", more.pop("on", on(day)), due)
    assert not more
    return drafted, booked


def paid(booked: InvoiceBooked, day: str, cents: int) -> InvoicePaid:
    return InvoicePaid(at(day), booked.invoice, cents, on(day))


def deal(office: World, day: str, **more: Any) -> DealOpened:
    """Return a deal of € 1,000.00 in the first phase of the wholesale pipeline, Sanne's."""
    standard: dict[str, Any] = {
        "title": "Kantoor",
        "client": CLIENT,
        "lead": None,
        "rep": 101,
        "pipeline": "wholesale",
        "stage": "new",
        "value": Sum(100_000),
        "probability": 10,
        "source": "referral",
        "expected_on": None,
    }
    return DealOpened(at=at(day), deal=office.number(), **{**standard, **more})


def ticket(office: World, day: str, category: str = "delivery") -> TicketOpened:
    return TicketOpened(at(day), office.number(), "Vraag", category, "email", CLIENT)


# --- invoices --------------------------------------------------------------------------------------------------------


def test_an_invoice_by_product(office: World) -> None:
    """Revenue is without VAT, per line; what is open is with VAT, and overdue from the day after it was due."""
    # 100.00 at 9 % and 200.00 at 21 %: 300.00 without VAT, 100 + 9 + 200 + 42 = 351.00 with it.
    office.happened(*invoice(office, "2026-03-02", COFFEE, InvoiceLine("Molen", 1, 20_000, 21)))
    assert office.by("product", "revenue") == {"Koffie": "100", "Molen": "200"}
    assert office.days("revenue") == {"2026-03-02": "300"}
    assert office.days("revenue_incl_vat") == office.days("receivables_open") == {"2026-03-02": "351"}
    assert office.days("receivables_overdue") == {"2026-04-02": "351"}
    assert office.days("invoices") == {"2026-03-02": "1"}


def test_a_draft_counts_nowhere(office: World) -> None:
    """A draft adds nothing, booked weeks back it belongs to its date, deleted it never was."""
    drafted, booked = invoice(office, "2026-03-20", on=on("2026-03-01"), due=on("2026-03-15"))
    thrown, _ = invoice(office, "2026-03-20")
    office.happened(drafted, thrown)
    assert office.figures("revenue") == {}
    office.happened(replace(booked, at=at("2026-03-21")), DraftDeleted(at("2026-03-21"), thrown.invoice))
    assert office.days("revenue") == {"2026-03-01": "100"}
    assert office.days("receivables_overdue") == {"2026-03-16": "109"}


def test_payments_in_parts(office: World) -> None:
    """Each payment takes its part off, on the local day on which it came in, and the last one ends at nothing."""
    # 109.00 open; 50.00 paid in time, 59.00 late: overdue are 59.00 from 2 April until 10 April.
    drafted, booked = invoice(office, "2026-03-02")
    office.happened(drafted, booked, paid(booked, "2026-03-20", 5_000), paid(booked, "2026-04-10", 5_900))
    assert office.days("receivables_open") == {"2026-03-02": "109", "2026-03-20": "-50", "2026-04-10": "-59"}
    assert office.days("receivables_overdue") == {"2026-04-02": "59", "2026-04-10": "-59"}


def test_an_invoice_in_dollars(office: World) -> None:
    """It counts in euros at the rate it was booked with; the payment that makes up the whole takes the rest."""
    # 33.33, 33.33 and 33.34 dollars at 0.912345: 30.41 and 30.41 (30.408...), the last takes 91.23 − 60.82 = 30.41.
    # With VAT of 0 %: open 91.23; 50.00 dollars are 45.62 (45.617...), the rest is 45.61.
    dollars = Sum(0, "USD", Decimal("0.912345"))
    lines = [InvoiceLine(name, 1, cents, 0) for name, cents in (("A", 3_333), ("B", 3_333), ("C", 3_334))]
    drafted, booked = invoice(office, "2026-03-02", *lines, money=dollars)
    office.happened(drafted, booked, paid(booked, "2026-03-05", 5_000))
    assert office.by("product", "revenue") == {"A": "30.41", "B": "30.41", "C": "30.41"}
    assert office.days("receivables_open") == {"2026-03-02": "91.23", "2026-03-05": "-45.62"}
    office.happened(paid(booked, "2026-03-06", 5_000))
    assert office.days("receivables_open")["2026-03-06"] == "-45.61"
    assert office.by("currency", "revenue") == {"EUR": "91.23"}


def test_what_the_client_withholds_never_was_to_be_paid(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open is what is payable, from the first day; revenue with VAT is the whole document."""
    shown = documents.invoice_info

    def withheld(*given: Any) -> dict[str, Any]:
        row = shown(*given)
        # 109.00 with VAT, of which the client pays 15.00 to the tax office.
        row["total"] |= {key: {"amount": 94.0, "currency": "EUR"} for key in ("payable", "due")}
        return row

    monkeypatch.setattr(documents, "invoice_info", withheld)
    drafted, booked = invoice(office, "2026-03-02")
    office.happened(drafted, replace(booked, at=at("2026-03-20")))
    assert office.days("receivables_open") == {"2026-03-02": "94"}
    assert office.days("revenue_incl_vat") == {"2026-03-02": "109"}


def test_a_credit_note_of_an_invoice_in_dollars(office: World) -> None:
    """It carries no rate: that of its invoice is used; the invoice itself does not say that it has changed."""
    # 100.00 dollars at 0.912345 = 91.23; credited 40.00 = 36.49 (36.4938), and 60.00 remain: the rest is 54.74.
    dollars = Sum(0, "USD", Decimal("0.912345"))
    drafted, booked = invoice(office, "2026-03-02", InvoiceLine("A", 1, 10_000, 0), money=dollars)
    office.happened(drafted, booked)
    forty = replace(dollars, cents=4_000)
    office.happened(
        CreditNoteIssued(
            at("2026-03-10"), office.number(), "C1", booked.invoice, CLIENT, on("2026-03-10"), forty, forty
        )
    )
    assert office.days("credit_notes") == {"2026-03-10": "1"}
    assert office.days("revenue") == {"2026-03-02": "91.23", "2026-03-10": "-36.49"}
    assert office.days("receivables_open") == {"2026-03-02": "91.23", "2026-03-10": "-36.49"}
    office.happened(paid(booked, "2026-03-12", 6_000))
    assert office.days("receivables_open")["2026-03-12"] == "-54.74"


def test_a_credit_note_without_an_invoice(office: World) -> None:
    """It lowers revenue, not receivables."""
    # 10.00 without and 10.90 with VAT.
    note = CreditNoteIssued(
        at("2026-03-10"), office.number(), "C1", None, CLIENT, on("2026-03-10"), Sum(1_000), Sum(1_090)
    )
    office.happened(*invoice(office, "2026-03-02"), note)
    assert office.days("revenue") == {"2026-03-02": "100", "2026-03-10": "-10"}
    assert office.days("revenue_incl_vat")["2026-03-10"] == "-10.9"
    assert office.days("receivables_open") == {"2026-03-02": "109"}


def test_the_rep_of_a_deal_is_the_rep_of_its_invoice(office: World) -> None:
    """When the deal is handed over, revenue moves along, though the invoice does not say that it has changed."""
    opened = deal(office, "2026-02-01")
    office.happened(opened, DealWon(at("2026-03-01"), opened.deal), *invoice(office, "2026-03-02", deal=opened.deal))
    assert office.by("rep", "revenue") == {"Sanne de Wit": "100"}
    office.happened(DealHanded(at("2026-05-01"), opened.deal, 103))
    assert office.by("rep", "revenue") == {"Fatima El Amrani": "100"}


def test_many_deals_do_not_ask_for_their_invoices_one_by_one(office: World) -> None:
    """When somebody hands over all of theirs, the list of all invoices takes fewer requests."""
    deals = [deal(office, "2026-02-01") for _ in range(30)]
    office.happened(*deals, *invoice(office, "2026-03-02", deal=deals[-1].deal))
    office.sandbox.log.clear()
    office.happened(*(DealHanded(at("2026-05-01"), each.deal, 103) for each in deals))
    assert office.by("rep", "revenue") == {"Fatima El Amrani": "100"}
    assert sum(entry.path == "/invoices.list" for entry in office.sandbox.log) < 6


def test_customers_come_and_go(office: World) -> None:
    """An invoice makes a customer for a year; the next one in time goes on, a later one is a return."""
    # Invoiced on 1 March 2024 and on 1 February 2025: a customer until 31 January 2026; again from 1 March 2026.
    invoices = [each for day in ("2024-03-01", "2025-02-01", "2026-03-01") for each in invoice(office, day)]
    office.happened(*invoices)
    assert office.derived("new_customers") == {"2024-03-01": "1"}
    assert office.derived("customers_lost") == {"2026-02-01": "1", "2027-03-01": "1"}
    assert office.derived("customers") == {
        "2024-03-01": "1",
        "2026-02-01": "-1",
        "2026-03-01": "1",
        "2027-03-01": "-1",
    }


def test_customers_by_won_deals(opened: Callable[..., World]) -> None:
    """The settings may let a won deal make a customer, and say for how long."""
    office = opened(settings={"customer_by": "won_deal", "customer_for": "10"})
    made = deal(office, "2026-02-01")
    office.happened(made, DealWon(at("2026-03-01"), made.deal), *invoice(office, "2026-01-02"))
    assert office.derived("customers") == {"2026-03-01": "1", "2026-03-11": "-1"}


# --- deals -----------------------------------------------------------------------------------------------------------


def test_a_deal_through_its_phases(office: World) -> None:
    """It is in each phase from the day it got there; its own chance counts where it is, the phase's where it was."""
    # € 1,000: 10 % from 1 March, moved to tasting (30 %) on the 5th with a chance of 40 % that somebody set.
    opened = deal(office, "2026-03-01")
    office.happened(opened, DealMoved(at("2026-03-05"), opened.deal, "tasting", 40))
    assert office.figures("pipeline_weighted", "deal_stage") == {
        ("2026-03-01", "Nieuw"): Decimal(100),
        ("2026-03-05", "Nieuw"): Decimal(-100),
        ("2026-03-05", "Proeverij"): Decimal(400),
    }
    assert office.by("deal_stage", "deals_open") == {"Proeverij": "1"}
    assert office.by("pipeline", "pipeline_value") == {"Groothandel": "1000"}
    assert office.by("lead_source", "leads") == office.by("lead_source", "deals_created") == {"referral": "1"}


def test_a_deal_is_won(office: World) -> None:
    """It leaves the pipeline on the day it was won, with its latest value and its present rep; leads stay leads."""
    # Opened 1 March 12:00, won 11 March 18:00: 10 days and 6 hours = 885,600 s. Worth $ 2,000 at 0.95 = € 1,900.
    opened = deal(office, "2026-03-01")
    office.happened(
        opened,
        DealValued(at("2026-03-03"), opened.deal, Sum(200_000, "USD", Decimal("0.95"))),
        DealHanded(at("2026-03-04"), opened.deal, 104),
        DealWon(at("2026-03-11T18:00:00"), opened.deal),
    )
    assert office.figures("deals_won_value", "rep", "pipeline") == {
        ("2026-03-11", "Joris Claes", "Groothandel"): Decimal(1900)
    }
    assert office.days("sales_cycle") == {"2026-03-11": "885600"}
    assert office.days("deals_open") == {"2026-03-01": "1", "2026-03-11": "-1"}
    assert office.days("pipeline_weighted") == {"2026-03-01": "190", "2026-03-11": "-190"}


def test_a_deal_without_an_estimate_is_lost(office: World) -> None:
    """No value is no money, but a deal all the same. Lost at 23:30 UTC in winter it is the next day in Amsterdam."""
    opened = deal(office, "2026-02-01", value=None)
    office.happened(opened, DealLost(at("2026-02-10T23:30:00"), opened.deal, "te duur"))
    assert office.days("deals_lost") == {"2026-02-11": "1"}
    assert office.figures("deals_lost_value") == office.figures("pipeline_value") == {}
    assert office.days("deals_open") == {"2026-02-01": "1", "2026-02-11": "-1"}


def test_a_reopened_deal_was_never_lost(office: World) -> None:
    """It stays where it was until it is in another phase: the loss that was undone counts nowhere."""
    # Lost on 5 March, reopened on 9 March in quote (60 %): in "Nieuw" through the 8th, in "Offerte" from the 9th.
    opened = deal(office, "2026-03-01")
    lost = DealLost(at("2026-03-05"), opened.deal, "stil")
    office.happened(opened, lost)
    assert office.days("deals_lost") == {"2026-03-05": "1"}
    office.happened(DealReopened(at("2026-03-09"), opened.deal, "quote", 60))
    assert office.figures("deals_lost") == {}
    assert office.figures("deals_open", "deal_stage") == {
        ("2026-03-01", "Nieuw"): Decimal(1),
        ("2026-03-09", "Nieuw"): Decimal(-1),
        ("2026-03-09", "Offerte"): Decimal(1),
    }


def test_phases_in_any_order_and_a_closing_that_was_left_behind(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Phases are taken in the order of their times; an open deal is open, whatever closing it still shows."""
    shown = sales.deal_info

    def odd(*given: Any) -> dict[str, Any]:
        row = shown(*given)
        return row | {"phase_history": row["phase_history"][::-1], "closed_at": "2026-03-06T12:00:00+00:00"}

    monkeypatch.setattr(sales, "deal_info", odd)
    opened = deal(office, "2026-03-01")
    office.happened(opened, DealMoved(at("2026-03-05"), opened.deal, "tasting", 40))
    assert office.figures("deals_open", "deal_stage") == {
        ("2026-03-01", "Nieuw"): Decimal(1),
        ("2026-03-05", "Nieuw"): Decimal(-1),
        ("2026-03-05", "Proeverij"): Decimal(1),
    }


def test_a_deleted_deal_never_was(office: World) -> None:
    """Nothing tells of it: the daily look at all ids finds out."""
    opened, other = deal(office, "2026-03-01"), deal(office, "2026-03-01")
    office.happened(opened, other)
    office.later(at("2026-03-03"))
    office.happened(DealDeleted(at("2026-03-05"), opened.deal))
    assert office.days("deals_created") == {"2026-03-01": "1"}


def test_meetings(office: World) -> None:
    """A meeting is on the day it was moved to, also when that is to come; one that is called off never was."""
    numbers = [office.number() for _ in range(3)]
    planned = [
        MeetingPlanned(at("2026-03-01"), number, 1, None, rep, at("2026-03-10T09:00:00"), 60)
        for number, rep in zip(numbers, (101, 102, 104), strict=True)
    ]
    office.happened(*planned)
    office.happened(
        MeetingMoved(at("2026-03-02"), numbers[0], at("2026-04-01T22:30:00")),
        MeetingCancelled(at("2026-03-03"), numbers[1]),
    )
    # 22:30 UTC in summer time is half past midnight on the 2nd.
    assert office.figures("meetings", "rep") == {
        ("2026-03-10", "Joris Claes"): Decimal(1),
        ("2026-04-02", "Sanne de Wit"): Decimal(1),
    }


# --- expenses and subscriptions --------------------------------------------------------------------------------------


def expense(
    office: World, kind: str, day: str, cents: int, due: str | None = None, currency: str = "EUR"
) -> ExpenseBooked:
    return ExpenseBooked(
        at(day), office.number(), kind, "Boer", "F1", on(day), due and on(due), None, Sum(cents, currency)
    )


def test_expenses(office: World) -> None:
    """Suppliers are owed what was not paid; a credit takes off, a receipt was paid in the shop."""
    # Invoice 121.00 due 31 March, 21.00 paid on 5 March and 100.00 on 5 April; credit 40.00; receipt 9.99.
    owed = expense(office, "invoice", "2026-03-01", 12_100, "2026-03-31")
    office.happened(owed, expense(office, "credit", "2026-03-03", 4_000), expense(office, "receipt", "2026-03-04", 999))
    assert office.days("payables_open") == {"2026-03-01": "121", "2026-03-03": "-40"}
    office.happened(
        ExpensePaid(at("2026-03-05"), owed.expense, 2_100, on("2026-03-05")),
        ExpensePaid(at("2026-04-05"), owed.expense, 10_000, on("2026-04-05")),
    )
    assert office.days("payables_open") == {
        "2026-03-01": "121",
        "2026-03-03": "-40",
        "2026-03-05": "-21",
        "2026-04-05": "-100",
    }
    assert office.days("payables_overdue") == {"2026-04-01": "100", "2026-04-05": "-100"}


def test_an_expense_abroad_stays_in_its_currency(office: World) -> None:
    """Teamleader tells no rate for it; without a due date it is never overdue."""
    office.happened(expense(office, "invoice", "2026-03-01", 12_100, currency="USD"))
    assert office.figures("payables_open", "currency") == {("2026-03-01", "USD"): Decimal(121)}
    assert office.figures("payables_overdue") == {}


def test_an_expense_with_one_sum(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the sum without VAT was entered, that is what is owed."""
    shown = documents.expense_row

    def without_vat(*given: Any) -> dict[str, Any]:
        row = shown(*given)
        return row | {"total": {"tax_exclusive": row["total"]["tax_inclusive"], "tax_inclusive": None}}

    monkeypatch.setattr(documents, "expense_row", without_vat)
    office.happened(expense(office, "invoice", "2026-03-01", 12_100))
    assert office.days("payables_open") == {"2026-03-01": "121"}


def test_details_of_what_is_known_are_not_read_again(office: World) -> None:
    """A closed ticket and a paid expense cost nothing but their row, until the row changes."""
    opened, owed = ticket(office, "2026-03-02"), expense(office, "invoice", "2026-03-01", 12_100)
    office.happened(opened, TicketClosed(at("2026-03-03"), opened.ticket), owed)
    office.happened(ExpensePaid(at("2026-03-03"), owed.expense, 2_100, on("2026-03-03")))
    office.sandbox.log.clear()
    office.later(at("2026-03-03T20:00:00"))
    asked = {entry.path for entry in office.sandbox.log}
    assert {"/tickets.list", "/expenses.list"} <= asked
    assert asked & {"/tickets.info", "/tickets.listMessages", "/incomingInvoices.listPayments"} == set()
    office.happened(
        TicketReopened(at("2026-03-04"), opened.ticket),
        ExpensePaid(at("2026-03-04"), owed.expense, 10_000, on("2026-03-04")),
    )
    assert office.days("payables_open")["2026-03-04"] == "-100"
    assert office.days("tickets_open") == {"2026-03-02": "1"}


def test_subscriptions(office: World) -> None:
    """What they bring in per month, until their last day."""
    # € 100 every 2 weeks: 100 × 52/12 ÷ 2 = 216.666667; € 300 per quarter: 100; € 1,000 per 2 years: 41.666667.
    numbers = [office.number() for _ in range(3)]
    terms = [(10_000, "week", 2), (30_000, "month", 3), (100_000, "year", 2)]
    started = [
        SubscriptionStarted(
            at("2026-03-01"), number, CLIENT, "Koffie", Sum(cents), unit, periods, on("2026-03-02"), None
        )
        for number, (cents, unit, periods) in zip(numbers, terms, strict=True)
    ]
    office.happened(*started)
    assert office.days("mrr") == office.days("mrr_new") == {"2026-03-02": "358.333334"}
    office.happened(SubscriptionEnded(at("2026-03-10"), numbers[1], on("2026-06-01")))
    assert office.days("mrr") == {"2026-03-02": "358.333334", "2026-06-02": "-100"}
    assert office.days("mrr_churned") == {"2026-06-02": "100"}


# --- tickets and hours -----------------------------------------------------------------------------------------------


def test_a_ticket(office: World) -> None:
    """Its category is the present one; what colleagues write among themselves is no answer."""
    # Opened 12:00, refiled 12:10 with a note, answered 13:30 = 5,400 s, closed 16:00 the next day = 100,800 s.
    opened = ticket(office, "2026-03-02")
    number = opened.ticket
    office.happened(
        opened,
        TicketFiled(at("2026-03-02T12:10:00"), number, "complaint"),
        TicketAnswered(at("2026-03-02T13:30:00"), number, 102),
        TicketAnswered(at("2026-03-02T14:30:00"), number, 101),
        TicketClosed(at("2026-03-03T16:00:00"), number),
    )
    assert office.by("category", "tickets_created") == office.by("category", "complaints") == {"complaint": "1"}
    assert office.figures("first_response_time", "category") == {("2026-03-02", "complaint"): Decimal(5400)}
    assert office.days("resolution_time") == {"2026-03-03": "100800"}
    assert office.days("tickets_closed") == {"2026-03-03": "1"}
    assert office.days("tickets_open") == {"2026-03-02": "1", "2026-03-03": "-1"}


def test_what_was_written_before_is_no_answer(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ticket that is made from a mail of a colleague's still waits for its first answer."""
    shown = service.message_rows

    def with_older(*given: Any) -> list[dict[str, Any]]:
        rows = shown(*given)
        return [*rows, rows[0] | {"message_id": "older", "created_at": "2026-03-01T12:00:00+00:00"}]

    monkeypatch.setattr(service, "message_rows", with_older)
    opened = ticket(office, "2026-03-02")
    office.happened(opened, TicketAnswered(at("2026-03-02T13:00:00"), opened.ticket, 102))
    assert office.days("first_response_time") == {"2026-03-02": "3600"}


def test_a_ticket_is_refiled_and_reopened(office: World) -> None:
    """An open ticket moves with its category; a closing that was undone counts nowhere; deleted it never was."""
    opened, other = ticket(office, "2026-03-02"), ticket(office, "2026-03-02", "billing")
    office.happened(opened, other, TicketClosed(at("2026-03-03"), opened.ticket))
    office.happened(TicketReopened(at("2026-03-04"), opened.ticket))
    office.happened(
        TicketFiled(at("2026-03-05"), opened.ticket, "quality"), TicketDeleted(at("2026-03-05"), other.ticket)
    )
    assert office.by("category", "tickets_created") == office.by("category", "tickets_open") == {"quality": "1"}
    assert office.figures("tickets_closed") == office.figures("resolution_time") == {}


def test_a_closed_ticket_is_refiled(office: World) -> None:
    """The list does not betray it; within a week it is noticed."""
    opened = ticket(office, "2026-03-02")
    office.happened(opened, TicketClosed(at("2026-03-03"), opened.ticket))
    office.happened(TicketFiled(at("2026-03-05"), opened.ticket, "quality"))
    office.later(at("2026-03-12"))
    assert office.by("category", "tickets_closed") == {"quality": "1"}


def test_hours(office: World) -> None:
    """Hours belong to the day of the work; corrections change it in place, deleted ones go."""
    project, first, second = (office.number() for _ in range(3))
    office.happened(
        ProjectStarted(at("2026-03-01"), project, "Training", CLIENT, 36_000),
        TimeLogged(
            at("2026-03-02"), first, 101, project, at("2026-03-02T08:00:00"), on("2026-03-02"), 7_200, billable=True
        ),
        TimeLogged(at("2026-03-03"), second, 104, None, None, on("2026-03-03"), 3_600, billable=False),
    )
    assert office.figures("time_worked", "rep", "project") == {
        ("2026-03-02", "Sanne de Wit", "Training"): Decimal(7200),
        ("2026-03-03", "Joris Claes", ""): Decimal(3600),
    }
    assert office.days("time_billable") == {"2026-03-02": "7200"}
    office.happened(
        TimeCorrected(at("2026-04-20"), first, 5_400, billable=False),
        TimeDeleted(at("2026-04-20"), second),
        ProjectBudgeted(at("2026-04-20"), project, 72_000),
    )
    assert office.days("time_worked") == {"2026-03-02": "5400"}
    assert office.figures("time_billable") == {}
    assert office.figures("time_budgeted", "project")[("2026-04-20", "Training")] == Decimal(72000)


def test_one_client_of_two_is_new(office: World) -> None:
    """Customers are counted by client, however many invoices they get."""
    added = ClientAdded(at("2026-01-05"), 80_000, "Café", "NL", None)
    office.happened(
        added,
        *invoice(office, "2026-03-01"),
        *invoice(office, "2026-03-01", client=80_000),
        *invoice(office, "2026-03-09"),
    )
    assert office.derived("new_customers") == {"2026-03-01": "2"}
