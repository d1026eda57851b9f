"""What the property says of its own fields: all of them, and which still fit into a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps_google_analytics.sandbox_fields import DIMENSIONS
from kpitaps_google_analytics.sandbox_filters import names_in

if TYPE_CHECKING:
    from kpitaps_google_analytics.sandbox_fields import Schema
    from kpitaps_google_analytics.sandbox_requests import CheckCompatibilityRequest


def compatibility(schema: Schema, asked: CheckCompatibilityRequest) -> dict[str, Any]:
    """Return which dimensions and metrics could be added to a report.

    https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/checkCompatibility

    Raises:
        Refused: if what the report has already does not go together.
    """
    dimensions = [*(each.name for each in asked.dimensions), *names_in(asked.dimension_filter)]
    metrics = [*(each.name for each in asked.metrics), *names_in(asked.metric_filter)]
    schema.check(dimensions, metrics)
    found = {
        "dimensionCompatibilities": [
            {
                "dimensionMetadata": schema.dimension_metadata(name),
                "compatibility": _said(is_compatible=not schema.clash([*dimensions, name], metrics)),
            }
            for name in DIMENSIONS
        ],
        "metricCompatibilities": [
            {
                "metricMetadata": schema.metric_metadata(name),
                "compatibility": _said(is_compatible=not schema.clash(dimensions, [*metrics, name])),
            }
            for name in schema.metrics
        ],
    }
    wanted = asked.compatibility_filter
    kept = {key: [each for each in rows if wanted in (None, each["compatibility"])] for key, rows in found.items()}
    return {key: rows for key, rows in kept.items() if rows}


def metadata(schema: Schema, property_id: str) -> dict[str, Any]:
    """Return all dimensions and metrics; those that every property has, for property 0."""
    own = [name for name, metric in schema.metrics.items() if property_id != "0" or not metric.is_custom]
    return {
        "dimensions": [schema.dimension_metadata(name) for name in DIMENSIONS],
        "metrics": [schema.metric_metadata(name) for name in own],
        "name": f"properties/{property_id}/metadata",
    }


def _said(*, is_compatible: bool) -> str:
    return "COMPATIBLE" if is_compatible else "INCOMPATIBLE"
