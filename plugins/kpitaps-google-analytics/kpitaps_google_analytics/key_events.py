"""What visitors did that the company has marked as important."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import VOCABULARY
from kpitaps_google_analytics.amounts import amount, day
from kpitaps_google_analytics.quality import flags
from kpitaps_google_analytics.reports import CHANNEL, DATE, Ask, run
from kpitaps_google_analytics.spans import SPAN, days_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Entry, Flag, Span

NAME, COUNT = "eventName", "keyEvents"
KEY_EVENTS = VOCABULARY["key_events"]
FEEDS = [KEY_EVENTS]

# Every event has a row, and of most none is a key event.
_SOME = {
    "metricFilter": {
        "filter": {
            "fieldName": COUNT,
            "numericFilter": {"operation": "GREATER_THAN", "value": {"int64Value": "0"}},
        }
    }
}


def read(ctx: Context, span: Span) -> Iterator[Entry | Flag]:
    """Read the key events of the days of ``span``."""
    ask = Ask((COUNT,), {SPAN: days_of(ctx, span)}, (DATE, NAME, CHANNEL), _SOME)
    (report,) = run(ctx, [ask])
    yield from flags(report, {COUNT: FEEDS})
    for row in report.rows:
        if (on := day(row[DATE])) is not None:
            yield KEY_EVENTS.on(on, amount(row[COUNT]), event=row[NAME], traffic_channel=row[CHANNEL])
