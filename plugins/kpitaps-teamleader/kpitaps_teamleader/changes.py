"""What changed within a span, from lists that can only be asked what changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from kpitaps import Advice, NeedsAuth, RetryLater
from kpitaps_teamleader.paging import read_all
from kpitaps_teamleader.payloads import CreditNote, DealRow, Identified, InvoiceRow, Rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kpitaps import Context, Span

NEVER = "2999-01-01T00:00:00+00:00"

FILTERED = {"invoices": "invoices.list", "deals": "deals.list"}
"""Streams whose lists are filtered by time of change; a filter that is not known is ignored without an error."""


class Changing(Protocol):
    """A row that tells when it last changed."""

    @property
    def updated_at(self) -> datetime:
        """When that was."""


Row = TypeVar("Row", bound=Changing)


def all_invoices(ctx: Context) -> list[InvoiceRow]:
    """Return all invoices as they are listed, drafts included; asked once per run.

    Sorted by number, which no two booked ones of an entity share: rows that tie may change places between two pages.
    """
    body = {"sort": [{"field": "invoice_number", "order": "asc"}]}
    return ctx.once("invoices", lambda: read_all(ctx, "invoices.list", InvoiceRow, body))


def all_credit_notes(ctx: Context) -> list[CreditNote]:
    """Return all credit notes, which are few; asked once per run. Their list cannot be sorted."""
    return ctx.once("credit notes", lambda: read_all(ctx, "creditNotes.list", CreditNote))


def all_deals(ctx: Context) -> list[DealRow]:
    """Return all deals as they are listed; asked once per run."""
    body = {"sort": [{"field": "created_at", "order": "asc"}]}
    return ctx.once("deals", lambda: read_all(ctx, "deals.list", DealRow, body))


def is_newest(ctx: Context, span: Span) -> bool:
    """Return whether the span ends now: then what changed since its start is all there is to ask for."""
    return span.end >= ctx.now


def changed_invoices(ctx: Context, span: Span) -> list[InvoiceRow]:
    """Return the invoices that changed within the span.

    Of history, the list is asked for once and then cut: asking each slice what changed since its start would list
    everything newer again and again.
    """
    if not is_newest(ctx, span):
        return within(all_invoices(ctx), ctx, span)
    body = {"filter": {"updated_since": _since(span)}, "sort": [{"field": "invoice_number", "order": "asc"}]}
    return read_all(ctx, "invoices.list", InvoiceRow, body, must=_changed_since(span))


def changed_deals(ctx: Context, span: Span) -> list[DealRow]:
    """Return the deals that changed within the span."""
    if not is_newest(ctx, span):
        return within(all_deals(ctx), ctx, span)
    body = {"filter": {"updated_since": _since(span)}, "sort": [{"field": "created_at", "order": "asc"}]}
    return read_all(ctx, "deals.list", DealRow, body, must=_changed_since(span))


def within(rows: list[Row], ctx: Context, span: Span) -> list[Row]:
    """Return the rows that changed within the span."""
    return [row for row in rows if is_within(ctx, span, row.updated_at)]


def is_within(ctx: Context, span: Span, at: datetime) -> bool:
    """Return whether an instant is in the span; what happens while we read belongs to the newest one."""
    return span.start <= at and (at < span.end or is_newest(ctx, span))


def ignored_filters(ctx: Context) -> tuple[Advice, ...]:
    """Ask each filtered list what changed in the year 2999: an answer with rows shows that the filter is ignored."""
    return tuple(_advice(stream, operation) for stream, operation in FILTERED.items() if _ignores(ctx, operation))


def refuse_ignored(ctx: Context, stream: str) -> None:
    """Leave a stream's numbers as they are while its filter is ignored.

    Raises:
        RetryLater: if it is.
    """
    for advice in ctx.account.advice:
        if advice.code == _code(stream):
            raise RetryLater(advice.message)


def _ignores(ctx: Context, operation: str) -> bool:
    body = {"filter": {"updated_since": NEVER}, "page": {"size": 1, "number": 1}}
    try:
        reply = ctx.http.post(f"/{operation}", json=body)
    except NeedsAuth:
        return False  # the stream itself will say that it may not be read
    return bool(Rows[Identified].model_validate_json(reply.content).data)


def _advice(stream: str, operation: str) -> Advice:
    message = (
        f"Teamleader ignores the filter updated_since of {operation}: the stream {stream} is not read, and its "
        "figures stay as they are"
    )
    return Advice(_code(stream), message, "Upgrade kpitaps-teamleader; if there is no newer version, report it")


def _code(stream: str) -> str:
    return f"filter_ignored_{stream}"


def _since(span: Span) -> str:
    return span.start.replace(microsecond=0).isoformat()


def _changed_since(span: Span) -> Callable[[Changing], bool]:
    start = span.start.replace(microsecond=0)
    return lambda row: row.updated_at >= start
