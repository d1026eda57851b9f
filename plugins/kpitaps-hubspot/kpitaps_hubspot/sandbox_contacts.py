"""Contacts as the story makes them: leads, merged and deleted ones, and subscribers of the newsletter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps.testing.story.office_events import (
    ClientAdded,
    LeadCaptured,
    LeadDeleted,
    LeadMerged,
    SubscriberJoined,
    SubscriberLeft,
)
from kpitaps_hubspot.sandbox_records import new_thing
from kpitaps_hubspot.sandbox_tables import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps_hubspot.sandbox_portal import Portal


def _captured(portal: Portal, event: LeadCaptured) -> None:
    first, _, last = event.name.partition(" ")
    portal.add(
        new_thing(
            "contacts",
            event.lead,
            event.at,
            email=event.email,
            firstname=first,
            lastname=last,
            company=event.company or None,
            lifecyclestage="lead",
            hs_analytics_source=SOURCES[event.source],
            hs_marketable_status="false",
        )
    )


def _merged(portal: Portal, event: LeadMerged) -> None:
    """The loser is gone without a trace; its id leads to the winner from then on."""
    loser = portal.things["contacts"].pop(event.lead)
    portal.merged[event.lead] = event.into
    portal.things["contacts"][event.into].put(event.at, hs_merged_object_ids=str(loser.id))


def _deleted(portal: Portal, event: LeadDeleted) -> None:
    portal.things["contacts"][event.lead].archive(event.at)


def _client(portal: Portal, event: ClientAdded) -> None:
    portal.add(new_thing("companies", event.client, event.at, name=event.name, country=event.country))
    contact = portal.things["contacts"].get(portal.merged.get(event.lead or 0, event.lead or 0))
    if contact is not None:
        contact.put(event.at, lifecyclestage="opportunity")


def _joined(portal: Portal, event: SubscriberJoined) -> None:
    values = {"lifecyclestage": "subscriber", "hs_analytics_source": "DIRECT_TRAFFIC", "hs_marketable_status": "true"}
    portal.add(new_thing("contacts", event.subscriber, event.at, email=event.email, **values))


def _left(portal: Portal, event: SubscriberLeft) -> None:
    portal.things["contacts"][event.subscriber].put(event.at, hs_email_optout="true")
    if event.campaign is not None:
        portal.emails[event.campaign].count(unsubscribed=1)


HANDLERS: dict[type, Callable[[Portal, Any], None]] = {
    ClientAdded: _client,
    LeadCaptured: _captured,
    LeadDeleted: _deleted,
    LeadMerged: _merged,
    SubscriberJoined: _joined,
    SubscriberLeft: _left,
}
