"""What a property has measured by now: the story's visits and reports, added up per day and channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.testing.story import KEY_EVENTS, Mark, Visited

if TYPE_CHECKING:
    from datetime import date, datetime

    from kpitaps.testing import Story
    from kpitaps.testing.story import AdsReported


@dataclass(slots=True)
class Sums:
    """What some visits, or some events of them, come to; money in cents, durations in seconds and milliseconds."""

    sessions: int = 0
    pages: int = 0
    engaged: int = 0
    seconds: int = 0
    key_events: int = 0
    events: int = 0
    orders: int = 0
    revenue: int = 0
    load_ms: int = 0
    loads: int = 0
    impressions: int = 0
    clicks: int = 0
    cost: int = 0
    users: set[int] = field(default_factory=set)
    new_users: set[int] = field(default_factory=set)

    def visited(self, visit: Visited) -> None:
        """Add a visit with all that happened in it."""
        self._came(visit)
        self.pages += visit.pages
        self.events += sum(events_of(visit).values())
        self.key_events += len(visit.key_events)
        self.orders += visit.order is not None
        self.revenue += visit.revenue
        self.loads += visit.load_ms is not None
        self.load_ms += visit.load_ms or 0

    def happened(self, visit: Visited, event: str, times: int) -> None:
        """Add a visit, and the events of one name that happened in it."""
        self._came(visit)
        self.events += times
        self.key_events += times if event in KEY_EVENTS else 0
        if event == "page_view":
            self.pages += times
            self.loads += visit.load_ms is not None
            self.load_ms += visit.load_ms or 0
        if event == "purchase":
            self.orders += visit.order is not None
            self.revenue += visit.revenue

    def _came(self, visit: Visited) -> None:
        self.sessions += 1
        self.engaged += visit.is_engaged
        self.seconds += visit.seconds
        self.users.add(visit.visitor)
        if visit.is_first:
            self.new_users.add(visit.visitor)

    def add(self, other: Sums) -> None:
        """Add what others come to; a visitor of both counts once."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.users |= other.users
        self.new_users |= other.new_users


_NUMBERS = tuple(name for name in Sums.__slots__ if not name.endswith("users"))


def events_of(visit: Visited) -> dict[str, int]:
    """Return what is measured of a visit: the names of its events, and how often each happened."""
    events = {"session_start": 1, "page_view": visit.pages}
    if visit.is_first:
        events["first_visit"] = 1
    if visit.is_engaged:
        events["user_engagement"] = 1
    for name in visit.key_events:
        events[name] = events.get(name, 0) + 1
    return events


class Property:
    """The property's present, kept up to date with its story.

    A visit is seen from when it has been processed, an advertising report from when it came, and the last one of a
    channel and day holds.

    Args:
        story: What happened.

    Attributes:
        channels: Those that were ever measured.
    """

    def __init__(self, story: Story) -> None:
        self._website = story.website
        self._zone = ZoneInfo(story.zone)
        self._mark = Mark()
        self._clear()

    def move_to(self, now: datetime) -> None:
        """Take in what is known at ``now``; anew where the past was changed or the clock put back."""
        self._mark, events = self._website.read(self._mark, now)
        if self._mark.fresh:
            self._clear()
        for event in events:
            if isinstance(event, Visited):
                heappush(self._unprocessed, (event.processed_at, event.visit, event))
            else:
                self._report(event)
        while self._unprocessed and self._unprocessed[0][0] <= now:
            self._enter(heappop(self._unprocessed)[2])

    def day(self, day: date) -> dict[str, Sums]:
        """Return what a day's visits and advertisements come to, by channel."""
        return self._days.get(day, {})

    def events(self, day: date) -> dict[tuple[str, str], Sums]:
        """Return what a day's events come to, by channel and name of the event."""
        found: dict[tuple[str, str], Sums] = {}
        for visit in self._visits.get(day, ()):
            for name, times in events_of(visit).items():
                if (sums := found.get((visit.channel, name))) is None:
                    sums = found[visit.channel, name] = Sums()
                sums.happened(visit, name, times)
        return found

    def _clear(self) -> None:
        self.channels: set[str] = set()
        self._days: dict[date, dict[str, Sums]] = {}
        self._visits: dict[date, list[Visited]] = {}
        self._unprocessed: list[tuple[datetime, int, Visited]] = []

    def _enter(self, visit: Visited) -> None:
        day = visit.at.astimezone(self._zone).date()
        self._visits.setdefault(day, []).append(visit)
        self._sums(day, visit.channel).visited(visit)

    def _report(self, report: AdsReported) -> None:
        sums = self._sums(report.on, report.channel)
        sums.impressions, sums.clicks, sums.cost = report.impressions, report.clicks, report.cost

    def _sums(self, day: date, channel: str) -> Sums:
        self.channels.add(channel)
        return self._days.setdefault(day, {}).setdefault(channel, Sums())
