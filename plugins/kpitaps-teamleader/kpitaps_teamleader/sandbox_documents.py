"""Invoices, credit notes, expenses and subscriptions as Teamleader shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps_teamleader.sandbox_shapes import Row, day, midnight, money, rate, ref, stamp, taxes
from kpitaps_teamleader.sandbox_things import uid

if TYPE_CHECKING:
    from kpitaps.testing.story import InvoiceLine
    from kpitaps_teamleader.sandbox_books import Books
    from kpitaps_teamleader.sandbox_things import Expense, Invoice, Subscription, Thing

_SOURCES = {"invoice": "incomingInvoice", "credit": "incomingCreditNote", "receipt": "receipt"}


def invoice_row(books: Books, key: str, invoice: Invoice) -> Row:
    """Return an invoice as the list shows it; a draft has neither number nor date."""
    drafted, booked, currency = invoice.began, invoice.booked, invoice.began.incl.currency
    status = "draft" if booked is None else "outstanding" if invoice.due else "matched"
    return {
        "id": key,
        "department": ref("department", 0),
        "invoice_number": booked.number if booked else None,
        "invoice_date": booked.on.isoformat() if booked else None,
        "status": status,
        "due_on": day(booked.due) if booked else None,
        "paid": status == "matched",
        "paid_at": midnight(invoice.paid_on, books.zone) if invoice.paid_on else None,
        "sent": booked is not None,
        "purchase_order_number": None,
        "payment_reference": None,
        "invoicee": _client(books, drafted.client) | {"for_attention_of": None},
        "total": {
            "tax_exclusive": money(drafted.excl.cents, currency),
            "tax_inclusive": money(drafted.incl.cents, currency),
            "payable": money(drafted.incl.cents, currency),
            "taxes": taxes(drafted.excl.cents, drafted.incl.cents, currency),
            "due": money(invoice.due, currency),
        },
        "currency_exchange_rate": rate(drafted.incl, books.currency),
        "created_at": stamp(drafted.at),
        "updated_at": stamp(invoice.updated_at),
        "web_url": f"https://focus.teamleader.eu/invoice_detail.php?id={key}",
        "file": None,
        "deal": ref("deal", drafted.deal) if uid("deal", drafted.deal) in books.all("deal") else None,
        "project": None,
        "delivery_date": None,
    }


def invoice_info(books: Books, key: str, invoice: Invoice) -> Row:
    """Return an invoice with its lines and payments."""
    row = invoice_row(books, key, invoice)
    currency = invoice.began.incl.currency
    row.pop("web_url")
    return row | {
        "discounts": [],
        "grouped_lines": [
            {"section": {"title": ""}, "line_items": [_line(line, currency) for line in invoice.began.lines]}
        ],
        "payment_term": {"type": "after_invoice_date", "days": 30},
        "payments": [
            {"paid_at": midnight(payment.on, books.zone), "payment": money(payment.cents, currency)}
            for payment in invoice.payments
        ],
        "note": None,
        "currency": currency,
        "expected_payment_method": None,
        "on_hold_since": None,
        "custom_fields": [],
    }


def note_row(books: Books, key: str, note: Thing) -> Row:
    """Return a credit note: no rate, nothing about what is still due, not always an invoice."""
    issued = note.began
    currency = issued.incl.currency
    return {
        "id": key,
        "department": ref("department", 0),
        "credit_note_number": issued.number,
        "credit_note_date": issued.on.isoformat(),
        "status": "booked",
        "invoice": None if issued.invoice is None else ref("invoice", issued.invoice),
        "paid": True,
        "paid_at": midnight(issued.on, books.zone),
        "invoicee": _client(books, issued.client),
        "total": {
            "tax_exclusive": money(issued.excl.cents, currency),
            "tax_inclusive": money(issued.incl.cents, currency),
            "payable": money(issued.incl.cents, currency),
            "taxes": taxes(issued.excl.cents, issued.incl.cents, currency),
        },
        "created_at": stamp(issued.at),
        "updated_at": stamp(note.updated_at),
    }


def expense_row(books: Books, key: str, expense: Expense) -> Row:
    """Return a supplier's document: amounts without their currency, no rate, no time of change."""
    booked, paid = expense.began, sum(payment.cents for payment in expense.payments)
    status = "unknown" if booked.kind == "receipt" else "not_paid"
    if paid:
        status = "paid" if paid >= booked.incl.cents else "partially_paid"
    last = max((payment.on for payment in expense.payments), default=None)
    return {
        "source": {"type": _SOURCES[booked.kind], "id": key},
        "origin": {"type": "user", "id": uid("user", 101)},
        "title": booked.supplier,
        "supplier": ref("supplier", booked.supplier, type_="company"),
        "document_number": booked.number,
        "document_date": booked.on.isoformat(),
        "due_date": day(booked.due),
        "currency": {"code": booked.incl.currency},
        "total": {
            "tax_exclusive": None if booked.excl is None else {"amount": booked.excl.cents / 100},
            "tax_inclusive": {"amount": booked.incl.cents / 100},
        },
        "company_entity": ref("department", 0),
        "file": None,
        "payment_reference": None,
        "review_status": "approved",
        "bookkeeping_status": "not_sent",
        "iban_number": None,
        "payment_status": status,
        "paid_amount": paid / 100 if paid else None,
        "paid_at": midnight(last, books.zone) if last else None,
    }


