"""How Teamleader writes references, money and times; see https://developer.focus.teamleader.eu/docs/api for more."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from kpitaps_teamleader.sandbox_things import uid

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from kpitaps.testing.story import Sum

Row = dict[str, Any]


def ref(kind: str, key: object, *, type_: str = "") -> Row:
    """Return a reference to something."""
    return {"type": type_ or kind, "id": uid(kind, key)}


def money(cents: int, currency: str) -> Row:
    """Return an amount; Teamleader writes a JSON number, not text."""
    return {"amount": cents / 100, "currency": currency}


def rate(amount: Sum, home: str) -> Row:
    """Return the rate from a document's currency to the account's."""
    return {"from": amount.currency, "to": home, "rate": float(amount.rate)}


def stamp(at: datetime) -> str:
    """Return an instant with an offset."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def midnight(day: date, zone: ZoneInfo) -> str:
    """Return the instant at which a local day begins, with the offset of UTC: its date there is often another one."""
    return stamp(datetime.combine(day, time(), zone))


def local(at: datetime, zone: ZoneInfo) -> str:
    """Return a time of the account's zone without saying so."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def day(value: date | None) -> str | None:
    """Return a date."""
    return None if value is None else value.isoformat()


def taxes(excl: int, incl: int, currency: str) -> list[Row]:
    """Return the tax of a document in one sum."""
    return [{"rate": 0.21, "taxable": money(excl, currency), "tax": money(incl - excl, currency)}]
