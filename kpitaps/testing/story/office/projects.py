"""Trainings and installations as projects, with budgets that change."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.office.ledgers import Project
from kpitaps.testing.story.office_events import ProjectBudgeted, ProjectStarted

if TYPE_CHECKING:
    from kpitaps.testing.story.office.desk import Desk, Life
    from kpitaps.testing.story.office.ledgers import Client

_HOUR = 3_600


def project(desk: Desk, client: Client) -> Life:
    """Begin work for a client; what was estimated turns out too little, or too much."""
    kind = desk.dice.choice(("Baristatraining", "Installatie", "Werkplekadvies"))
    title = desk.ledgers.unique(f"{kind} {client.name}")
    until = desk.today + timedelta(days=desk.dice.randint(25, 150))
    started = Project(desk.next_id(), until)
    desk.ledgers.projects = [each for each in desk.ledgers.projects if each.until >= desk.today] + [started]
    budget = desk.dice.choice((80, 120, 160, 200, 280)) * _HOUR
    desk.tell(ProjectStarted(desk.now, started.id, title, client.id, budget))
    while desk.chance(0.35):
        yield desk.later(5, 40)
        budget = max(4 * _HOUR, budget + desk.dice.choice((-16, -8, 8, 16, 24, 40)) * _HOUR)
        desk.tell(ProjectBudgeted(desk.now, started.id, budget))
