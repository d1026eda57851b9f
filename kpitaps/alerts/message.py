"""What an alert says: text with holes, which whoever watches fills in when it fires."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from typing import TYPE_CHECKING

from kpitaps.kpis import MULTIPLES
from kpitaps.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping


class Look(StrEnum):
    """How a number is shown."""

    MONEY = "money"
    NUMBER = "number"
    SHARE = "share"
    TIMES = "times"
    """A number of times something else: 1.5 ×."""
    LENGTH = "length"
    """Seconds, as a length of time."""
    DAY = "day"
    """Seconds since 1970 somewhere in a day, as its date."""


_LOOKS = {
    Unit.MONEY: Look.MONEY,
    Unit.COUNT: Look.NUMBER,
    Unit.SCORE: Look.NUMBER,
    Unit.RATIO: Look.SHARE,
    Unit.DURATION: Look.LENGTH,
}


def look_of(kpi: str, unit: Unit) -> Look:
    """Return how the values of a KPI are shown, given its key and unit."""
    return Look.TIMES if unit is Unit.RATIO and kpi in MULTIPLES else _LOOKS[unit]


@dataclass(frozen=True, slots=True)
class Own:
    """The value that the rule watches.

    Attributes:
        look: How it is shown.
        currency: ISO 4217 code for money, else empty.
        whole: Whether large numbers keep their decimals.
    """

    look: Look
    currency: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The value of another query at the same moment.

    Attributes:
        query: PromQL that has one result at most, and at least one label on it.
        look: How it is shown.
        currency: ISO 4217 code for money, else empty.
        before: Text before it, left out with it.
        after: Text behind it, likewise.
        otherwise: What stands there if it has no result.
    """

    query: str
    look: Look
    currency: str = ""
    before: str = ""
    after: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class LabelValue:
    """The value of one of the alert's labels."""

    label: str


Piece = str | Own | Asked | LabelValue
Text = tuple[Piece, ...]


def composed(template: str, **pieces: Piece) -> Text:
    """Return ``template`` with a piece in place of each ``{name}``."""
    return tuple(_parts(template, pieces))


def _parts(template: str, pieces: Mapping[str, Piece]) -> list[Piece]:
    found: list[Piece] = []
    for text, name, _, _ in Formatter().parse(template):
        found += [text] if text else []
        found += [] if name is None else [pieces[name]]
    return [piece for piece in found if piece != ""]


def asked(text: Text) -> tuple[Asked, ...]:
    """Return the queries that a text needs, in their order."""
    return tuple(piece for piece in text if isinstance(piece, Asked))
