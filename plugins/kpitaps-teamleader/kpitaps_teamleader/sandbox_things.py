"""Deals, invoices, tickets and the rest, each as the story's events have made it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from kpitaps.testing.story import (
    REPS,
    DealHanded,
    DealLost,
    DealMoved,
    DealReopened,
    DealValued,
    DealWon,
    ExpensePaid,
    InvoiceBooked,
    InvoicePaid,
    MeetingHeld,
    MeetingMoved,
    ProjectBudgeted,
    SubscriptionEnded,
    TicketAnswered,
    TicketClosed,
    TicketFiled,
    TicketReopened,
    TimeCorrected,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.testing.story import CreditNoteIssued

_SPACE = UUID("6f2b8c1e-0d57-4b52-9a3f-7e1d64c0a911")

WON, LOST = "won", "lost"
"""Keys of the two phases that every pipeline ends with."""


def uid(kind: str, key: object) -> str:
    """Return the UUID under which Teamleader shows something."""
    return str(uuid5(_SPACE, f"{kind}/{key}"))


@dataclass(slots=True)
class Thing:
    """Something that the API shows.

    Attributes:
        began: The event that it began with.
        updated_at: When it last changed.
    """

    began: Any
    updated_at: datetime

    def apply(self, event: Any) -> None:
        """Take in what happened next."""
        self.updated_at = max(self.updated_at, event.at)


@dataclass(slots=True)
class Deal(Thing):
    """A deal; its phases are (key, since when), those of winning and losing included."""

    rep: int = 0
    probability: int = 0
    value: Any = None
    status: str = "open"
    closed_at: datetime | None = None
    reason: str | None = None
    phases: list[tuple[str, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rep, self.probability, self.value = self.began.rep, self.began.probability, self.began.value
        self.phases.append((self.began.stage, self.began.at))

    def apply(self, event: Any) -> None:
        """Take in what happened next."""
        Thing.apply(self, event)
        match event:
            case DealMoved() | DealReopened():
                self.status, self.closed_at, self.reason = "open", None, None
                self.probability = event.probability
                self.phases.append((event.stage, event.at))
            case DealValued():
                self.value = event.value
            case DealHanded():
                self.rep = event.rep
            case DealWon() | DealLost():
                self.status = WON if isinstance(event, DealWon) else LOST
                self.closed_at, self.reason = event.at, getattr(event, "reason", None)
                self.phases.append((self.status, event.at))


@dataclass(slots=True)
class Invoice(Thing):
    """An invoice with its payments, and the notes that credit it."""

    booked: InvoiceBooked | None = None
    payments: list[InvoicePaid] = field(default_factory=list)
    notes: list[CreditNoteIssued] = field(default_factory=list)

    @property
    def due(self) -> int:
        """Cents of its own currency that are still to be paid."""
        settled = sum(payment.cents for payment in self.payments) + sum(note.incl.cents for note in self.notes)
        total: int = self.began.incl.cents
        return max(0, total - settled)

    @property
    def paid_on(self) -> date | None:
        """The day on which it was settled; None while it is not."""
        if not self.booked or self.due:
            return None
        days = [*(payment.on for payment in self.payments), *(note.on for note in self.notes)]
        return max(days, default=self.booked.on)

    def apply(self, event: Any) -> None:
        """Take in what happened next."""
        Thing.apply(self, event)
        if isinstance(event, InvoiceBooked):
            self.booked = event
        elif isinstance(event, InvoicePaid):
            self.payments.append(event)


@dataclass(slots=True)
class Expense(Thing):
    """A supplier's document with its payments."""

    payments: list[ExpensePaid] = field(default_factory=list)

    def apply(self, event: Any) -> None:
        """Take in what happened next."""
        Thing.apply(self, event)
        self.payments.append(event)


@dataclass(slots=True)
class Subscription(Thing):
    """A subscription and its last day."""

    ends_on: date | None = None

    def __post_init__(self) -> None:
        self.ends_on = self.began.ends_on

    def apply(self, event: Any) -> None:
        """Take in what happened next."""
        Thing.apply(self, event)
        if isinstance(event, SubscriptionEnded):
            self.ends_on = event.ends_on


@dataclass(slots=True)
class Meeting(Thing):
    """A meeting and when it is."""

    starts_at: Any = None
    is_done: bool = False

    def __post_init__(self) -> None:
        self.starts_at = self.began.starts_at

    def apply(self, event: Any) -> None:
        """Take in what happened next."""
        Thing.apply(self, event)
        if isinstance(event, MeetingMoved):
            self.starts_at = event.starts_at
        self.is_done = self.is_done or isinstance(event, MeetingHeld)


@dataclass(slots=True)
class Ticket(Thing):
    """A ticket; its messages are (type, when, whose rep, or None for the client)."""

    category: str = ""
    closed_at: datetime | None = None
    messages: list[tuple[str, datetime, int | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.category = self.began.category
        self.messages.append(("customer", self.began.at, None))

    def apply(self, event: Any) -> None:
        """Take in what happened next."""
        Thing.apply(self, event)
        match event:
            case TicketFiled():
                self.category = event.category
                # Colleagues discuss it where the client does not see it: that is no answer.
                self.messages.append(("internal", event.at, REPS[0].id))
            case TicketAnswered():
                self.messages.append(("customer", event.at, event.rep))
            case TicketClosed() | TicketReopened():
                self.closed_at = event.at if isinstance(event, TicketClosed) else None


@dataclass(slots=True)
class Hours(Thing):
    """Hours that somebody wrote down."""

    seconds: int = 0
    billable: bool = False

    def __post_init__(self) -> None:
        self.seconds, self.billable = self.began.seconds, self.began.billable

    def apply(self, event: Any) -> None:
        """Take in what happened next."""
        Thing.apply(self, event)
        if isinstance(event, TimeCorrected):
            self.seconds, self.billable = event.seconds, event.billable


@dataclass(slots=True)
class Project(Thing):
    """A project and its budget."""

    budget: int = 0

    def __post_init__(self) -> None:
        self.budget = self.began.budget

    def apply(self, event: Any) -> None:
        """Take in what happened next."""
        Thing.apply(self, event)
        if isinstance(event, ProjectBudgeted):
            self.budget = event.budget
