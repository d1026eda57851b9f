"""What a division holds at an instant: folds of bookkeeping and office, brought up to date as time goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kpitaps.testing.story import Mark
from kpitaps.testing.story.book_events import ItemsMatched
from kpitaps_exact_online.sandbox_ledger import Graveyard, Ledger
from kpitaps_exact_online.sandbox_office import Desk
from kpitaps_exact_online.sandbox_terms import Terms
from kpitaps_exact_online.sandbox_versions import Numbering

if TYPE_CHECKING:
    from kpitaps.testing import Story

KEPT = timedelta(days=61)
"""How long it is told that something was deleted."""


class Books:
    """The division's present.

    Args:
        story: What happened.
        division: Its number.

    Attributes:
        hidden_lines: Ids of ledger lines that are kept from who asks, though they are booked.
        hidden_items: Ids of ledger lines whose open items are kept from who asks for changes.
        overview_error: Cents by which the overviews of result and open invoices are wrong.
        numbering: How versions are shown.
    """

    def __init__(self, story: Story, division: int) -> None:
        self.story = story
        self.division = division
        self.zone = ZoneInfo(story.zone)
        self.currency = story.currency
        self.fiscal_year_start: int = story.bookkeeping.fiscal_year_start
        self.hidden_lines: set[int] = set()
        self.hidden_items: set[int] = set()
        self.overview_error = 0
        self.numbering = Numbering()
        self.now = datetime.min.replace(tzinfo=UTC)
        self._booked = self._done = Mark()
        self._clear()

    def move_to(self, now: datetime) -> None:
        """Take in what happened up to ``now``; anew where the past was changed or the clock put back."""
        self.now = now
        booked, entries = self.story.bookkeeping.read(self._booked, now)
        done, events = self.story.office.read(self._done, now)
        # A log of which nothing was read yet is always read from its beginning: that changes nothing.
        if (booked.fresh and self._booked.position) or (done.fresh and self._done.position):
            self._clear()
            booked, entries = self.story.bookkeeping.read(Mark(), now)
            done, events = self.story.office.read(Mark(), now)
        self._booked, self._done = booked, done
        for entry in entries:
            self._book(entry)
        for event in events:
            self.desk.apply(event)

    @property
    def today(self) -> date:
        """The date in the division."""
        return self.now.astimezone(self.zone).date()

    def local(self, at: datetime) -> datetime:
        """Return an instant as the division's clocks show it, without saying so."""
        return at.astimezone(self.zone).replace(tzinfo=None)

    def fiscal(self, day: date) -> tuple[int, int]:
        """Return the fiscal year and period that a day lies in."""
        year = day.year - (day.month < self.fiscal_year_start)
        return year, (day.month - self.fiscal_year_start) % 12 + 1

    def _book(self, event: Any) -> None:
        if isinstance(event, ItemsMatched):
            self.terms.match(event)
        else:
            self.terms.refresh(self.ledger.apply(event), event.at)

    def _clear(self) -> None:
        self.graveyard = Graveyard()
        self.ledger = Ledger(self.graveyard)
        self.terms = Terms(self.ledger, self.graveyard)
        self.desk = Desk(self.zone, self.graveyard)
