"""Tickets: opened, answered, closed, and how long that took.

HubSpot's own durations are in milliseconds, also where their name says hours, and many tickets lack them. Dates are
taken where there are any.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from kpitaps import VOCABULARY, BadSettings, Record
from kpitaps_hubspot import objects
from kpitaps_hubspot.account import is_denied
from kpitaps_hubspot.directory import Board, board

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from kpitaps import Context, Span
    from kpitaps_hubspot.payloads import Row

KIND = "tickets"
PROPERTIES = (
    *("createdate", "closed_date", "hs_pipeline_stage", "source_type"),
    *("first_agent_reply_date", "time_to_first_agent_reply"),
)

tickets_created = VOCABULARY["tickets_created"]
complaints = VOCABULARY["complaints"]
tickets_closed = VOCABULARY["tickets_closed"]
tickets_open = VOCABULARY["tickets_open"]
resolution_time = VOCABULARY["resolution_time"]
first_response_time = VOCABULARY["first_response_time"]
FEEDS = [tickets_created, complaints, tickets_closed, tickets_open, resolution_time, first_response_time]


def read(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the tickets that changed or were deleted within the span.

    Raises:
        BadSettings: if tickets have no such property for their category: HubSpot leaves it out without a word.
    """
    if is_denied(ctx, KIND):
        return
    yield from objects.gone(ctx, KIND, span)
    properties = (*PROPERTIES, ctx.settings.ticket_category)
    for rows in objects.changed(ctx, KIND, span):
        for row in objects.in_full(ctx, KIND, (row.id for row in rows), properties):
            if ctx.settings.ticket_category not in row.properties:
                raise BadSettings(
                    f"HubSpot's tickets have no property {ctx.settings.ticket_category}: give the setting "
                    "ticket_category the internal name of the one that holds the category"
                )
            category = row.text(ctx.settings.ticket_category)
            yield contributions(row, board(ctx, KIND), category, ctx.settings.complaint_categories)


def contributions(row: Row, known: Board, category: str | None, complaint: Collection[str]) -> Record:
    """Return what a ticket adds; of several categories in one property each may make it a complaint."""
    record = Record(row.id, row.updated_at)
    created = row.instant("createdate") or row.updated_at
    channel = (row.text("source_type") or "").lower()
    record.add(tickets_created, created, 1, category=category, contact_channel=channel)
    if not {*(category or "").split(";")}.isdisjoint(complaint):
        record.add(complaints, created, 1, category=category, contact_channel=channel)
    record.change(tickets_open, created, 1, category=category)
    closed = close_of(row, known)
    if closed is not None:
        record.change(tickets_open, closed, -1, category=category).add(tickets_closed, closed, 1, category=category)
        record.add(resolution_time, closed, _seconds(created, closed), of=1, category=category)
    answered = first_answer(row, created)
    if answered is not None:
        record.add(first_response_time, answered, _seconds(created, answered), of=1, category=category)
    return record


def close_of(row: Row, known: Board) -> datetime | None:
    """Return when a ticket was closed, if it still is: one that was opened again may keep its old date."""
    stage = known.stages.get(row.text("hs_pipeline_stage") or "")
    closed = row.instant("closed_date")
    if stage is None:
        return closed
    return closed or row.updated_at if stage.is_closed else None


def first_answer(row: Row, created: datetime) -> datetime | None:
    """Return when somebody answered first; where HubSpot keeps no date of it, from how long it took."""
    took = row.number("time_to_first_agent_reply")
    later = None if took is None else created + timedelta(milliseconds=int(took))
    return row.instant("first_agent_reply_date") or later


def _seconds(start: datetime, end: datetime) -> Decimal:
    """Return a duration; an imported ticket may be dated after its own end, which then took no time."""
    return max(Decimal(0), Decimal((end - start) // timedelta(milliseconds=1)) / 1000)
