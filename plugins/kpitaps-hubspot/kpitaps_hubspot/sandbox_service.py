"""Tickets, surveys and newsletters as the story makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kpitaps.testing.story.office_events import (
    FeedbackGiven,
    NewsletterRead,
    NewsletterSent,
    TicketAnswered,
    TicketClosed,
    TicketDeleted,
    TicketFiled,
    TicketOpened,
    TicketReopened,
)
from kpitaps_hubspot.sandbox_records import iso, milliseconds, new_thing
from kpitaps_hubspot.sandbox_tables import CLOSED, NEW, TICKET_PIPELINE, WAITING_ON_CONTACT, WAITING_ON_US

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kpitaps_hubspot.sandbox_portal import Portal
    from kpitaps_hubspot.sandbox_records import Thing


@dataclass(slots=True)
class Email:
    """A marketing e-mail with what its readers did so far."""

    id: int
    name: str
    sent: datetime
    counters: dict[str, int] = field(default_factory=dict)

    def count(self, **more: int) -> None:
        """Add to the counters."""
        for name, number in more.items():
            self.counters[name] = self.counters.get(name, 0) + number


def _opened(portal: Portal, event: TicketOpened) -> None:
    ticket = new_thing(
        "tickets",
        event.ticket,
        event.at,
        subject=event.subject,
        hs_pipeline=TICKET_PIPELINE.id,
        hs_pipeline_stage=NEW,
        hs_ticket_category=event.category,
        source_type=event.channel.upper(),
    )
    ticket.companies = [] if event.client is None else [event.client]
    portal.add(ticket)


def _answered(ticket: Thing, event: TicketAnswered) -> None:
    """The date of the first answer is not kept for chats, only how long it took: coverage varies in HubSpot."""
    ticket.put(event.at, hs_pipeline_stage=WAITING_ON_CONTACT, hubspot_owner_id=str(event.rep))
    if ticket.properties.get("time_to_first_agent_reply") is None:
        took = str(milliseconds(event.at) - milliseconds(ticket.created))
        date = None if ticket.properties["source_type"] == "CHAT" else iso(event.at)
        ticket.put(event.at, time_to_first_agent_reply=took, first_agent_reply_date=date)


def _closed(ticket: Thing, event: TicketClosed) -> None:
    took = str(milliseconds(event.at) - milliseconds(ticket.created))
    ticket.put(event.at, hs_pipeline_stage=CLOSED, closed_date=iso(event.at), time_to_close=took)


def _on_ticket(change: Callable[[Thing, Any], None]) -> Callable[[Portal, Any], None]:
    return lambda portal, event: change(portal.things["tickets"][event.ticket], event)


def _feedback(portal: Portal, event: FeedbackGiven) -> None:
    bounds = (9, 7) if event.kind == "nps" else (4, 3)
    group = "PROMOTER" if event.score >= bounds[0] else "PASSIVE" if event.score >= bounds[1] else "DETRACTOR"
    portal.add(
        new_thing(
            "feedback_submissions",
            event.feedback,
            event.at,
            hs_survey_type=event.kind.upper(),
            hs_survey_channel="EMAIL",
            hs_submission_timestamp=iso(event.at),
            hs_value=str(event.score),
            hs_response_group=group,
        )
    )


def _sent(portal: Portal, event: NewsletterSent) -> None:
    email = Email(event.campaign, event.name, event.at)
    email.count(sent=event.delivered, delivered=event.delivered, open=0, click=0, unsubscribed=0)
    portal.emails[event.campaign] = email


HANDLERS: dict[type, Callable[[Portal, Any], None]] = {
    TicketOpened: _opened,
    TicketFiled: _on_ticket(lambda ticket, event: ticket.put(event.at, hs_ticket_category=event.category)),
    TicketAnswered: _on_ticket(_answered),
    TicketClosed: _on_ticket(_closed),
    TicketReopened: _on_ticket(
        lambda ticket, event: ticket.put(
            event.at, hs_pipeline_stage=WAITING_ON_US, closed_date=None, time_to_close=None
        )
    ),
    TicketDeleted: _on_ticket(lambda ticket, event: ticket.archive(event.at)),
    FeedbackGiven: _feedback,
    NewsletterSent: _sent,
    NewsletterRead: lambda portal, event: portal.emails[event.campaign].count(open=event.opened, click=event.clicked),
}
