"""The night in which the clock changes: something happens on both sides of it, so that no log is without."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.dice import clock_change
from kpitaps.testing.story.office.deals import deal_of_a_night
from kpitaps.testing.story.office.expenses import expense
from kpitaps.testing.story.office.hours import hours
from kpitaps.testing.story.office.leads import lead
from kpitaps.testing.story.office.newsletters import join
from kpitaps.testing.story.office.people import company
from kpitaps.testing.story.office.staff import somebody
from kpitaps.testing.story.office.tickets import ticket
from kpitaps.testing.story.office.trade import add_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from kpitaps.testing.story.office.desk import Desk, Life

_HOUR = timedelta(hours=1)


def night_shift(desk: Desk, day: date) -> Iterator[tuple[datetime, Life]]:
    """Yield what begins on ``day`` around the change of the clock, if there is one."""
    change = clock_change(day, desk.founding.zone)
    if change is None:
        return
    for hour in (change - _HOUR, change):
        for life in (lead(desk), ticket(desk, None), join(desk), expense(desk)):
            yield hour + timedelta(seconds=desk.dice.randrange(3_600)), life
    yield change - _HOUR / 2, _deal(desk, change)
    yield change + 2 * _HOUR, hours(desk, somebody(desk, day), change - _HOUR, 7_200, vague=0)


def _deal(desk: Desk, change: datetime) -> Life:
    client = add_client(desk, company(desk), None)
    yield from deal_of_a_night(desk, client, change + _HOUR / 4)
