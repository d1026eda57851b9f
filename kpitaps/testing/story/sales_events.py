"""What can happen in sales: leads, clients, meetings and deals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.testing.story.document_events import Sum


@dataclass(frozen=True, slots=True)
class LeadCaptured:
    """Somebody got in touch for the first time.

    Attributes:
        at: When.
        lead: Id of the person.
        name: Their name.
        email: Their address.
        company: Where they work; empty for a private person.
        source: One of `LEAD_SOURCES`.
    """

    at: datetime
    lead: int
    name: str
    email: str
    company: str
    source: str


@dataclass(frozen=True, slots=True)
class LeadMerged:
    """Two entries turned out to be one person: ``lead`` is gone, ``into`` stays."""

    at: datetime
    lead: int
    into: int


@dataclass(frozen=True, slots=True)
class LeadDeleted:
    """A person was deleted: spam, or on their own request."""

    at: datetime
    lead: int


@dataclass(frozen=True, slots=True)
class ClientAdded:
    """A company to do business with was entered."""

    at: datetime
    client: int
    name: str
    country: str
    lead: int | None


@dataclass(frozen=True, slots=True)
class MeetingPlanned:
    """A meeting was put into the calendar; ``lead`` is whom it is with, ``rep`` who goes."""

    at: datetime
    meeting: int
    lead: int
    client: int | None
    rep: int
    starts_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class MeetingMoved:
    """A meeting was put off or brought forward."""

    at: datetime
    meeting: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class MeetingHeld:
    """A meeting took place and was ticked off."""

    at: datetime
    meeting: int


@dataclass(frozen=True, slots=True)
class MeetingCancelled:
    """A meeting was called off: it is no meeting."""

    at: datetime
    meeting: int


@dataclass(frozen=True, slots=True)
class MeetingMissed:
    """Nobody came: it is no meeting either."""

    at: datetime
    meeting: int


@dataclass(frozen=True, slots=True)
class DealOpened:
    """A deal was entered.

    Attributes:
        at: When.
        deal: Its id.
        title: What people call it.
        client: With whom.
        lead: Whom it came from.
        rep: Who works on it.
        pipeline: Key of `PIPELINES`.
        stage: Key of one of its stages.
        value: Without VAT; None where nobody estimated it.
        probability: Percent.
        source: One of `LEAD_SOURCES`.
        expected_on: When it should close.
    """

    at: datetime
    deal: int
    title: str
    client: int
    lead: int | None
    rep: int
    pipeline: str
    stage: str
    value: Sum | None
    probability: int
    source: str
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class DealMoved:
    """A deal got to another stage, with the chance of that stage or one that somebody set."""

    at: datetime
    deal: int
    stage: str
    probability: int


@dataclass(frozen=True, slots=True)
class DealValued:
    """A deal's value was estimated anew."""

    at: datetime
    deal: int
    value: Sum


@dataclass(frozen=True, slots=True)
class DealHanded:
    """Somebody else works on a deal from now on."""

    at: datetime
    deal: int
    rep: int


@dataclass(frozen=True, slots=True)
class DealWon:
    """A deal was won."""

    at: datetime
    deal: int


@dataclass(frozen=True, slots=True)
class DealLost:
    """A deal was lost."""

    at: datetime
    deal: int
    reason: str


@dataclass(frozen=True, slots=True)
class DealReopened:
    """A deal that was lost or won is open again."""

    at: datetime
    deal: int
    stage: str
    probability: int


@dataclass(frozen=True, slots=True)
class DealDeleted:
    """A deal was deleted: as if it had never been."""

    at: datetime
    deal: int
