"""A meeting is planned, and takes place or not."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.office.staff import somebody, staff
from kpitaps.testing.story.office_events import (
    MeetingCancelled,
    MeetingHeld,
    MeetingMissed,
    MeetingMoved,
    MeetingPlanned,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from kpitaps.testing.story.office.desk import Desk

_LATE = (time(23, 30), time(0, 0), time(23, 59, 59))
_FAR_AHEAD = 0.07


def meeting(desk: Desk, lead: int, client: int | None) -> Generator[datetime, None, bool]:
    """Plan a meeting and see what comes of it; return whether it took place."""
    starts_at = _slot(desk, 45, 150) if desk.chance(_FAR_AHEAD) else _slot(desk, 1, 21)
    day = starts_at.astimezone(desk.founding.zone).date()
    what, rep, minutes = desk.next_id(), somebody(desk, day), desk.dice.choice((30, 45, 60, 60, 90))
    desk.tell(MeetingPlanned(desk.now, what, lead, client, rep, starts_at, minutes))
    while desk.chance(0.14):
        yield _between(desk, starts_at)
        starts_at = _slot(desk, 1, 24)
        if rep not in staff(desk, starts_at.astimezone(desk.founding.zone).date()):
            desk.tell(MeetingCancelled(desk.now, what))
            return False
        desk.tell(MeetingMoved(desk.now, what, starts_at))
    if desk.chance(0.08):
        yield _between(desk, starts_at)
        desk.tell(MeetingCancelled(desk.now, what))
        return False
    yield starts_at + timedelta(minutes=minutes)
    if desk.chance(0.06):
        desk.tell(MeetingMissed(desk.now, what))
        return False
    if desk.chance(0.95):
        yield desk.soon(0, 600)
        desk.tell(MeetingHeld(desk.now, what))
    return True


def _slot(desk: Desk, least: int, most: int) -> datetime:
    """Return a quarter of a working hour, some days from now; now and then an evening's tasting."""
    day = desk.today + timedelta(days=desk.dice.randint(least, most))
    if day.weekday() >= 5:
        day += timedelta(days=7 - day.weekday())
    if desk.chance(0.02):
        return desk.at(day, desk.dice.choice(_LATE))
    return desk.at(day, time(8)) + timedelta(minutes=15 * desk.dice.randrange(38))


def _between(desk: Desk, starts_at: datetime) -> datetime:
    """Return a second after now and not after the beginning."""
    return desk.now + timedelta(seconds=desk.dice.randint(1, int((starts_at - desk.now).total_seconds())))
