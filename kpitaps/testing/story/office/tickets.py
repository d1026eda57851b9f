"""A ticket is opened, filed, answered and closed, and the client says what they think of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.testing.story.office.staff import somebody
from kpitaps.testing.story.office.tables import SUBJECTS
from kpitaps.testing.story.office_events import (
    FeedbackGiven,
    TicketAnswered,
    TicketClosed,
    TicketDeleted,
    TicketFiled,
    TicketOpened,
    TicketReopened,
)
from kpitaps.testing.story.office_world import TICKET_CATEGORIES, TICKET_CHANNELS

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps.testing.story.office.desk import Desk, Life

_CATEGORY_WEIGHTS = (30, 16, 24, 16, 14)
_CHANNEL_WEIGHTS = (50, 25, 15, 10)
_NPS = (1, 0, 1, 1, 1, 3, 4, 12, 22, 28, 27)
_CSAT = (5, 6, 13, 38, 38)


def ticket(desk: Desk, client: int | None, category: str = "") -> Life:
    """Open a ticket and see it through."""
    category = category or desk.dice.choices(TICKET_CATEGORIES, _CATEGORY_WEIGHTS)[0]
    channel = desk.dice.choices(TICKET_CHANNELS, _CHANNEL_WEIGHTS)[0]
    what = desk.next_id()
    desk.tell(TicketOpened(desk.now, what, desk.dice.choice(SUBJECTS[category]), category, channel, client))
    if desk.chance(0.03):
        yield desk.soon(10, 4 * 1_440)
        desk.tell(TicketDeleted(desk.now, what))
        return
    if desk.chance(0.12):
        yield desk.soon(5, 600)
        desk.tell(TicketFiled(desk.now, what, _another(desk, category)))
    yield from _answer(desk, what, desk.dice.choices((0, 1, 2, 3, 6), (10, 46, 26, 13, 5))[0])
    if desk.chance(0.05):
        return
    yield from _close(desk, what)
    while desk.chance(0.1):
        yield desk.later(0, 14)
        desk.tell(TicketReopened(desk.now, what))
        yield from _answer(desk, what, desk.dice.choice((0, 1, 2)))
        if desk.chance(0.08):
            return
        yield from _close(desk, what)


def _answer(desk: Desk, what: int, times: int) -> Life:
    for _ in range(times):
        yield _reaction(desk)
        desk.tell(TicketAnswered(desk.now, what, somebody(desk)))


def _close(desk: Desk, what: int) -> Life:
    yield _reaction(desk)
    desk.tell(TicketClosed(desk.now, what))
    for kind, scores, share in (("csat", _CSAT, 0.3), ("nps", _NPS, 0.14)):
        if desk.chance(share):
            desk.begin(_feedback(desk, kind, scores), desk.soon(10, 4 * 1_440))


def _feedback(desk: Desk, kind: str, weights: tuple[int, ...]) -> Life:
    score = desk.dice.choices(range(len(weights)), weights)[0] + (kind == "csat")
    desk.tell(FeedbackGiven(desk.now, desk.next_id(), kind, score))
    yield from ()


def _reaction(desk: Desk) -> datetime:
    """Within minutes, on one of the next days, or when somebody remembers."""
    kind = desk.dice.random()
    if kind < 0.45:
        return desk.soon(2, 240)
    return desk.later(0, 2) if kind < 0.93 else desk.later(3, 30)


def _another(desk: Desk, category: str) -> str:
    return desk.dice.choice([each for each in TICKET_CATEGORIES if each != category])
