"""What makes a report less than the whole truth, and how Google's answer tells of it.

https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/ResponseMetaData
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from kpitaps_google_analytics.sandbox_fields import Metric
    from kpitaps_google_analytics.sandbox_property import Sums

QUIRKS = ("sampled", "thresholded", "other_row", "restricted", "truncated", "empty_reason")
OTHER = "(other)"
FEWEST_USERS = 3
"""Rows of fewer visitors are withheld while the fault ``thresholded`` is acted out."""
LARGEST_CHANNELS = 3
"""How many keep their names while the fault ``other_row`` is acted out."""
SHARE = 4
"""One visit in so many is looked at while the fault ``sampled`` is acted out."""


def applicable(kind: str, dimensions: Collection[str], metrics: Mapping[str, Metric]) -> bool:
    """Return whether a report of these columns can have a quirk."""
    if kind == "other_row":
        return "sessionDefaultChannelGroup" in dimensions
    return kind != "restricted" or any(metric.restricted for metric in metrics.values())


def first_day(first: date, last: date, spoilt: Collection[str]) -> date:
    """Return the first day that is served: the later half of the days while the report is truncated."""
    return first + (last - first) // 2 if "truncated" in spoilt else first


def small_channels(sessions: Mapping[str, int], spoilt: Collection[str]) -> set[str]:
    """Return the channels that are merged into one row."""
    if "other_row" not in spoilt:
        return set()
    largest = sorted(sessions, key=lambda channel: (-sessions[channel], channel))[:LARGEST_CHANNELS]
    return set(sessions) - set(largest)


def is_withheld(sums: Sums, spoilt: Collection[str]) -> bool:
    """Return whether a row is left out because it tells of too few people."""
    return "thresholded" in spoilt and 0 < len(sums.users) < FEWEST_USERS


def value(metric: Metric, sums: Sums, spoilt: Collection[str]) -> float:
    """Return what a report says of a metric: a multiple of what a sample came to, or nothing at all."""
    if metric.restricted and "restricted" in spoilt:
        return 0
    found = metric.value(sums)
    if "sampled" in spoilt and metric.type != "TYPE_SECONDS":
        return round(found / SHARE) * SHARE
    return found


def metadata(
    spoilt: Collection[str], metrics: Mapping[str, Metric], ranges: Sequence[tuple[date, date]], events: int
) -> dict[str, Any]:
    """Return what the metadata of a report say of its quirks; each is left out where there is nothing to say."""
    said: dict[str, Any] = {}
    if "sampled" in spoilt:
        each = {"samplesReadCount": str(events // SHARE), "samplingSpaceSize": str(events)}
        said["samplingMetadatas"] = [each for _ in ranges]
    if "thresholded" in spoilt:
        said["subjectToThresholding"] = True
    if "other_row" in spoilt:
        said["dataLossFromOtherRow"] = True
    if "restricted" in spoilt:
        said["schemaRestrictionResponse"] = {
            "activeMetricRestrictions": [
                {"metricName": name, "restrictedMetricTypes": [metric.restricted]}
                for name, metric in metrics.items()
                if metric.restricted
            ]
        }
    if "truncated" in spoilt:
        said["dataTruncationReasons"] = [_truncation(ranges, spoilt)]
    if "empty_reason" in spoilt:
        said["emptyReason"] = "NO_DATA_AVAILABLE"
    return said


def _truncation(ranges: Sequence[tuple[date, date]], spoilt: Collection[str]) -> dict[str, Any]:
    served = [first_day(first, last, spoilt) for first, last in ranges]
    return {
        "dataTruncationType": "DATA_TRUNCATION_TYPE_DATE_RANGE",
        "dataTruncationMessage": "The query's date range may not be fully served.",
        "dataTruncationDate": max(served).isoformat(),
        "dataTruncationDateRanges": [
            {"startDate": first.isoformat(), "endDate": begin.isoformat()}
            for (first, _), begin in zip(ranges, served, strict=True)
        ],
    }
