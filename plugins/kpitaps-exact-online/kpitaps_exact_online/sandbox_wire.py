"""How Exact Online writes values: OData's verbose JSON, with oddities of its own.

Amounts are JSON numbers. ``/Date(ms)/`` is the division's wall time written as if it were UTC. Codes of accounts are
filled up with spaces on the left: https://start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx?name=CRMAccounts
"""

from __future__ import annotations

from calendar import timegm
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from collections.abc import Callable

_SPACE = UUID("0f6b9a52-7f0c-4f0e-9b0a-3a1c5d7e2b44")
_CODE_WIDTH = 18


class Kind(Enum):
    """What a property holds, in the words of OData."""

    GUID = "Edm.Guid"
    TEXT = "Edm.String"
    WHOLE = "Edm.Int32"
    LONG = "Edm.Int64"
    NUMBER = "Edm.Double"
    DATE = "Edm.DateTime"
    FLAG = "Edm.Boolean"


@dataclass(frozen=True, slots=True)
class Field:
    """A property of an entity.

    Attributes:
        kind: What it holds.
        read: Gets it from what the division holds and one of its things: dates as wall times without a zone, amounts
            as floats, anything as None where there is nothing.
    """

    kind: Kind
    read: Callable[[Any, Any], Any]


Fields = dict[str, Field]


class Refused(Exception):
    """The request cannot be answered: an HTTP status, a text, and the word that stands in the header ``Reason``."""

    def __init__(self, status: int, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.reason = reason


def guid(read: Callable[[Any, Any], Any]) -> Field:
    """Declare a reference."""
    return Field(Kind.GUID, read)


def text(read: Callable[[Any, Any], Any]) -> Field:
    """Declare a text."""
    return Field(Kind.TEXT, read)


def whole(read: Callable[[Any, Any], Any]) -> Field:
    """Declare a whole number."""
    return Field(Kind.WHOLE, read)


def number(read: Callable[[Any, Any], Any]) -> Field:
    """Declare a number that is no whole one: an amount, a percentage."""
    return Field(Kind.NUMBER, read)


def moment(read: Callable[[Any, Any], Any]) -> Field:
    """Declare a wall time or, at midnight, a date."""
    return Field(Kind.DATE, read)


def flag(read: Callable[[Any, Any], Any]) -> Field:
    """Declare a truth."""
    return Field(Kind.FLAG, read)


def absent(kind: Kind, names: str) -> Fields:
    """Declare properties that nothing in this company fills: they are null."""
    return {name: Field(kind, lambda _books, _thing: None) for name in names.split()}


def uid(kind: str, key: object) -> str:
    """Return the GUID under which something is shown."""
    return str(uuid5(_SPACE, f"{kind}/{key}"))


def padded(code: object) -> str:
    """Return an account's code at its full width."""
    return str(code).rjust(_CODE_WIDTH)


def midnight(day: date | None) -> datetime | None:
    """Return a date as Exact keeps it."""
    return None if day is None else datetime.combine(day, time())


def on_wire(kind: Kind, value: Any) -> Any:
    """Return a value as it stands in the JSON."""
    if kind is Kind.DATE and value is not None:
        return f"/Date({timegm(value.timetuple()) * 1000 + value.microsecond // 1000})/"
    return value
