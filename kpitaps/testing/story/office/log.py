"""The office's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.testing.story.company_log import CompanyLog
from kpitaps.testing.story.office.arrivals import arrivals
from kpitaps.testing.story.office.desk import Desk
from kpitaps.testing.story.office_events import OfficeEvent, entity

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.testing.story.books import Founding


class Office(CompanyLog[OfficeEvent]):
    """What happened in the office of a company since it was founded.

    Every local day has dice of its own, seeded from (seed, "office", day), and days are led through in order.

    Args:
        founding: What is settled about the company; its ``pace`` says how much goes on.
    """

    def __init__(self, founding: Founding) -> None:
        super().__init__(founding)
        self._desk = Desk(founding)

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
