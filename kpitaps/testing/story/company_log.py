"""A log of one part of a company other than its shop."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from kpitaps.testing.story.log import AnyEvent, Log

if TYPE_CHECKING:
    from kpitaps.testing.story.books import Founding

FIRST_ID_BY_HAND = 900_000_001
"""The ids of what is added by hand begin here; those of a story stay below."""


class CompanyLog(Log[AnyEvent]):
    """What happened in one part of a company since it was founded.

    Args:
        founding: What is settled about the company; its ``pace`` says how much goes on.
    """

    def __init__(self, founding: Founding) -> None:
        super().__init__(founding.founded, founding.zone)
        self.founding = founding
        self._ids_by_hand = count(FIRST_ID_BY_HAND)

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
