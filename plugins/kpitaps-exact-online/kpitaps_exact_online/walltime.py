"""The times that Exact Online tells: wall time of the company, written as if it were UTC.

An entry at 16:31 in Amsterdam comes as ``/Date(…)/`` with the milliseconds of 16:31 UTC. Dates are midnight of the same
kind. Filters are in wall time, too. In the hour that comes twice in autumn nothing tells which of the two is meant.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_MILLISECONDS = re.compile(r"/Date\((-?\d+)\)/")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall time has no offset


def wall_time(value: Any) -> Any:
    """Return what a time of Exact shows on the company's clock, without an offset; anything else as it is."""
    if not isinstance(value, str):
        return value
    if found := _MILLISECONDS.fullmatch(value.strip()):
        return _EPOCH + timedelta(milliseconds=int(found[1]))
    return datetime.fromisoformat(value).replace(tzinfo=None)


def _day(value: Any) -> Any:
    read = wall_time(value)
    return read.date() if isinstance(read, datetime) else read


WallTime = Annotated[datetime, BeforeValidator(wall_time)]
"""A time on the company's clock; it has no offset."""

Day = Annotated[date, BeforeValidator(_day)]
"""A day of the company's calendar."""


def instant(wall: datetime, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the instant at which the company's clock showed ``wall``: of two the later one, if it is not to come."""
    later = wall.replace(tzinfo=zone, fold=1)
    return later if later.astimezone(UTC) <= now else wall.replace(tzinfo=zone)


def wall_before(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the company's clock at an instant, down to the second; in an hour that comes twice, its beginning."""
    wall = at.astimezone(zone).replace(tzinfo=None, fold=0, microsecond=0)
    return wall.replace(minute=0, second=0) if _is_twice(wall, zone) else wall


def wall_after(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the company's clock at an instant, up to the second; in an hour that comes twice, its end."""
    wall = at.astimezone(zone).replace(tzinfo=None, fold=0, microsecond=0) + timedelta(seconds=bool(at.microsecond))
    return wall.replace(minute=0, second=0) + timedelta(hours=1) if _is_twice(wall, zone) else wall


def literal(wall: datetime) -> str:
    """Return wall time as filters take it."""
    return f"datetime'{wall.isoformat()}'"


def _is_twice(wall: datetime, zone: ZoneInfo) -> bool:
    first, second = wall.replace(tzinfo=zone), wall.replace(tzinfo=zone, fold=1)
    # In spring the two differ as well: there the hour does not come at all.
    return (first.utcoffset() or timedelta()) > (second.utcoffset() or timedelta())
