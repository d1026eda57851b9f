"""The dimensions and metrics that the sandbox's property has, and which of them go together.

https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kpitaps_google_analytics.sandbox_refusals import incompatible, unknown_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kpitaps_google_analytics.sandbox_property import Sums

DATE, CHANNEL, EVENT, RANGE = "date", "sessionDefaultChannelGroup", "eventName", "dateRange"


class Dimension(NamedTuple):
    """A dimension, as ``metadata`` describes it."""

    title: str
    description: str
    category: str


class Metric(NamedTuple):
    """A metric: its type and title, how it is reckoned, and what kind of restricted data it is."""

    type: str
    title: str
    value: Callable[[Sums], float]
    restricted: str = ""
    is_custom: bool = False


DIMENSIONS = {
    DATE: Dimension("Date", "The date of the event, formatted as YYYYMMDD.", "Time"),
    CHANNEL: Dimension("Session default channel group", "The session's channel group.", "Traffic source"),
    EVENT: Dimension("Event name", "The name of the event.", "Event"),
}

_METRICS = {
    "sessions": Metric("TYPE_INTEGER", "Sessions", lambda sums: sums.sessions),
    "engagedSessions": Metric("TYPE_INTEGER", "Engaged sessions", lambda sums: sums.engaged),
    "screenPageViews": Metric("TYPE_INTEGER", "Views", lambda sums: sums.pages),
    "eventCount": Metric("TYPE_INTEGER", "Event count", lambda sums: sums.events),
    "activeUsers": Metric("TYPE_INTEGER", "Active users", lambda sums: len(sums.users)),
    "totalUsers": Metric("TYPE_INTEGER", "Total users", lambda sums: len(sums.users)),
    "newUsers": Metric("TYPE_INTEGER", "New users", lambda sums: len(sums.new_users)),
    "averageSessionDuration": Metric(
        "TYPE_SECONDS", "Average session duration", lambda sums: sums.seconds / sums.sessions if sums.sessions else 0
    ),
    "keyEvents": Metric("TYPE_FLOAT", "Key events", lambda sums: sums.key_events),
    "ecommercePurchases": Metric("TYPE_INTEGER", "Ecommerce purchases", lambda sums: sums.orders),
    "transactions": Metric("TYPE_INTEGER", "Transactions", lambda sums: sums.orders),
    "purchaseRevenue": Metric("TYPE_CURRENCY", "Purchase revenue", lambda sums: sums.revenue / 100, "REVENUE_DATA"),
    "advertiserAdImpressions": Metric("TYPE_INTEGER", "Ads impressions", lambda sums: sums.impressions),
    "advertiserAdClicks": Metric("TYPE_INTEGER", "Ads clicks", lambda sums: sums.clicks),
    "advertiserAdCost": Metric("TYPE_CURRENCY", "Ads cost", lambda sums: sums.cost / 100, "COST_DATA"),
}
_ADVERTISER = "advertiserAd"


class Schema:
    """The names that the property knows.

    Args:
        page_load_metric: The parameter of its custom metric, in milliseconds.
        ads_by_channel: Whether metrics of advertisements go together with channels, and with dates only beside them;
            else they go with dates alone.
    """

    def __init__(self, page_load_metric: str, *, ads_by_channel: bool) -> None:
        name, kind = page_load_metric, "TYPE_MILLISECONDS"
        self._ads_by_channel = ads_by_channel
        self.metrics = {
            **_METRICS,
            f"customEvent:{name}": Metric(kind, name, lambda sums: sums.load_ms, is_custom=True),
            f"averageCustomEvent:{name}": Metric(
                kind, f"Average {name}", lambda sums: sums.load_ms / sums.loads if sums.loads else 0, is_custom=True
            ),
            f"countCustomEvent:{name}": Metric(
                "TYPE_INTEGER", f"Count {name}", lambda sums: sums.loads, is_custom=True
            ),
        }

    def check(self, dimensions: Sequence[str], metrics: Sequence[str]) -> None:
        """Check that a report may have these columns.

        Raises:
            Refused: if there is no such dimension or metric, or if they do not go together.
        """
        for name in dimensions:
            if name not in {*DIMENSIONS, RANGE}:
                raise unknown_field(name, "dimension")
        for name in metrics:
            if name not in self.metrics:
                raise unknown_field(name, "metric")
        if clash := self.clash(dimensions, metrics):
            raise incompatible(clash)

    def clash(self, dimensions: Iterable[str], metrics: Iterable[str]) -> str:
        """Return the first metric that does not go with the dimensions; empty if all do."""
        asked = {*dimensions}
        # Google has refused the date alone: https://github.com/googleapis/google-cloud-php/issues/5607
        is_apart = DATE in asked and CHANNEL not in asked if self._ads_by_channel else CHANNEL in asked
        if EVENT not in asked and not is_apart:
            return ""
        return next((name for name in metrics if name.startswith(_ADVERTISER)), "")

    def dimension_metadata(self, name: str) -> dict[str, Any]:
        """Return how Google describes a dimension."""
        found = DIMENSIONS[name]
        return {
            "apiName": name,
            "uiName": found.title,
            "description": found.description,
            "category": found.category,
        }

    def metric_metadata(self, name: str) -> dict[str, Any]:
        """Return how Google describes a metric."""
        found = self.metrics[name]
        said: dict[str, Any] = {"apiName": name, "uiName": found.title, "type": found.type}
        if name == "keyEvents":
            said["deprecatedApiNames"] = ["conversions"]
        if found.is_custom:
            said |= {"category": "Custom", "customDefinition": True}
        return said
