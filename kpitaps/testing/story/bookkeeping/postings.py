"""What entries are made of before they are booked, and what stays open of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from kpitaps.testing.story.document_events import Sum


class Party(NamedTuple):
    """A client or a supplier."""

    id: int | None = None
    name: str = ""


NOBODY = Party()


class Posting(NamedTuple):
    """A line before it is booked: its fields are those of `BookLine`."""

    gl: str
    cents: int
    text: str = ""
    product: str = ""
    party: Party = NOBODY
    due: date | None = None
    foreign: Sum | None = None


@dataclass(slots=True)
class Item:
    """A line of receivables or payables, and how many of its cents are still open; signed as booked."""

    line: int
    on: date
    left: int
