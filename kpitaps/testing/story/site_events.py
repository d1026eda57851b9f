"""What can happen on the company's web site: visits, and what its advertisements did.

Every instant is aware, in UTC and on a whole second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Visited:
    """Somebody visited the web site.

    Attributes:
        at: When the visit began: it belongs to that day, however long it lasted.
        visit: Its id.
        visitor: The visitor's, as far as the measuring can tell people apart.
        channel: Where they came from: one of `TRAFFIC_CHANNELS`.
        is_first: Whether the visitor had never been there before.
        pages: How many they saw, at least one.
        seconds: How long it lasted.
        is_engaged: Whether it lasted longer than ten seconds, had a key event or saw more than one page.
        key_events: What they did that the company marked as important: names of `KEY_EVENTS`, each as often as it
            happened.
        order: Id of the shop's order that came of it, if one did and the measuring saw it.
        revenue: Cents of the company's currency that they paid for it; 0 without order.
        load_ms: How long the first page took to show, in milliseconds; None where their browser does not tell.
        processed_at: When the measuring had processed it: hours later, sometimes more than a day.
    """

    at: datetime
    visit: int
    visitor: int
    channel: str
    is_first: bool
    pages: int
    seconds: int
    is_engaged: bool
    key_events: tuple[str, ...]
    order: int | None
    revenue: int
    load_ms: int | None
    processed_at: datetime


@dataclass(frozen=True, slots=True)
class AdsReported:
    """An advertising network reported what a channel's advertisements did on a day, maybe for the second time.

    Attributes:
        at: When: the day after; a later report of the same day and channel replaces the earlier one.
        report: Its id.
        on: The day.
        channel: One of `PAID_CHANNELS`.
        impressions: How often they were shown.
        clicks: How often they were clicked.
        cost: Cents of the company's currency.
    """

    at: datetime
    report: int
    on: date
    channel: str
    impressions: int
    clicks: int
    cost: int


SiteEvent = Visited | AdsReported
