"""Contacts: who became a lead and where they came from, and who receives the e-mails.

A contact is a lead on the day it was created, unless its lifecycle stage is one that the settings call no lead. Two
contacts that were merged are one; the one that was given up is found missing by its id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import VOCABULARY, Record
from kpitaps_hubspot import objects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from kpitaps import Context, Span
    from kpitaps_hubspot.payloads import Row

KIND = "contacts"
PROPERTIES = ("createdate", "lifecyclestage", "hs_analytics_source", "hs_marketable_status", "hs_email_optout")
HISTORIES = ("hs_marketable_status", "hs_email_optout")
SUBSCRIBER = "subscriber"
"""HubSpot's lifecycle stage of those who only want to be written to."""

leads = VOCABULARY["leads"]
subscribers = VOCABULARY["subscribers"]
FEEDS = [leads, subscribers]


def read(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the contacts that changed or were deleted within the span."""
    yield from objects.gone(ctx, KIND, span)
    for rows in objects.changed(ctx, KIND, span, PROPERTIES):
        told = [row.id for row in rows if row.text("hs_marketable_status") or row.text("hs_email_optout")]
        with_past = {row.id: row for row in objects.in_full(ctx, KIND, told, PROPERTIES, HISTORIES)}
        for row in rows:
            yield contributions(with_past.get(row.id, row), ctx.settings.not_leads)


def contributions(row: Row, not_leads: Collection[str]) -> Record:
    """Return what a contact adds."""
    record = Record(row.id, row.updated_at)
    created = row.instant("createdate")
    stage = row.text("lifecyclestage")
    if created is not None and stage not in not_leads:
        record.add(leads, created, 1, lead_source=source(row))
    received = False
    for at, receives in subscription(row, created):
        if receives is not received:
            record.change(subscribers, at, 1 if receives else -1)
        received = receives
    return record


def subscription(row: Row, created: datetime | None) -> Iterator[tuple[datetime, bool]]:
    """Yield from when on the marketing e-mails are sent to a contact, and from when on they are not.

    They are sent to marketing contacts who have not opted out. In accounts without marketing contacts, subscribers by
    lifecycle stage stand for them.
    """
    by_stage = row.text("hs_marketable_status") is None and not row.versions("hs_marketable_status")
    markets = by_stage and row.text("lifecyclestage") == SUBSCRIBER
    opted_out = False
    if created is not None and markets:
        yield created, True
    changes = [(version.timestamp, name, version.value) for name in HISTORIES for version in row.versions(name)]
    for at, name, value in sorted(changes, key=lambda change: change[0]):
        if name == "hs_marketable_status":
            markets = value == "true"
        else:
            opted_out = value == "true"
        yield at, markets and not opted_out


def source(row: Row) -> str | None:
    """Return where a contact or a deal came from: HubSpot's original source in lower case."""
    text = row.text("hs_analytics_source")
    return None if text is None else text.lower()
