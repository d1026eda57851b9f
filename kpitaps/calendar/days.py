"""Instants and the local days they fall on.

A day is the account's own: 23 or 25 hours long where the clock changes, never "24 hours ago".
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kpitaps.errors import TapBug


def utc(instant: datetime) -> datetime:
    """Return ``instant`` in UTC.

    Raises:
        TapBug: if ``instant`` is naive: without an offset nobody knows which day it falls on.
    """
    if instant.tzinfo is None:
        raise TapBug(f"{instant.isoformat()} has no UTC offset: read it in the zone the vendor documents")
    return instant.astimezone(UTC)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day on which ``instant`` falls in ``zone``.

    Raises:
        TapBug: if ``instant`` is naive.
    """
    if instant.tzinfo is None:
        raise TapBug(f"{instant.isoformat()} has no UTC offset: read it in the zone the vendor documents")
    return instant.astimezone(zone).date()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of ``day`` in ``zone``, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant after ``day`` in ``zone``, in UTC: the next local midnight."""
    return day_start(day + timedelta(days=1), zone)


def is_zone(name: object) -> bool:
    """Return whether ``name`` is the IANA name of a time zone that is known here."""
    try:
        ZoneInfo(name)  # type: ignore[arg-type]
    # OSError: "Europe" is a folder among the zones.
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        return False
    return True
