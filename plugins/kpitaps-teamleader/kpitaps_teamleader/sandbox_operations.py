"""The operations that the sandbox knows, with the filters, sorts and includes that Teamleader's contract lists."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from kpitaps.testing.story import REPS
from kpitaps_teamleader import sandbox_documents as documents
from kpitaps_teamleader import sandbox_sales as sales
from kpitaps_teamleader import sandbox_service as service
from kpitaps_teamleader.sandbox_asks import Ask, Detail, Filter, Fixed, Listing
from kpitaps_teamleader.sandbox_things import uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kpitaps_teamleader.sandbox_asks import Pair
    from kpitaps_teamleader.sandbox_shapes import Row


def _all(kind: str) -> Callable[[Ask], Iterable[Pair]]:
    return lambda ask: ask.books.all(kind).items()


def _of(kind: str) -> Callable[[Any], Mapping[str, Any]]:
    return lambda books: books.all(kind)


def _rows(rows: Callable[[Ask], list[Row]]) -> Callable[[Ask], Iterable[Pair]]:
    return lambda ask: [(row["id"], row) for row in rows(ask)]


def _plain(_books: Any, _key: str, row: Row, _includes: set[str]) -> Row:
    return row


def _updated_since(_key: str, thing: Any, value: str) -> bool:
    return bool(thing.updated_at.replace(microsecond=0) >= datetime.fromisoformat(value))


def _is_one_of(key: str, _thing: Any, value: list[str]) -> bool:
    return key in value


def _row_status(_key: str, row: Row, value: list[str]) -> bool:
    return row["status"] in value


def _ticket_messages(ask: Ask, _key: str, ticket: Any) -> dict[str, Any]:
    """Answer a list that hangs on one ticket."""
    filters = {
        "type": lambda _key, row, value: row["type"] == value,
        "created_after": lambda _key, row, value: row["created_at"] >= value,
        "created_before": lambda _key, row, value: row["created_at"] <= value,
    }
    rows = service.message_rows(ticket)
    listing = Listing(
        lambda _: [(row["message_id"], row) for row in rows],
        _plain,
        filters,
        meta="always",
        also=frozenset({"id"}),
    )
    return listing.answer(ask)


_IDS: dict[str, Filter] = {"ids": _is_one_of}
_CHANGED: dict[str, Filter] = {**_IDS, "updated_since": _updated_since}
_ANY_STATUS: dict[str, Filter] = {**_IDS, "status": _row_status}


def _payments(source: str) -> Detail:
    def shape(ask: Ask, _key: str, expense: Any) -> dict[str, Any]:
        rows = documents.expense_payments(ask.books, expense)
        total = sum(payment.cents for payment in expense.payments) / 100
        return {"data": rows, "meta": {"total": {"amount": total}}}

    def things(books: Any) -> dict[str, Any]:
        return {key: each for key, each in books.all("expense").items() if each.began.kind == source}

    return Detail(things, shape)


OPERATIONS: dict[str, Listing | Detail | Fixed] = {
    "users.list": Listing(
        _rows(lambda _: [service.user_row(rep) for rep in REPS]),
        _plain,
        _ANY_STATUS,
        {name: itemgetter(name) for name in ("first_name", "last_name", "email", "function")},
        defaults={"status": ["active"]},
    ),
    "users.me": Fixed(lambda books: service.me_row(books.zone.key)),
    "departments.list": Listing(
        _rows(lambda ask: [service.department_row(*each) for each in enumerate(ask.books.departments)]),
        _plain,
        _ANY_STATUS,
        {"name": itemgetter("name"), "default_department": lambda row: row["id"] != uid("department", 0)},
        paged=False,
    ),
    "accounts.projects-v2-status": Fixed(lambda _: {"status": "projects-v2"}),
    "customFieldDefinitions.info": Detail(
        lambda _: {service.CATEGORY_FIELD: service.field_row()}, lambda _ask, _key, row: {"data": row}
    ),
    "invoices.list": Listing(
        _all("invoice"),
        lambda books, key, thing, _: documents.invoice_row(books, key, thing),
        {
            **_CHANGED,
            "deal_id": lambda _key, invoice, value: uid("deal", invoice.began.deal) == value,
            "status": lambda _key, invoice, value: invoice.status in value,
        },
        {
            "invoice_number": lambda invoice: invoice.booked.number if invoice.booked else "",
            "invoice_date": lambda invoice: invoice.booked.on.isoformat() if invoice.booked else "",
        },
        includes=frozenset({"late_fees"}),
    ),
    "invoices.info": Detail(
        _of("invoice"), lambda ask, key, thing: {"data": documents.invoice_info(ask.books, key, thing)}
    ),
    "creditNotes.list": Listing(
        _all("creditNote"),
        lambda books, key, thing, _: documents.note_row(books, key, thing),
        {**_CHANGED, "invoice_id": lambda _key, note, value: uid("invoice", note.began.invoice) == value},
    ),
    "expenses.list": Listing(
        _all("expense"),
        lambda books, key, thing, _: documents.expense_row(books, key, thing),
        {},
        {
            "document_date": lambda expense: expense.began.on.isoformat(),
            "due_date": lambda expense: str(expense.began.due or ""),
            "supplier_name": lambda expense: expense.began.supplier,
        },
    ),
    "incomingInvoices.listPayments": _payments("invoice"),
    "incomingCreditNotes.listPayments": _payments("credit"),
    "receipts.listPayments": _payments("receipt"),
    "subscriptions.list": Listing(
        _all("subscription"),
        lambda books, key, thing, _: documents.subscription_row(books, key, thing),
        _IDS,
        {"title": lambda thing: thing.began.title, "created_at": lambda thing: thing.began.at},
    ),
    "deals.list": Listing(
        _all("deal"),
        lambda books, key, thing, _: sales.deal_row(books, key, thing),
        {**_CHANGED, "status": lambda _key, deal, value: deal.status in value},
        {"created_at": lambda deal: deal.began.at},
        includes=frozenset({"custom_fields"}),
    ),
    "deals.info": Detail(_of("deal"), lambda ask, key, thing: {"data": sales.deal_info(ask.books, key, thing)}),
    "dealPipelines.list": Listing(
        _rows(lambda _: sales.pipeline_rows()),
        _plain,
        {**_IDS, "status": lambda *_: True},
        meta="always",
    ),
    "dealPhases.list": Listing(
        _rows(lambda ask: sales.phase_rows((ask.body.get("filter") or {}).get("deal_pipeline_id"))),
        _plain,
        {**_IDS, "deal_pipeline_id": lambda *_: True},
    ),
    "dealSources.list": Listing(_rows(lambda _: sales.source_rows()), _plain, _IDS, {"name": lambda row: row["name"]}),
    "meetings.list": Listing(
        _all("meeting"),
        lambda _books, key, thing, _: sales.meeting_row(key, thing),
        _IDS,
        {"scheduled_at": lambda meeting: meeting.starts_at},
        includes=frozenset({"tracked_time", "estimated_time"}),
    ),
    "tickets.list": Listing(_all("ticket"), lambda _books, key, thing, _: service.ticket_row(key, thing), _IDS),
    "tickets.info": Detail(_of("ticket"), lambda _ask, key, thing: service.ticket_info(key, thing)),
    "tickets.listMessages": Detail(_of("ticket"), _ticket_messages, frozenset({"filter", "page"})),
    "ticketStatus.list": Listing(_rows(lambda _: service.status_rows()), _plain, _IDS, paged=False),
    "timeTracking.list": Listing(
        _all("timeTracking"),
        lambda _books, key, thing, includes: service.hours_row(key, thing, relates="relates_to" in includes),
        {
            **_IDS,
            "started_after": lambda _key, hours, value: hours.began.on.isoformat() >= value[:10],
            "started_before": lambda _key, hours, value: hours.began.on.isoformat() <= value[:10],
        },
        {"starts_on": lambda hours: hours.began.on},
        includes=frozenset({"materials", "relates_to"}),
    ),
    "projects-v2/projects.list": Listing(
        _all("project"),
        lambda books, key, thing, _: service.project_row(books, key, thing),
        {**_IDS, "status": lambda _key, _project, value: value == "open"},
        {
            "project_key": lambda project: project.began.at,
            "title": lambda project: project.began.title,
            "start_date": lambda project: project.began.at,
        },
        includes=frozenset({"legacy_project", "custom_fields", "pagination"}),
        meta="pagination",
    ),
}
"""What answers below ``https://api.focus.teamleader.eu/``."""
