"""A log of what happens in a fictional company: the same however far, and in whichever steps, it is read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right, insort
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from kpitaps.calendar import day_end, local_day, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from zoneinfo import ZoneInfo


class Dated(Protocol):
    """Something that happens at an instant."""

    @property
    def at(self) -> datetime:
        """When: aware, in UTC."""


AnyEvent = TypeVar("AnyEvent", bound=Dated)


class Mark(NamedTuple):
    """How far a reader of the log has come; a new reader starts with ``Mark()``."""

    position: int = 0
    changes: int = 0
    until: datetime = datetime.min.replace(tzinfo=UTC)
    fresh: bool = True


class Log(ABC, Generic[AnyEvent]):
    """Events in the order of time, made day by day as far as somebody reads.

    Days are planned in order, each once; so the log up to an instant never depends on how far anyone has read.

    Args:
        founded: The first day.
        zone: In which days begin and end.
    """

    def __init__(self, founded: date, zone: ZoneInfo) -> None:
        self._zone = zone
        self._next_day = founded
        self._numbers = count()
        self._log: list[tuple[datetime, int, AnyEvent]] = []
        self._planned: list[tuple[datetime, int, AnyEvent]] = []
        self._changes: list[datetime] = []
        self._dropped: list[Callable[[AnyEvent], bool]] = []
        self._lock = RLock()

    @abstractmethod
    def _plan(self, day: date) -> Iterable[AnyEvent]:
        """Return all that comes of a local day, on that day or later, in any order."""

    def events(self, until: datetime) -> Sequence[AnyEvent]:
        """Return everything that happened up to and including ``until``, in the order of time.

        Raises:
            TapBug: if ``until`` is naive.
        """
        with self._lock:
            self._reach(until)
            return [event for _, _, event in self._log[: self._position(until)]]

    def read(self, mark: Mark, until: datetime) -> tuple[Mark, Sequence[AnyEvent]]:
        """Return what was added up to ``until`` since ``mark``, and where to go on from.

        Where the past changed by hand, or ``until`` lies before the mark, the answer starts anew: its mark's ``fresh``
        is True, and it holds all events.
        """
        with self._lock:
            self._reach(until)
            changed = any(at <= mark.until for at in self._changes[mark.changes :])
            fresh = changed or until < mark.until or not mark.position
            start, end = (0 if fresh else mark.position), self._position(until)
            events = [event for _, _, event in self._log[start:end]]
            return Mark(end, len(self._changes), until, fresh=fresh), events

    def append(self, event: AnyEvent) -> None:
        """Add an event by hand, at any time, past or future."""
        with self._lock:
            self._changes.append(event.at)
            entry = (utc(event.at), next(self._numbers), event)
            if local_day(event.at, self._zone) < self._next_day:
                insort(self._log, entry)
            else:
                heappush(self._planned, entry)

    def _drop(self, is_meant: Callable[[AnyEvent], bool], after: datetime) -> None:
        """Take out what the log has in store after an instant; what is added by hand from now on stays."""

        def goes(event: AnyEvent) -> bool:
            return event.at > after and is_meant(event)

        self._changes.append(after + timedelta.resolution)
        self._log = [entry for entry in self._log if not goes(entry[2])]
        self._planned = sorted(entry for entry in self._planned if not goes(entry[2]))
        self._dropped.append(goes)

    def _reach(self, until: datetime) -> None:
        while self._next_day <= local_day(until, self._zone):
            day = self._next_day
            self._next_day += timedelta(days=1)
            for event in self._plan(day):
                if not any(goes(event) for goes in self._dropped):
                    heappush(self._planned, (event.at, next(self._numbers), event))
            midnight = day_end(day, self._zone)
            while self._planned and self._planned[0][0] < midnight:
                self._log.append(heappop(self._planned))

    def _position(self, until: datetime) -> int:
        return bisect_right(self._log, until, key=lambda entry: entry[0])
