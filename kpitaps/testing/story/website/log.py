"""The web site's log."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import TYPE_CHECKING

from kpitaps.testing.story.company_log import CompanyLog
from kpitaps.testing.story.site_events import SiteEvent
from kpitaps.testing.story.website.ads import reports
from kpitaps.testing.story.website.crowd import Crowd
from kpitaps.testing.story.website.occasions import Occasions
from kpitaps.testing.story.website.visits import visits

if TYPE_CHECKING:
    from datetime import date

    from kpitaps.testing.story.books import Founding
    from kpitaps.testing.story.events import Event
    from kpitaps.testing.story.log import Log
    from kpitaps.testing.story.office_events import OfficeEvent


class Website(CompanyLog[SiteEvent]):
    """What happened on a company's web site since it was founded.

    Every local day has dice of its own, seeded from (seed, "website", day). Orders, leads and newsletters of the story
    lead to visits; what is added to the shop or the office by hand does not, whenever that was.

    Args:
        founding: What is settled about the company; with its ``orders_per_day`` the visits grow.
        shop: Where the orders are.
        office: Where leads and newsletters are.
    """

    def __init__(self, founding: Founding, shop: Log[Event], office: Log[OfficeEvent]) -> None:
        super().__init__(founding)
        self._occasions = Occasions(founding, shop, office)
        self._crowd = Crowd()
        self._ids = count(1)

    def _plan(self, day: date) -> list[SiteEvent]:
        rng = Random(f"{self.founding.seed}/website/{day.isoformat()}")
        visited = visits(self.founding, rng, day, self._occasions.on(rng, day), self._crowd, self._ids)
        return [*visited, *reports(self.founding, rng, day, visited, self._ids)]
