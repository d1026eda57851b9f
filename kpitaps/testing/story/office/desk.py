"""What all lives in the office share: its agenda and its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.testing.story.agenda import Agenda, Life
from kpitaps.testing.story.office.ledgers import Ledgers
from kpitaps.testing.story.office_events import OfficeEvent

if TYPE_CHECKING:
    from kpitaps.testing.story.books import Founding

__all__ = ["Desk", "Life"]

_FIRST_ID = 41_000


class Desk(Agenda[OfficeEvent]):
    """Leads the lives of leads, deals, invoices, tickets and hours.

    Args:
        founding: What is settled about the company.

    Attributes:
        ledgers: What is remembered of clients, deals and the like.
    """

    def __init__(self, founding: Founding) -> None:
        super().__init__(founding, "office", _FIRST_ID)
        self.ledgers = Ledgers()
