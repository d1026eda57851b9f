"""What can happen in service: tickets, surveys, newsletters and hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class TicketOpened:
    """A client has a question or a complaint: ``category`` is one of `TICKET_CATEGORIES`, ``channel`` how it came."""

    at: datetime
    ticket: int
    subject: str
    category: str
    channel: str
    client: int | None


@dataclass(frozen=True, slots=True)
class TicketFiled:
    """A ticket was put into another category."""

    at: datetime
    ticket: int
    category: str


@dataclass(frozen=True, slots=True)
class TicketAnswered:
    """Somebody of the staff wrote to the client."""

    at: datetime
    ticket: int
    rep: int


@dataclass(frozen=True, slots=True)
class TicketClosed:
    """A ticket was closed."""

    at: datetime
    ticket: int


@dataclass(frozen=True, slots=True)
class TicketReopened:
    """A closed ticket is open again."""

    at: datetime
    ticket: int


@dataclass(frozen=True, slots=True)
class TicketDeleted:
    """A ticket was deleted: as if it had never been."""

    at: datetime
    ticket: int


@dataclass(frozen=True, slots=True)
class FeedbackGiven:
    """A survey was answered: ``kind`` is "nps" (0 to 10) or "csat" (1 to 5)."""

    at: datetime
    feedback: int
    kind: str
    score: int


@dataclass(frozen=True, slots=True)
class SubscriberJoined:
    """Somebody subscribed to the newsletter; no lead."""

    at: datetime
    subscriber: int
    email: str


@dataclass(frozen=True, slots=True)
class SubscriberLeft:
    """Somebody unsubscribed, through a newsletter (``campaign``) or in another way."""

    at: datetime
    subscriber: int
    campaign: int | None


@dataclass(frozen=True, slots=True)
class NewsletterSent:
    """A newsletter went out and reached so many."""

    at: datetime
    campaign: int
    name: str
    delivered: int


@dataclass(frozen=True, slots=True)
class NewsletterRead:
    """So many more people opened a newsletter, or clicked in it, for the first time."""

    at: datetime
    campaign: int
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class ProjectStarted:
    """Work for a client began; ``budget`` is in seconds."""

    at: datetime
    project: int
    title: str
    client: int
    budget: int


@dataclass(frozen=True, slots=True)
class ProjectBudgeted:
    """A project's budget was changed to so many seconds."""

    at: datetime
    project: int
    budget: int


@dataclass(frozen=True, slots=True)
class TimeLogged:
    """Somebody wrote down hours.

    Attributes:
        at: When it was entered.
        entry: Its id.
        rep: Who worked.
        project: For which project.
        started_at: When the work began; None where only the day was written down.
        on: The local day of the work.
        seconds: How long.
        billable: Whether the client pays for it.
    """

    at: datetime
    entry: int
    rep: int
    project: int | None
    started_at: datetime | None
    on: date
    seconds: int
    billable: bool


@dataclass(frozen=True, slots=True)
class TimeCorrected:
    """Hours were corrected, maybe long after."""

    at: datetime
    entry: int
    seconds: int
    billable: bool


@dataclass(frozen=True, slots=True)
class TimeDeleted:
    """Hours were deleted."""

    at: datetime
    entry: int
