"""Leading lives through time: the day's dice, the numbering, and the agenda of what goes on when."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Generic

from kpitaps.calendar import day_end, day_start, local_day
from kpitaps.testing.story.log import AnyEvent

if TYPE_CHECKING:
    from kpitaps.testing.story.books import Founding

Life = Generator[datetime, None, None]
"""What becomes of one thing: it yields the instant at which it goes on."""

_EDGES = (time(23, 30), time(23, 59, 59), time(0, 0), time(0, 0, 1))
"""Now and then somebody works late, and the second before midnight is another day than the second after."""


class Agenda(Generic[AnyEvent]):
    """Leads lives through time: in order, so that every draw and every id is the same in every reading.

    Args:
        founding: What is settled about the company.
        name: Whose dice: those of another part of the company fall otherwise.
        first_id: Ids are larger.

    Attributes:
        founding: What is settled about the company.
        dice: Today's.
        now: The instant of the step that is being made.
    """

    def __init__(self, founding: Founding, name: str, first_id: int) -> None:
        self.founding = founding
        self.dice = Random(0)
        self.now = day_start(founding.founded, founding.zone)
        self._name = name
        self._id = first_id
        self._told: list[AnyEvent] = []
        self._numbers = count()
        self._agenda: list[tuple[datetime, int, Life]] = []

    @property
    def today(self) -> date:
        """The local day of ``now``."""
        return local_day(self.now, self.founding.zone)

    def open_day(self, day: date) -> None:
        """Begin a day with dice of its own."""
        self.dice = Random(f"{self.founding.seed}/{self._name}/{day.isoformat()}")
        self.now = day_start(day, self.founding.zone)

    def close_day(self, day: date) -> list[AnyEvent]:
        """Let everything happen that is due before midnight, and return what is to be told of it."""
        midnight = day_end(day, self.founding.zone)
        while self._agenda and self._agenda[0][0] < midnight:
            self.now, _, life = heappop(self._agenda)
            self._go_on(life)
        told, self._told = self._told, []
        return told

    def begin(self, life: Life, at: datetime | None = None) -> None:
        """Let a life begin, now or at an instant to come."""
        heappush(self._agenda, (max(at or self.now, self.now), next(self._numbers), life))

    def tell(self, event: AnyEvent) -> None:
        """Write into the log what happens now."""
        self._told.append(event)

    def next_id(self) -> int:
        """Return a new id, larger than all before."""
        self._id += self.dice.randint(1, 9)
        return self._id

    def chance(self, probability: float) -> bool:
        """Throw for something that happens so often."""
        return self.dice.random() < probability

    def soon(self, least: float, most: float) -> datetime:
        """Return an instant so many minutes from now, at whatever hour that is."""
        return self.now + timedelta(seconds=self.dice.randint(int(least * 60), int(most * 60)))

    def later(self, least: int, most: int) -> datetime:
        """Return an instant so many days from now, mostly in working hours and on a working day."""
        return self.on(self.today + timedelta(days=self.dice.randint(least, most)))

    def on(self, day: date) -> datetime:
        """Return an instant of a day's working hours, or of the Monday after a weekend; never before now."""
        if self.chance(0.03):
            at = self.at(day, self.dice.choice(_EDGES))
        else:
            if day.weekday() >= 5 and self.chance(0.93):
                day += timedelta(days=7 - day.weekday())
            at = self.at(day, time(8)) + timedelta(seconds=self.dice.randrange(10 * 3_600))
        return at if at > self.now else self.soon(1, 40)

    def at_any_hour(self, day: date) -> datetime:
        """Return an instant of a day, as people at home choose it."""
        start, end = day_start(day, self.founding.zone), day_end(day, self.founding.zone)
        return start + timedelta(seconds=self.dice.randrange(int((end - start).total_seconds())))

    def at(self, day: date, clock: time) -> datetime:
        """Return the instant at which the clock shows that time."""
        return datetime.combine(day, clock, self.founding.zone).astimezone(UTC)

    def _go_on(self, life: Life) -> None:
        try:
            self.begin(life, next(life))
        except StopIteration:
            return
