"""What can happen in the office of the same company: wholesale, support, newsletters and hours, as frozen values.

Every instant is aware, in UTC and on a whole second; every amount is in cents, without VAT where it says ``excl``. A
document in another currency carries the rate at which it was booked; ``home`` is what it came to in the company's
currency, rounded half up to a cent. Ids are unique among all entities of the office.
"""

from __future__ import annotations

from dataclasses import fields

from kpitaps.testing.story.document_events import (
    CreditNoteIssued,
    DraftDeleted,
    ExpenseBooked,
    ExpensePaid,
    InvoiceBooked,
    InvoiceDrafted,
    InvoiceLine,
    InvoicePaid,
    SubscriptionEnded,
    SubscriptionStarted,
    Sum,
)
from kpitaps.testing.story.sales_events import (
    ClientAdded,
    DealDeleted,
    DealHanded,
    DealLost,
    DealMoved,
    DealOpened,
    DealReopened,
    DealValued,
    DealWon,
    LeadCaptured,
    LeadDeleted,
    LeadMerged,
    MeetingCancelled,
    MeetingHeld,
    MeetingMissed,
    MeetingMoved,
    MeetingPlanned,
)
from kpitaps.testing.story.service_events import (
    FeedbackGiven,
    NewsletterRead,
    NewsletterSent,
    ProjectBudgeted,
    ProjectStarted,
    SubscriberJoined,
    SubscriberLeft,
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

__all__ = [
    "ClientAdded",
    "CreditNoteIssued",
    "DealDeleted",
    "DealEvent",
    "DealHanded",
    "DealLost",
    "DealMoved",
    "DealOpened",
    "DealReopened",
    "DealValued",
    "DealWon",
    "DraftDeleted",
    "ExpenseBooked",
    "ExpenseEvent",
    "ExpensePaid",
    "FeedbackGiven",
    "InvoiceBooked",
    "InvoiceDrafted",
    "InvoiceEvent",
    "InvoiceLine",
    "InvoicePaid",
    "LeadCaptured",
    "LeadDeleted",
    "LeadEvent",
    "LeadMerged",
    "MeetingCancelled",
    "MeetingEvent",
    "MeetingHeld",
    "MeetingMissed",
    "MeetingMoved",
    "MeetingPlanned",
    "NewsletterEvent",
    "NewsletterRead",
    "NewsletterSent",
    "OfficeEvent",
    "ProjectBudgeted",
    "ProjectStarted",
    "SubscriberJoined",
    "SubscriberLeft",
    "SubscriptionEnded",
    "SubscriptionEvent",
    "SubscriptionStarted",
    "Sum",
    "TicketAnswered",
    "TicketClosed",
    "TicketDeleted",
    "TicketEvent",
    "TicketFiled",
    "TicketOpened",
    "TicketReopened",
    "TimeCorrected",
    "TimeDeleted",
    "TimeEvent",
    "TimeLogged",
    "entity",
]

LeadEvent = LeadCaptured | LeadMerged | LeadDeleted
MeetingEvent = MeetingPlanned | MeetingMoved | MeetingHeld | MeetingCancelled | MeetingMissed
DealEvent = DealOpened | DealMoved | DealValued | DealHanded | DealWon | DealLost | DealReopened | DealDeleted
InvoiceEvent = InvoiceDrafted | InvoiceBooked | InvoicePaid | DraftDeleted | CreditNoteIssued
ExpenseEvent = ExpenseBooked | ExpensePaid
SubscriptionEvent = SubscriptionStarted | SubscriptionEnded
TicketEvent = TicketOpened | TicketFiled | TicketAnswered | TicketClosed | TicketReopened | TicketDeleted
NewsletterEvent = SubscriberJoined | SubscriberLeft | NewsletterSent | NewsletterRead
TimeEvent = ProjectStarted | ProjectBudgeted | TimeLogged | TimeCorrected | TimeDeleted
OfficeEvent = (
    LeadEvent
    | ClientAdded
    | MeetingEvent
    | DealEvent
    | InvoiceEvent
    | ExpenseEvent
    | SubscriptionEvent
    | TicketEvent
    | FeedbackGiven
    | NewsletterEvent
    | TimeEvent
)


def entity(event: OfficeEvent) -> int:
    """Return the id of the lead, deal, invoice or other thing that an event is about."""
    about: int = getattr(event, fields(event)[1].name)
    return about
