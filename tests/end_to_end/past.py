"""A shop, a kpitaps that serves its history, and a Prometheus that asks for it."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from end_to_end.worlds import world
from kpitaps.exposition.prometheus_config import PrometheusPlace, Server, prometheus_config
from kpitaps.testing import Story, serve
from kpitaps.web import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from parts.prometheus import RunningPrometheus, StartPrometheus

    from end_to_end.worlds import World

ZONE = ZoneInfo("Europe/Amsterdam")
FOUNDED = date(2023, 9, 1)
NOW = datetime(2025, 11, 20, 14, 30, tzinfo=ZONE)
DAY = timedelta(days=1)
MICRO = 1_000_000


@dataclass(frozen=True)
class Past:
    """A shop and its history.

    Attributes:
        shop: The shop and its ledger.
        site: The process that serves.
        url: Where it serves.
        prometheus: Asks it for the past.
    """

    shop: World
    site: Site
    url: str
    prometheus: RunningPrometheus

    def publish(self) -> None:
        """Show what was read."""
        self.site.publish()
        self.site.tables.write()

    def days(self, measure: str, label: str = "") -> dict[date, dict[str, int]]:
        """Return what happened on each day, in millionths, by the values of a label; from the log of events alone."""
        found: defaultdict[date, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        for (key, labels, _, day), amount in self.shop.truth().sums.items():
            if key == measure:
                found[date.fromordinal(day)][dict(labels).get(label, "")] += amount
        return {day: dict(amounts) for day, amounts in found.items()}

    def sums(self, measure: str) -> dict[date, int]:
        """Return what happened on each day, in millionths."""
        return {day: sum(amounts.values()) for day, amounts in self.days(measure).items()}

    def value(self, expression: str, at: datetime) -> float:
        """Return the one value of an instant query.

        Raises:
            AssertionError: if there is another number of values.
        """
        found = self.prometheus.query(expression, at.timestamp())
        assert len(found) == 1, (expression, at, found)
        return float(found[0]["value"][1])

    def points(self, expression: str, start: datetime, end: datetime, step: str) -> dict[datetime, float]:
        """Return the points of a range query that has one series, by instant."""
        found = self.prometheus.query_range(expression, start.timestamp(), end.timestamp(), step)
        assert len(found) == 1, (expression, [each["metric"] for each in found])
        return {datetime.fromtimestamp(at, UTC): float(value) for at, value in found[0]["values"]}


def noon(day: date) -> datetime:
    """Return 12:00 local time."""
    return datetime.combine(day, time(12), ZONE)


def midnight(day: date) -> datetime:
    """Return the first instant of the day."""
    return datetime.combine(day, time(), ZONE)


def total(sums: Mapping[date, int], first: date, last: date) -> float:
    """Return what the days from ``first`` to ``last`` come to."""
    return sum(amount for day, amount in sums.items() if first <= day <= last) / MICRO


@contextmanager
def past(home: Path, start: StartPrometheus, *, old_data: Path | None = None, label: str = "") -> Iterator[Past]:
    """Load a shop of two years, serve its history, and start a Prometheus with the configuration that we generate.

    Args:
        home: Where the ledger is kept.
        start: Starts a Prometheus.
        old_data: A data folder that it has already.
        label: An external label of that Prometheus, as YAML has it.
    """
    story = Story(23, FOUNDED, orders_per_day=2, zone=str(ZONE), currency="EUR")
    with world(home, story, NOW.astimezone(UTC)) as shop:
        shop.synced()
        site = Site(shop.runtime)
        with serve(site.app("127.0.0.1")) as url:
            place = PrometheusPlace(Server(url.removeprefix("http://")))
            text = prometheus_config(place)
            if label:
                text = text.replace("global:", f"global:\n  external_labels: {{{label}}}")
            with start(text, data=old_data) as server:
                each = Past(shop, site, url, server)
                each.publish()
                yield each
