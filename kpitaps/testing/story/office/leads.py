"""Somebody gets in touch, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.testing.story.office.deals import deal
from kpitaps.testing.story.office.meetings import meeting
from kpitaps.testing.story.office.people import address, company, person
from kpitaps.testing.story.office.trade import add_client
from kpitaps.testing.story.office_events import LeadCaptured, LeadDeleted, LeadMerged
from kpitaps.testing.story.office_world import LEAD_SOURCES

if TYPE_CHECKING:
    from kpitaps.testing.story.office.desk import Desk, Life

_SOURCE_WEIGHTS = (26, 14, 12, 9, 17, 8, 14)


def lead(desk: Desk, source: str = "") -> Life:
    """A lead comes in: spam, one who is known already, one who is never heard of again, or one with whom we meet."""
    source = source or desk.dice.choices(LEAD_SOURCES, _SOURCE_WEIGHTS)[0]
    fate = desk.dice.random()
    is_private = fate < 0.2
    name, works_at = person(desk), "" if is_private else company(desk)
    who = capture(desk, name, works_at, source)
    if fate < 0.05:
        yield desk.soon(20, 3 * 1_440) if desk.chance(0.7) else desk.later(30, 400)
        desk.tell(LeadDeleted(desk.now, who))
        return
    if fate > 0.95:
        desk.begin(_twin(desk, name, works_at, who), desk.later(0, 60))
    if fate > 0.46:
        yield from _prospect(desk, who, works_at, source)


def capture(desk: Desk, name: str, works_at: str, source: str) -> int:
    """Enter a person."""
    who = desk.next_id()
    desk.tell(LeadCaptured(desk.now, who, name, address(name, who), works_at, source))
    return who


def _twin(desk: Desk, name: str, works_at: str, of: int) -> Life:
    """The same person comes in again, from another address, until somebody notices."""
    again = capture(desk, name, works_at, desk.dice.choice(LEAD_SOURCES))
    yield desk.later(0, 45)
    desk.tell(LeadMerged(desk.now, again, of))


def _prospect(desk: Desk, who: int, works_at: str, source: str) -> Life:
    if desk.chance(0.95):
        yield desk.soon(30, 2 * 1_440)
        met = yield from meeting(desk, who, None)
        if not met and desk.chance(0.5):
            return
    if desk.chance(0.2):
        return
    yield desk.later(0, 6)
    client = add_client(desk, works_at, who)
    yield desk.soon(1, 30)
    pipeline = "wholesale" if desk.chance(0.6) else "machines"
    desk.begin(deal(desk, client, pipeline, source, who))
    if desk.chance(0.75):
        yield desk.later(4, 30)
        yield from meeting(desk, who, client.id)
