"""What the account holds at an instant: a fold of the story's office, brought up to date as time goes on."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kpitaps.testing.story import (
    ClientAdded,
    CreditNoteIssued,
    DealDeleted,
    DealOpened,
    DraftDeleted,
    ExpenseBooked,
    InvoiceDrafted,
    Mark,
    MeetingCancelled,
    MeetingMissed,
    MeetingPlanned,
    ProjectStarted,
    SubscriptionStarted,
    TicketDeleted,
    TicketOpened,
    TimeDeleted,
    TimeLogged,
    entity,
)
from kpitaps_teamleader.sandbox_things import (
    Deal,
    Expense,
    Hours,
    Invoice,
    Meeting,
    Project,
    Subscription,
    Thing,
    Ticket,
    uid,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from kpitaps.testing.story import Office, OfficeEvent

_BEGINS: dict[type, tuple[str, type[Thing]]] = {
    ClientAdded: ("company", Thing),
    CreditNoteIssued: ("creditNote", Thing),
    DealOpened: ("deal", Deal),
    ExpenseBooked: ("expense", Expense),
    InvoiceDrafted: ("invoice", Invoice),
    MeetingPlanned: ("meeting", Meeting),
    ProjectStarted: ("project", Project),
    SubscriptionStarted: ("subscription", Subscription),
    TicketOpened: ("ticket", Ticket),
    TimeLogged: ("timeTracking", Hours),
}
_ENDS = (DealDeleted, DraftDeleted, MeetingCancelled, MeetingMissed, TicketDeleted, TimeDeleted)
"""After these a thing is gone, as if it had never been; a meeting that does not take place leaves the calendar."""


class Books:
    """The account's present.

    Args:
        office: What happened.
        departments: Names and currencies of the legal entities, the default one first.
    """

    def __init__(self, office: Office, departments: Sequence[tuple[str, str]]) -> None:
        self._office = office
        self.departments = departments
        self.zone = ZoneInfo(office.zone)
        self.currency = office.currency
        self._mark = Mark()
        self._clear()

    def move_to(self, now: datetime) -> None:
        """Take in what happened up to ``now``; anew where the past was changed or the clock put back."""
        self.now = now
        self._mark, events = self._office.read(self._mark, now)
        if self._mark.fresh:
            self._clear()
        for event in events:
            self._apply(event)

    def all(self, kind: str) -> Mapping[str, Any]:
        """Return the things of a kind by their UUID, in the order in which they were entered."""
        return self._things[kind]

    def _clear(self) -> None:
        self._things: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self._kind_of: dict[int, str] = {}

    def _apply(self, event: OfficeEvent) -> None:
        number = entity(event)
        if type(event) in _BEGINS:
            kind, make = _BEGINS[type(event)]
            self._kind_of[number] = kind
            self._things[kind][uid(kind, number)] = make(event, event.at)
        kind = self._kind_of.get(number, "")
        if not kind:
            return  # a lead, a newsletter: nothing that this system holds
        things, key = self._things[kind], uid(kind, number)
        if isinstance(event, CreditNoteIssued):
            self._credit(event)
        elif isinstance(event, _ENDS):
            things.pop(key, None)
        elif type(event) not in _BEGINS and key in things:
            things[key].apply(event)

    def _credit(self, note: CreditNoteIssued) -> None:
        invoice = self._things["invoice"].get(uid("invoice", note.invoice))
        if invoice is not None:
            invoice.notes.append(note)
