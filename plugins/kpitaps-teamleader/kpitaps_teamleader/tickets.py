"""Tickets: opened, answered, closed, and how many were open on each day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from kpitaps import BadSettings, Record
from kpitaps_teamleader.declaration import tap
from kpitaps_teamleader.names import closed_statuses
from kpitaps_teamleader.paging import read_all
from kpitaps_teamleader.payloads import Message, TicketRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from kpitaps import Context

REFILED = 7
"""Days within which a change of category is noticed that happens after a ticket was closed."""

tickets_created = tap.measure("tickets_created")
complaints = tap.measure("complaints")
tickets_closed = tap.measure("tickets_closed")
resolution_time = tap.measure("resolution_time")
tickets_open = tap.measure("tickets_open")
first_response_time = tap.measure("first_response_time")


@tap.listing(
    "tickets",
    feeds=[tickets_created, complaints, tickets_closed, resolution_time, tickets_open, first_response_time],
    every="1h",
)
def read_tickets(ctx: Context) -> Iterator[Record]:
    """Read all tickets; category and messages, a request each, of those only that may have changed.

    The list has no filter, and does not show the category. So open tickets are always read in detail, and closed ones
    once a week, a seventh of them every day. Without a category there is nothing that the list would not betray.
    """
    closed = closed_statuses(ctx)
    for row in read_all(ctx, "tickets.list", TicketRow):
        is_closed = row.closed_at is not None and row.status.id in closed
        version = _version(ctx, row)
        if (is_closed or not ctx.settings.ticket_category_field) and ctx.knows(row.id, version):
            yield Record(row.id, version=version).unchanged()
            continue
        try:
            category, answered = _category(ctx, row.id), _first_answer(ctx, row)
        except BadSettings:
            continue  # it was deleted since it was listed
        record = Record(row.id, version=version)
        yield contributions(ctx, record, row, row.closed_at if is_closed else None, category, answered)


def contributions(
    ctx: Context,
    record: Record,
    row: TicketRow,
    closed_at: datetime | None,
    category: str | None,
    answered: datetime | None,
) -> Record:
    """Add what a ticket counts for, under its present category."""
    record.add(tickets_created, row.created_at, 1, category=category)
    if category and ctx.settings.is_complaint(category):
        record.add(complaints, row.created_at, 1, category=category)
    record.change(tickets_open, row.created_at, 1, category=category)
    if answered:
        record.add(first_response_time, answered, _seconds(row.created_at, answered), of=1, category=category)
    if closed_at:
        record.add(tickets_closed, closed_at, 1, category=category)
        record.add(resolution_time, closed_at, _seconds(row.created_at, closed_at), of=1, category=category)
        record.change(tickets_open, closed_at, -1, category=category)
    return record


def _version(ctx: Context, row: TicketRow) -> str:
    week = (ctx.day(ctx.now).toordinal() + crc32(row.id.encode())) // REFILED
    return f"{row.model_dump_json()}{week if ctx.settings.ticket_category_field else ''}"


def _category(ctx: Context, key: str) -> str | None:
    if not ctx.settings.ticket_category_field:
        return None
    answer = ctx.http.post("/tickets.info", json={"id": key}).json()
    # The contract shows this one answer without "data" around it, unlike all others.
    fields: list[dict[str, Any]] = answer.get("data", answer).get("custom_fields") or []
    values = [each.get("value") for each in fields if each["definition"]["id"] == ctx.settings.ticket_category_field]
    return str(values[0]) if values and values[0] else None


def _first_answer(ctx: Context, row: TicketRow) -> datetime | None:
    """Return when a colleague first wrote to the client after the ticket was opened.

    What they write among themselves is no answer, nor is the mail that a ticket was made from.
    """
    if row.last_message_at is None or row.last_message_at <= row.created_at:
        return None  # only the client has written
    body = {"id": row.id, "filter": {"type": "customer"}}
    messages = read_all(ctx, "tickets.listMessages", Message, body, key=lambda message: message.message_id)
    sent = [
        each.created_at for each in messages if each.type == "customer" and each.sent_by and each.sent_by.type == "user"
    ]
    return min((at for at in sent if at > row.created_at), default=None)


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())
