"""The bookkeeping's log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic

from kpitaps.calendar import day_end
from kpitaps.testing.story.book_events import BookEvent
from kpitaps.testing.story.bookkeeping.clerk import Clerk
from kpitaps.testing.story.bookkeeping.inbox import Inbox
from kpitaps.testing.story.bookkeeping.routine import Routine
from kpitaps.testing.story.company_log import CompanyLog
from kpitaps.testing.story.log import AnyEvent, Log, Mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from kpitaps.testing.story.books import Founding
    from kpitaps.testing.story.events import Event
    from kpitaps.testing.story.office_events import OfficeEvent


class Bookkeeping(CompanyLog[BookEvent]):
    """What was booked in a company since it was founded.

    Every local day has dice of its own, seeded from (seed, "bookkeeping", day). The logs of the shop and of the office
    are read day by day; what somebody adds to them by hand is booked if its day had not been booked yet.

    Args:
        founding: What is settled about the company.
        shop: What happens in its shop.
        office: What happens in its office.
    """

    def __init__(self, founding: Founding, shop: Log[Event], office: Log[OfficeEvent]) -> None:
        super().__init__(founding)
        self._shop = _Reader(shop)
        self._office = _Reader(office)
        self._clerk = Clerk(founding)
        self._inbox = Inbox(self._clerk)
        self._routine = Routine(self._clerk)

    @property
    def fiscal_year_start(self) -> int:
        """The month in which the fiscal year begins."""
        return self.founding.fiscal_year_start

    def _plan(self, day: date) -> list[BookEvent]:
        until = day_end(day, self._zone) - timedelta.resolution
        self._clerk.open_day(day)
        self._routine.begin(day)
        self._inbox.from_office(self._office.more(until))
        self._inbox.from_shop(day, self._shop.more(until))
        return self._clerk.close_day(day)


class _Reader(Generic[AnyEvent]):
    """Reads a log onwards, and never turns back."""

    def __init__(self, log: Log[AnyEvent]) -> None:
        self._log = log
        self._mark = Mark()

    def more(self, until: datetime) -> Sequence[AnyEvent]:
        """Return what happened since the last reading."""
        last = self._mark.until
        self._mark, events = self._log.read(self._mark, until)
        return [event for event in events if event.at > last] if self._mark.fresh else events
