"""What Google's Data API answers, as far as it is read.

Fields with a default value are left out of the answers: an empty report has neither ``rows`` nor ``rowCount``, a quota
that is used up no ``remaining``. https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta
"""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class Cell(_Part):
    """A dimension's or a metric's value: always a text."""

    value: str = ""


class Row(_Part):
    """One row; its cells stand in the order of the headers."""

    dimension_values: tuple[Cell, ...] = ()
    metric_values: tuple[Cell, ...] = ()


class DimensionHeader(_Part):
    """What a column of dimensions holds."""

    name: str


class MetricHeader(_Part):
    """What a column of metrics holds, and in which unit."""

    name: str
    type: str = ""


class SamplingMetadata(_Part):
    """How much of the events of one date range were read."""

    samples_read_count: int = 0
    sampling_space_size: int = 0


class ActiveMetricRestriction(_Part):
    """A metric that the reader's role may not see: it is 0 everywhere."""

    metric_name: str
    restricted_metric_types: tuple[str, ...] = ()


class SchemaRestrictionResponse(_Part):
    """What the reader's role may not see."""

    active_metric_restrictions: tuple[ActiveMetricRestriction, ...] = ()


class DataTruncationDateRange(_Part):
    """Days that are cut off, both ends included."""

    start_date: date
    end_date: date


class DataTruncationReason(_Part):
    """Why a part of the report is cut off, and of which days."""

    data_truncation_type: str = ""
    data_truncation_message: str = ""
    data_truncation_date: date | None = None
    data_truncation_date_ranges: tuple[DataTruncationDateRange, ...] = ()


class ResponseMetaData(_Part):
    """What Google says of a report."""

    currency_code: str = ""
    time_zone: str = ""
    empty_reason: str = ""
    data_loss_from_other_row: bool = False
    subject_to_thresholding: bool = False
    sampling_metadatas: tuple[SamplingMetadata, ...] = ()
    schema_restriction_response: SchemaRestrictionResponse = SchemaRestrictionResponse()
    data_truncation_reasons: tuple[DataTruncationReason, ...] = ()


class QuotaStatus(_Part):
    """What a request took of a quota, and what is left of it."""

    consumed: int = 0
    remaining: int = 0


class PropertyQuota(_Part):
    """What is left of the property's quotas; None for what the answer does not tell."""

    tokens_per_day: QuotaStatus | None = None
    tokens_per_hour: QuotaStatus | None = None
    tokens_per_project_per_hour: QuotaStatus | None = None
    concurrent_requests: QuotaStatus | None = None
    server_errors_per_project_per_hour: QuotaStatus | None = None
    potentially_thresholded_requests_per_hour: QuotaStatus | None = None


class RunReportResponse(_Part):
    """A page of a report; ``row_count`` is that of the whole report."""

    dimension_headers: tuple[DimensionHeader, ...] = ()
    metric_headers: tuple[MetricHeader, ...] = ()
    rows: tuple[Row, ...] = ()
    row_count: int = 0
    metadata: ResponseMetaData = ResponseMetaData()


class BatchRunReportsResponse(_Part):
    """Several reports that were asked for at once, in the order of asking."""

    reports: tuple[RunReportResponse, ...] = ()


class Quoted(_Part):
    """The quotas that an answer tells: a report's own, or those of each report of a batch."""

    property_quota: PropertyQuota | None = None
    reports: tuple[Quoted, ...] = ()


class FieldMetadata(_Part):
    """A dimension or a metric that the property has."""

    api_name: str = ""


class DimensionCompatibility(_Part):
    """A dimension that can be added to a report: others are not asked for."""

    dimension_metadata: FieldMetadata = FieldMetadata()


class CheckCompatibilityResponse(_Part):
    """Which dimensions can be added to a report."""

    dimension_compatibilities: tuple[DimensionCompatibility, ...] = ()


class Metadata(_Part):
    """The metrics that the property has, its own ones included."""

    metrics: tuple[FieldMetadata, ...] = ()
