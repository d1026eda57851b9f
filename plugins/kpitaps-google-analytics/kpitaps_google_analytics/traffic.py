"""Visits by day and channel: how many, how long, how many pages, how many engaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import VOCABULARY
from kpitaps_google_analytics.amounts import amount, day, product
from kpitaps_google_analytics.quality import flags
from kpitaps_google_analytics.reports import CHANNEL, DATE, Ask, run
from kpitaps_google_analytics.spans import SPAN, days_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Entry, Flag, Span

SESSIONS, LASTING = "sessions", "averageSessionDuration"
COUNTED = {
    SESSIONS: VOCABULARY["sessions"],
    "screenPageViews": VOCABULARY["pageviews"],
    "engagedSessions": VOCABULARY["engaged_sessions"],
}
DURATION = VOCABULARY["session_duration"]

FEEDS = [*COUNTED.values(), DURATION]
_BY_METRIC = {**{metric: [measure] for metric, measure in COUNTED.items()}, LASTING: [DURATION]}


def read(ctx: Context, span: Span) -> Iterator[Entry | Flag]:
    """Read the visits of the days of ``span``."""
    (report,) = run(ctx, [Ask((*COUNTED, LASTING), {SPAN: days_of(ctx, span)}, (DATE, CHANNEL))])
    yield from flags(report, _BY_METRIC)
    for row in report.rows:
        if (on := day(row[DATE])) is None:
            continue
        channel = row[CHANNEL]
        for metric, measure in COUNTED.items():
            yield measure.on(on, amount(row[metric]), traffic_channel=channel)
        seconds, visits = product(row[LASTING], row[SESSIONS]), amount(row[SESSIONS])
        yield DURATION.on(on, seconds, of=visits, traffic_channel=channel)