def expense_payments(books: Books, expense: Expense) -> list[Row]:
    """Return the payments of a supplier's document."""
    return [
        {
            "id": uid("payment", f"{payment.expense}/{number}"),
            "payment": money(payment.cents, expense.began.incl.currency),
            "paid_at": midnight(payment.on, books.zone),
            "payment_method": None,
            "remark": None,
        }
        for number, payment in enumerate(expense.payments)
    ]


def subscription_row(books: Books, key: str, subscription: Subscription) -> Row:
    """Return a subscription; it is deactivated once its last day is over."""
    started, currency = subscription.began, subscription.began.excl.currency
    today = books.now.astimezone(books.zone).date()
    is_over = subscription.ends_on is not None and subscription.ends_on < today
    excl = started.excl.cents
    return {
        "id": key,
        "title": started.title,
        "note": None,
        "status": "deactivated" if is_over else "active",
        "department": ref("department", 0),
        "invoicee": {"customer": ref("company", started.client), "for_attention_of": None},
        "project": None,
        "starts_on": started.starts_on.isoformat(),
        "ends_on": day(subscription.ends_on),
        "next_renewal_date": None,
        "billing_cycle": {
            "periodicity": {"unit": started.unit, "period": started.periods},
            "days_in_advance": 0,
        },
        "total": {
            "tax_exclusive": money(excl, currency),
            "tax_inclusive": money(excl + round(excl * 0.21), currency),
            "taxes": taxes(excl, excl + round(excl * 0.21), currency),
        },
        "web_url": f"https://focus.teamleader.eu/subscription_detail.php?id={key}",
        "created_at": stamp(started.at),
    }


def _client(books: Books, client: int) -> Row:
    company = books.all("company").get(uid("company", client))
    return {
        "name": company.began.name if company else "",
        "vat_number": None,
        "customer": ref("company", client),
    }


def _line(line: InvoiceLine, currency: str) -> Row:
    incl = line.excl + round(line.excl * line.vat_percent / 100)
    return {
        "product": None,
        "quantity": line.quantity,
        "description": line.product,
        "extended_description": None,
        "unit": None,
        "unit_price": {"amount": round(line.excl / line.quantity) / 100, "tax": "excluding"},
        "tax": ref("taxRate", line.vat_percent),
        "discount": None,
        "total": {
            "tax_exclusive": money(line.excl, currency),
            "tax_exclusive_before_discount": money(line.excl, currency),
            "tax_inclusive": money(incl, currency),
            "tax_inclusive_before_discount": money(incl, currency),
        },
        "product_category": None,
        "withheld_tax": None,
    }
