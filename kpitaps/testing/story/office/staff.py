"""Who works in the office on a day, and what happens when somebody leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.office_events import DealHanded
from kpitaps.testing.story.office_world import REPS

if TYPE_CHECKING:
    from datetime import date

    from kpitaps.testing.story.office.desk import Desk, Life
    from kpitaps.testing.story.office.ledgers import OpenDeal

_STAYED = timedelta(days=420)


def leaving_day(desk: Desk) -> date:
    """Return the day on which whoever is no longer active leaves."""
    return desk.founding.founded + _STAYED


def staff(desk: Desk, day: date) -> list[int]:
    """Return the ids of who works on ``day``."""
    return [rep.id for rep in REPS if rep.is_active or day < leaving_day(desk)]


def somebody(desk: Desk, day: date | None = None) -> int:
    """Return one of who works on ``day``, or today."""
    return desk.dice.choice(staff(desk, day or desk.today))


def leave(desk: Desk) -> Life:
    """Hand over, within two hours, the open deals of who does not work here any more."""
    gone = {rep.id for rep in REPS if not rep.is_active}
    for deal in [deal for deal in desk.ledgers.deals.values() if deal.rep in gone]:
        yield desk.soon(0, 3)
        if deal.id in desk.ledgers.deals:
            hand_over(desk, deal)


def hand_over(desk: Desk, deal: OpenDeal) -> None:
    """Give a deal to another of the staff."""
    deal.rep = desk.dice.choice([rep for rep in staff(desk, desk.today) if rep != deal.rep])
    desk.tell(DealHanded(desk.now, deal.id, deal.rep))
