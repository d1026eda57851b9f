"""A deal moves through its pipeline, and is won, lost, forgotten, or all of it in turn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.office.deliveries import deliver
from kpitaps.testing.story.office.ledgers import OpenDeal
from kpitaps.testing.story.office.staff import hand_over, somebody, staff
from kpitaps.testing.story.office.tables import REASONS
from kpitaps.testing.story.office.trade import money
from kpitaps.testing.story.office_events import (
    DealDeleted,
    DealLost,
    DealMoved,
    DealOpened,
    DealReopened,
    DealValued,
    DealWon,
    Sum,
)
from kpitaps.testing.story.office_world import PIPELINES

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from kpitaps.testing.story.office.desk import Desk, Life
    from kpitaps.testing.story.office.ledgers import Client
    from kpitaps.testing.story.office_world import Stage

_SIZES = {"wholesale": (60_000, 900_000), "machines": (150_000, 1_200_000)}
"""The least and the most that a deal is worth, in cents."""


def deal(desk: Desk, client: Client, pipeline: str, source: str, lead: int | None = None) -> Life:
    """Enter a deal, and work on it until the end, if there is one."""
    its = _Course(desk, client, pipeline)
    its.open(source, lead)
    while (yield from its.progress()):
        is_won = desk.chance(0.62 if its.deal.stage == len(its.stages) - 1 else 0.2)
        its.close(is_won=is_won)
        if not desk.chance(0.045 if is_won else 0.09):
            yield from its.follow_up(is_won=is_won)
            return
        yield desk.later(1, 8 if is_won else 90)
        its.reopen()


def deal_of_a_night(desk: Desk, client: Client, won_at: datetime) -> Life:
    """Enter a deal and win it within hours."""
    its = _Course(desk, client, "machines")
    its.open("direct", None)
    yield won_at
    its.close(is_won=True)
    yield from its.follow_up(is_won=True)


class _Course:
    """The course of one deal."""

    def __init__(self, desk: Desk, client: Client, pipeline: str) -> None:
        self.desk = desk
        self.stages = PIPELINES[pipeline][1]
        self.worth = money(desk, self._estimate(pipeline), client.currency)
        stage = 1 if desk.chance(0.1) else 0
        self.deal = OpenDeal(desk.next_id(), client, somebody(desk), pipeline, stage, self.worth.cents)

    @property
    def stage(self) -> Stage:
        return self.stages[self.deal.stage]

    def open(self, source: str, lead: int | None) -> None:
        desk, deal = self.desk, self.deal
        desk.ledgers.deals[deal.id] = deal
        desk.tell(
            DealOpened(
                at=desk.now,
                deal=deal.id,
                title=f"{PIPELINES[deal.pipeline][0]}: {deal.client.name}",
                client=deal.client.id,
                lead=lead,
                rep=deal.rep,
                pipeline=deal.pipeline,
                stage=self.stage.key,
                value=None if desk.chance(0.12) else self.worth,
                probability=self._probability(),
                source=source,
                expected_on=None if desk.chance(0.1) else desk.today + timedelta(days=desk.dice.randint(14, 120)),
            )
        )

    def progress(self) -> Generator[datetime, None, bool]:
        """Work on the deal; return False where nothing more will be heard of it."""
        desk = self.desk
        while True:
            yield desk.later(2, 18)
            what = desk.dice.random()
            if what < 0.015:
                del desk.ledgers.deals[self.deal.id]
                desk.tell(DealDeleted(desk.now, self.deal.id))
                return False
            if what < 0.035:
                return False
            if what < 0.06:
                hand_over(desk, self.deal)
            elif what < 0.2:
                self._value(desk.dice.uniform(0.6, 1.7))
            elif what < 0.25 and self.deal.stage:
                self._move(-1)
            elif what < 0.8 and self.deal.stage < len(self.stages) - 1:
                self._move(1)
            elif what > 0.9 or self.deal.stage == len(self.stages) - 1:
                return True

    def close(self, *, is_won: bool) -> None:
        desk = self.desk
        del desk.ledgers.deals[self.deal.id]
        if is_won:
            desk.tell(DealWon(desk.now, self.deal.id))
        else:
            desk.tell(DealLost(desk.now, self.deal.id, desk.dice.choice(REASONS)))

    def reopen(self) -> None:
        """Open it again, in a stage somebody chooses; a deal of somebody who left gets to another."""
        desk, deal = self.desk, self.deal
        deal.stage = desk.dice.randrange(len(self.stages))
        desk.ledgers.deals[deal.id] = deal
        desk.tell(DealReopened(desk.now, deal.id, self.stage.key, self._probability()))
        if deal.rep not in staff(desk, desk.today):
            hand_over(desk, deal)

    def follow_up(self, *, is_won: bool) -> Life:
        """What comes after the end: deliveries, a value that is corrected, a lost deal that is thrown away."""
        desk = self.desk
        if is_won:
            desk.begin(deliver(desk, self.deal), desk.later(1, 20))
            if desk.chance(0.05):
                yield desk.later(3, 60)
                self._value(desk.dice.uniform(0.8, 1.2))
        elif desk.chance(0.04):
            yield desk.later(10, 200)
            desk.tell(DealDeleted(desk.now, self.deal.id))

    def _move(self, steps: int) -> None:
        last = len(self.stages) - 1
        is_skipping = steps > 0 and self.desk.chance(0.12)
        self.deal.stage = min(last, self.deal.stage + steps + is_skipping)
        self.desk.tell(DealMoved(self.desk.now, self.deal.id, self.stage.key, self._probability()))

    def _value(self, factor: float) -> None:
        cents = round(self.worth.cents * factor / 2_500) * 2_500 or 2_500
        self.worth = Sum(cents, self.worth.currency, self.worth.rate)
        self.deal.cents = cents
        self.desk.tell(DealValued(self.desk.now, self.deal.id, self.worth))

    def _probability(self) -> int:
        """The stage's own chance, mostly; sometimes somebody sets another."""
        return self.desk.dice.choice((5, 25, 40, 65, 90)) if self.desk.chance(0.15) else self.stage.probability

    def _estimate(self, pipeline: str) -> int:
        least, most = _SIZES[pipeline]
        cents = self.desk.dice.randint(least, most)
        return cents if self.desk.chance(0.1) else cents // 5_000 * 5_000
