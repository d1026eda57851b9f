"""What linked advertising accounts report, and what people bought who came through advertisements.

By which dimensions Google tells what advertisements did is not the same everywhere, and the date alone it has refused:
https://github.com/googleapis/google-cloud-php/issues/5607. So it is asked first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import VOCABULARY, Flag, Quality
from kpitaps_google_analytics.amounts import amount, day
from kpitaps_google_analytics.channels import PAID
from kpitaps_google_analytics.limits import REPORT_COST
from kpitaps_google_analytics.payloads import CheckCompatibilityResponse
from kpitaps_google_analytics.quality import flags
from kpitaps_google_analytics.reports import CHANNEL, DATE, Ask, place, run
from kpitaps_google_analytics.spans import SPAN, days_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Entry, Measure, Span

REPORTED = {
    "advertiserAdImpressions": VOCABULARY["ad_impressions"],
    "advertiserAdClicks": VOCABULARY["ad_clicks"],
    "advertiserAdCost": VOCABULARY["ad_spend"],
}
BOUGHT = {"purchaseRevenue": VOCABULARY["ad_revenue"]}
FEEDS = [*REPORTED.values(), *BOUGHT.values()]

_THROUGH_ADS = {"dimensionFilter": {"filter": {"fieldName": CHANNEL, "inListFilter": {"values": list(PAID)}}}}


def read(ctx: Context, span: Span) -> Iterator[Entry | Flag]:
    """Read advertising and its revenue of the days of ``span``."""
    days = days_of(ctx, span)
    asks, fed = [Ask((*BOUGHT,), {SPAN: days}, (DATE, CHANNEL), _THROUGH_ADS)], [BOUGHT]
    if dimensions := ctx.once("dimensions of ads", lambda: _dimensions(ctx)):
        asks.append(Ask((*REPORTED,), {SPAN: days}, dimensions))
        fed.append(REPORTED)
    else:
        reason = "Google does not tell by day what this property's advertisements did."
        yield Flag(Quality.INCOMPLETE, (*REPORTED.values(),), *days, reason)
    for report, feeds in zip(run(ctx, asks), fed, strict=True):
        yield from flags(report, {metric: [measure] for metric, measure in feeds.items()})
        for row in report.rows:
            yield from _entries(row, feeds)


def _entries(row: dict[str, str], feeds: dict[str, Measure]) -> Iterator[Entry]:
    on = day(row[DATE])
    for metric, measure in feeds.items():
        # A row is there if any of its metrics is something: of many channels only some are advertised in.
        if on is not None and (found := amount(row[metric])):
            yield measure.on(on, found, traffic_channel=row.get(CHANNEL))


def _dimensions(ctx: Context) -> tuple[str, ...]:
    """Return by what Google tells what advertisements did: by day and channel, else by day, else by nothing of use.

    Asked without any dimension, because Google refuses to compare dimensions that do not go with the metrics.
    """
    asked = {"metrics": [{"name": metric} for metric in REPORTED], "compatibilityFilter": "COMPATIBLE"}
    reply = ctx.http.post(place(ctx, ":checkCompatibility"), json=asked, cost=REPORT_COST)
    told = CheckCompatibilityResponse.model_validate_json(reply.content)
    names = {each.dimension_metadata.api_name for each in told.dimension_compatibilities}
    if CHANNEL in names:
        return DATE, CHANNEL
    return (DATE,) if DATE in names else ()
