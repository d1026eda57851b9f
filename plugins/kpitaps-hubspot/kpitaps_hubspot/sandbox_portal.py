"""What the portal looks like at an instant: the story's office events, folded into HubSpot's records."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kpitaps.testing.story import Mark
from kpitaps_hubspot import sandbox_contacts, sandbox_sales, sandbox_service

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps.testing import Story
    from kpitaps_hubspot.sandbox_records import Thing
    from kpitaps_hubspot.sandbox_service import Email

_HANDLERS = {**sandbox_contacts.HANDLERS, **sandbox_sales.HANDLERS, **sandbox_service.HANDLERS}


class Portal:
    """The portal's present, kept up to date with its story.

    Args:
        story: What happened.

    Attributes:
        things: Records by object type and id, archived ones included.
        merged: Ids that lead to another record since a merge.
        emails: Marketing e-mails by id.
    """

    def __init__(self, story: Story) -> None:
        self._office = story.office
        self._mark = Mark()
        self._clear()

    def move_to(self, now: datetime) -> None:
        """Take in what happened up to ``now``; anew where the past was changed or the clock put back."""
        self._mark, events = self._office.read(self._mark, now)
        if self._mark.fresh:
            self._clear()
        for event in events:
            if (handle := _HANDLERS.get(type(event))) is not None:
                handle(self, event)
        if events:
            self._sorted.clear()

    def add(self, thing: Thing) -> None:
        """Take in a new record."""
        self.things[thing.kind][thing.id] = thing

    def sorted(self, kind: str) -> list[Thing]:
        """Return all records of a type, archived ones included, by id."""
        if kind not in self._sorted:
            self._sorted[kind] = [thing for _, thing in sorted(self.things[kind].items())]
        return self._sorted[kind]

    def find(self, kind: str, number: int) -> Thing | None:
        """Return the record with an id, or the one it was merged into; None if there is none or it is archived."""
        thing = self.things[kind].get(number)
        while thing is None and number in self.merged:
            number = self.merged[number]
            thing = self.things[kind].get(number)
        return None if thing is None or thing.archived else thing

    def _clear(self) -> None:
        self.things: defaultdict[str, dict[int, Thing]] = defaultdict(dict)
        self.merged: dict[int, int] = {}
        self.emails: dict[int, Email] = {}
        self._sorted: dict[str, list[Thing]] = {}
