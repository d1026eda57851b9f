"""What the advertising networks report of a day: the next morning, and now and then again two days later."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from math import exp
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar import utc
from kpitaps.testing.story.site_events import AdsReported
from kpitaps.testing.story.site_world import PAID_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from random import Random

    from kpitaps.testing.story.books import Founding
    from kpitaps.testing.story.site_events import Visited


class _Network(NamedTuple):
    """Impressions for one click, clicks for one visit that the measuring sees, and cents for one click.

    Cents of whatever currency the shop keeps its books in: its prices are the same number in each of them.
    """

    impressions: float
    clicks: float
    cost: float


_NETWORKS = {"Paid Search": _Network(24, 1.1, 130), "Paid Social": _Network(85, 1.3, 75)}
_CORRECTED = 0.12


def reports(
    founding: Founding, rng: Random, day: date, visited: Sequence[Visited], ids: Iterator[int]
) -> list[AdsReported]:
    """Return what is reported of a local day, one report per paid channel and another where it was corrected."""
    came = Counter(visit.channel for visit in visited)
    found = []
    for channel in PAID_CHANNELS:
        network = _NETWORKS[channel]
        clicks = round(came[channel] * network.clicks * rng.uniform(0.9, 1.15))
        impressions = round((clicks + rng.random()) * network.impressions * exp(rng.gauss(0, 0.2)))
        cost = round(clicks * network.cost * exp(rng.gauss(0, 0.15)))
        found.append(_report(founding, rng, day, 1, next(ids), channel, impressions, clicks, cost))
        if rng.random() < _CORRECTED:
            # Clicks that turn out to be invalid are not paid for; some come in late.
            late = round(clicks * rng.uniform(0.85, 1.08))
            cost = round(cost * late / clicks) if clicks else 0
            found.append(_report(founding, rng, day, 3, next(ids), channel, max(impressions, late), late, cost))
    return found


def _report(
    founding: Founding, rng: Random, on: date, days: int, report: int, channel: str, *counts: int
) -> AdsReported:
    morning = utc(datetime.combine(on + timedelta(days=days), time(5), founding.zone))
    return AdsReported(morning + timedelta(seconds=rng.randrange(4 * 3_600)), report, on, channel, *counts)
