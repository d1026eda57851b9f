"""Opportunities, hours, projects and subscriptions as the story's office has made them so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from kpitaps.testing.story import (
    PIPELINES,
    ClientAdded,
    DealDeleted,
    DealHanded,
    DealLost,
    DealMoved,
    DealOpened,
    DealReopened,
    DealValued,
    DealWon,
    ProjectStarted,
    SubscriptionEnded,
    SubscriptionStarted,
    TimeCorrected,
    TimeDeleted,
    TimeLogged,
)
from kpitaps_exact_online.sandbox_ledger import HOURS_DELETED, Graveyard
from kpitaps_exact_online.sandbox_versions import Table, version_of
from kpitaps_exact_online.sandbox_wire import uid

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from kpitaps.testing.story import Sum

DRAFT, REJECTED = 1, 2
_COUNTING = (20, 20, 20, 10, 11, 14, 16, 19)
TIME, COST = 1, 2
OPEN, WON, LOST = 1, 2, 3


@dataclass(slots=True)
class Opportunity:
    """A deal as it is now."""

    key: str
    number: int
    began: DealOpened
    rep: int
    stage: str
    probability: int
    value: Sum | None
    modified: datetime
    status: int = OPEN
    closed_on: date | None = None
    reason: str | None = None

    @property
    def stage_name(self) -> str:
        """The stage that it is in, or was in when it was closed."""
        return next(stage.name for stage in PIPELINES[self.began.pipeline][1] if stage.key == self.stage)


@dataclass(slots=True)
class Hours:
    """A time or cost transaction; the seconds of a cost say how many there are of it."""

    key: str
    version: int
    began: TimeLogged
    seconds: int
    is_billable: bool
    status: int
    type: int
    modified: datetime


@dataclass(slots=True)
class Project:
    """A project."""

    key: str
    version: int
    began: ProjectStarted


@dataclass(slots=True)
class Subscription:
    """A subscription, and the one line that it has under a key of its own."""

    key: str
    version: int
    line: str
    began: SubscriptionStarted
    ends_on: date | None
    modified: datetime
    is_ended: bool


@dataclass(slots=True)
class SubscriptionLine:
    """The line of a subscription."""

    key: str
    version: int
    of: Subscription


class Desk:
    """What the office holds.

    Args:
        zone: In which deals are closed.
        graveyard: Where hours go that are deleted.
    """

    def __init__(self, zone: ZoneInfo, graveyard: Graveyard) -> None:
        self._zone = zone
        self._graveyard = graveyard
        self.clients: dict[int, ClientAdded] = {}
        self.opportunities: dict[int, Opportunity] = {}
        self.hours: Table[Hours] = Table()
        self.projects: Table[Project] = Table()
        self.subscriptions: Table[Subscription] = Table()
        self.lines: Table[SubscriptionLine] = Table()
        self._titles: dict[int, ProjectStarted] = {}

    def project(self, id_: int | None) -> ProjectStarted | None:
        """Return what is known of a project."""
        return None if id_ is None else self._titles.get(id_)

    def apply(self, event: Any) -> None:
        """Take in what happened next; what Exact does not keep is nothing to it."""
        match event:
            case ClientAdded():
                self.clients[event.client] = event
            case DealOpened():
                self.opportunities[event.deal] = _opened(event)
            case DealDeleted():
                self.opportunities.pop(event.deal, None)
            case DealMoved() | DealReopened() | DealValued() | DealHanded() | DealWon() | DealLost():
                self._change_deal(event)
            case ProjectStarted():
                self._titles[event.project] = event
                key = uid("project", event.project)
                self.projects.put(Project(key, version_of(event.at, key), event))
            case TimeLogged():
                self._log(event)
            case TimeCorrected() | TimeDeleted():
                self._change_hours(event)
            case SubscriptionStarted() | SubscriptionEnded():
                self._subscribe(event)

    def _change_deal(self, event: Any) -> None:
        if (deal := self.opportunities.get(event.deal)) is None:
            return
        deal.modified = event.at
        match event:
            case DealMoved() | DealReopened():
                deal.stage, deal.probability = event.stage, event.probability
                deal.status, deal.closed_on, deal.reason = OPEN, None, None
            case DealValued():
                deal.value = event.value
            case DealHanded():
                deal.rep = event.rep
            case DealWon() | DealLost():
                deal.status = WON if isinstance(event, DealWon) else LOST
                deal.closed_on = event.at.astimezone(self._zone).date()
                deal.reason = getattr(event, "reason", None)

    def _log(self, event: TimeLogged) -> None:
        """Keep hours; now and then somebody drafts as many more, has some rejected, or writes down a cost as well."""
        dice = crc32(str(event.entry).encode())
        self._keep(event, uid("hours", event.entry), _COUNTING[dice % len(_COUNTING)], TIME)
        for place, (every, status, kind) in enumerate(((9, DRAFT, TIME), (11, REJECTED, TIME), (5, 20, COST))):
            if dice % every == 0:
                self._keep(event, uid("hours", f"{event.entry}/{place}"), status, kind)

    def _keep(self, event: TimeLogged, key: str, status: int, kind: int) -> None:
        seconds = 3_600 if kind == COST else event.seconds
        version = version_of(event.at, key)
        self.hours.put(Hours(key, version, event, seconds, event.billable, status, kind, event.at))

    def _change_hours(self, event: TimeCorrected | TimeDeleted) -> None:
        key = uid("hours", event.entry)
        if (row := self.hours.rows.get(key)) is None:
            return
        if isinstance(event, TimeDeleted):
            self.hours.drop(key)
            self._graveyard.bury(HOURS_DELETED, key, event.at)
            return
        row.seconds, row.is_billable, row.modified = event.seconds, event.billable, event.at
        row.version = version_of(event.at, key, row.version)
        self.hours.put(row)

    def _subscribe(self, event: SubscriptionStarted | SubscriptionEnded) -> None:
        key = uid("subscription", event.subscription)
        old = self.subscriptions.rows.get(key)
        began = event if isinstance(event, SubscriptionStarted) else old and old.began
        if not began:
            return
        version, line = version_of(event.at, key, old.version if old else 0), uid("line of", event.subscription)
        is_ended = isinstance(event, SubscriptionEnded)
        new = Subscription(key, version, line, began, event.ends_on, event.at, is_ended)
        self.subscriptions.put(new)
        known = self.lines.rows.get(line)
        self.lines.put(SubscriptionLine(line, version_of(event.at, line, known.version if known else 0), new))


def _opened(event: DealOpened) -> Opportunity:
    key = uid("opportunity", event.deal)
    number = 1 + event.deal % 1_000_000_007
    return Opportunity(key, number, event, event.rep, event.stage, event.probability, event.value, event.at)
