"""The office's log."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from kpitaps.testing.story.log import Log
from kpitaps.testing.story.office.arrivals import arrivals
from kpitaps.testing.story.office.desk import Desk
from kpitaps.testing.story.office_events import OfficeEvent, entity

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.testing.story.books import Founding

_FIRST_ID_BY_HAND = 900_000_001


class Office(Log[OfficeEvent]):
    """What happened in the office of a company since it was founded.

    Every local day has dice of its own, seeded from (seed, "office", day), and days are led through in order.

    Args:
        founding: What is settled about the company; its ``pace`` says how much goes on.
    """

    def __init__(self, founding: Founding) -> None:
        super().__init__(founding.founded, founding.zone)
        self.founding = founding
        self._desk = Desk(founding)
        self._ids_by_hand = count(_FIRST_ID_BY_HAND)

    @property
    def name(self) -> str:
        """What the company is called."""
        return self.founding.name

    @property
    def zone(self) -> str:
        """The IANA name of the company's time zone."""
        return self.founding.zone.key

    @property
    def currency(self) -> str:
        """The ISO 4217 code in which the company keeps its books."""
        return self.founding.currency

    def next_id(self) -> int:
        """Return an id for something to be appended by hand; no story ever uses it."""
        with self._lock:
            return next(self._ids_by_hand)

    def cut(self, entity_id: int, after: datetime) -> None:
        """Take out what the story had in store for an entity after an instant, so that a test can go on by hand.

        Only events *of* the entity go: what would later refer to it, such as an invoice of a deal, stays.
        """
        with self._lock:
            self._drop(lambda event: entity(event) == entity_id, after)

    def _plan(self, day: date) -> list[OfficeEvent]:
        self._desk.open_day(day)
        for at, life in arrivals(self._desk, day):
            self._desk.begin(life, at)
        return self._desk.close_day(day)
