"""What the website's measures must be, worked out from the log of visits and from nothing else.

Amounts are in millionths, as the ledger has them; the log's money is in cents.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from end_to_end.oracle_office import CENT, ONE, Place, Truth
from kpitaps.testing.story.site_events import AdsReported, Visited
from kpitaps.testing.story.site_world import PAID_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime


class SiteOracle:
    """Works out what must be in the ledger of a Google Analytics connection.

    Args:
        events: What happened, in the order of time.
        now: When Google is asked: what it has not processed by then it does not show.
        zone: IANA name of the property's zone.
        currency: The property's.
    """

    def __init__(self, events: Iterable[Any], now: datetime, zone: str, currency: str = "EUR") -> None:
        self.zone = ZoneInfo(zone)
        self.currency = currency
        self.visits: list[Visited] = []
        self.ads: dict[tuple[date, str], AdsReported] = {}
        for event in events:
            if isinstance(event, AdsReported):
                self.ads[event.on, event.channel] = event
            elif event.processed_at <= now:
                self.visits.append(event)
        self._sums: defaultdict[Place, list[int]] = defaultdict(lambda: [0, 0])

    def truth(self) -> Truth:
        """Return the sums of every day."""
        for visit in self.visits:
            day = self.day(visit)
            channel = {"traffic_channel": visit.channel}
            self._add("sessions", day, ONE, **channel)
            self._add("pageviews", day, visit.pages * ONE, **channel)
            self._add("engaged_sessions", day, visit.is_engaged * ONE, **channel)
            self._add("session_duration", day, visit.seconds * ONE, of=ONE, **channel)
            for name in visit.key_events:
                self._add("key_events", day, ONE, event=name, **channel)
            if visit.channel in PAID_CHANNELS:
                self._add("ad_revenue", day, visit.revenue * CENT, currency=self.currency, **channel)
            if visit.load_ms is not None:
                self._add("page_load", day, visit.load_ms * 1_000, of=ONE)
        for report in self.ads.values():
            channel = {"traffic_channel": report.channel}
            self._add("ad_impressions", report.on, report.impressions * ONE, **channel)
            self._add("ad_clicks", report.on, report.clicks * ONE, **channel)
            self._add("ad_spend", report.on, report.cost * CENT, currency=self.currency, **channel)
        return Truth({place: (first, second) for place, (first, second) in self._sums.items() if first or second})

    def visitors(self, first: date, last: date, channel: str | None = None, *, new: bool = False) -> int:
        """Return how many different people came from ``first`` to ``last``, for the first time ever if ``new``."""
        return len(
            {
                visit.visitor
                for visit in self.visits
                if first <= self.day(visit) <= last and channel in (None, visit.channel) and (visit.is_first or not new)
            }
        )

    def day(self, visit: Visited) -> date:
        """Return the property's local day of a visit."""
        return visit.at.astimezone(self.zone).date()

    def _add(self, measure: str, day: date, amount: int, *, of: int = 0, currency: str = "", **labels: str) -> None:
        held = self._sums[measure, tuple(sorted(labels.items())), currency, day.toordinal()]
        held[0] += amount
        held[1] += of
