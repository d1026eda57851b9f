"""Hours are written down, corrected and deleted."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.dice import poisson
from kpitaps.testing.story.office.staff import staff
from kpitaps.testing.story.office_events import TimeCorrected, TimeDeleted, TimeLogged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from kpitaps.testing.story.office.desk import Desk, Life

_QUARTER = 900
_PER_PERSON = 1.42
_SATURDAY = 0.06


def working_day(desk: Desk, day: date) -> Iterator[tuple[datetime, Life]]:
    """Yield the hours of everybody who works on ``day``, and when they are written down."""
    for rep in staff(desk, day):
        busy = 1.0 if day.weekday() < 5 else _SATURDAY
        start = desk.at(day, time(8)) + timedelta(seconds=_QUARTER * desk.dice.randrange(8))
        for _ in range(poisson(desk.dice, _PER_PERSON * busy * desk.founding.pace)):
            seconds = _QUARTER * desk.dice.randint(1, 14) + (desk.dice.randrange(60) if desk.chance(0.05) else 0)
            if desk.chance(0.01):
                start = desk.at(day, time(23, 30))
            yield _entered(desk, start + timedelta(seconds=seconds)), hours(desk, rep, start, seconds)
            start += timedelta(seconds=seconds)


def hours(desk: Desk, rep: int, start: datetime, seconds: int, vague: float = 0.15) -> Life:
    """Write down hours, with their beginning or, as often as ``vague`` says, only with the day.

    Some are corrected weeks later, or deleted.
    """
    day = start.astimezone(desk.founding.zone).date()
    entry = desk.next_id()
    running = [project.id for project in desk.ledgers.projects if project.until >= day]
    project = desk.dice.choice(running) if running and desk.chance(0.7) else None
    billable = project is not None and desk.chance(0.75)
    began = None if desk.chance(vague) else start
    desk.tell(TimeLogged(desk.now, entry, rep, project, began, day, seconds, billable))
    fate = desk.dice.random()
    if fate < 0.04:
        yield desk.later(0, 4) if desk.chance(0.3) else desk.later(14, 75)
        seconds = max(_QUARTER, seconds + _QUARTER * desk.dice.choice((-4, -2, 0, 1, 3)))
        desk.tell(TimeCorrected(desk.now, entry, seconds, billable=project is not None and desk.chance(0.6)))
    if 0.03 < fate < 0.055:
        yield desk.later(1, 40)
        desk.tell(TimeDeleted(desk.now, entry))


def _entered(desk: Desk, end: datetime) -> datetime:
    """When it is done, mostly; some days later where somebody forgot."""
    late = desk.dice.random()
    days = 0 if late < 0.8 else desk.dice.randint(1, 3) if late < 0.96 else desk.dice.randint(8, 30)
    return end + timedelta(days=days, seconds=desk.dice.randrange(1, 3_600))
