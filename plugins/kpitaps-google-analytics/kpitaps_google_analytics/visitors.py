"""How many different people came in each window: asked for each window by itself, because people do not add up."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from kpitaps import VOCABULARY
from kpitaps_google_analytics.amounts import amount
from kpitaps_google_analytics.quality import flags
from kpitaps_google_analytics.reports import CHANNEL, RANGE, RANGES, Ask, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kpitaps import Context, DaySpan, Flag, WindowEntry
    from kpitaps_google_analytics.reports import Report

COUNTED = {"activeUsers": VOCABULARY["visitors"], "newUsers": VOCABULARY["new_visitors"]}
FEEDS = [*COUNTED.values()]


def read(ctx: Context, windows: Mapping[str, DaySpan]) -> Iterator[WindowEntry | Flag]:
    """Ask for every window, as a whole and by channel; several windows share a report, several reports a request."""
    groups = list(_groups(windows))
    metrics = (*COUNTED,)
    asks = [Ask(metrics, group, dimensions) for group in groups for dimensions in ((), (CHANNEL,))]
    for report in run(ctx, asks):
        yield from flags(report, {metric: [measure] for metric, measure in COUNTED.items()}, by_day=False)
        yield from _by_channel(report) if report.ask.dimensions else _whole(report)


def _groups(windows: Mapping[str, DaySpan]) -> Iterator[dict[str, DaySpan]]:
    """Yield the windows in groups that one report can hold; of several with the same days the first one's name."""
    names: dict[DaySpan, str] = {}
    for name, days in windows.items():
        names.setdefault(days, name)
    rest = iter({name: days for days, name in names.items()}.items())
    while group := dict(islice(rest, RANGES)):
        yield group


def _whole(report: Report) -> Iterator[WindowEntry]:
    rows = {_days(report, row): row for row in report.rows}
    for days in report.ask.days.values():
        for metric, measure in COUNTED.items():
            # A window in which nobody came has no row.
            yield measure.over(days, amount(rows[days][metric]) if days in rows else 0)


def _by_channel(report: Report) -> Iterator[WindowEntry]:
    for row in report.rows:
        days = _days(report, row)
        for metric, measure in COUNTED.items():
            if row[CHANNEL]:
                yield measure.over(days, amount(row[metric]), traffic_channel=row[CHANNEL])


def _days(report: Report, row: dict[str, str]) -> DaySpan:
    """Return the window that a row is of: rows come in any order, and those of an only window do not name it."""
    only, *more = report.ask.days.values()
    return report.ask.days[row[RANGE]] if more else only
