"""What a request may say, field by field, and how Google refuses what it does not understand.

https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from kpitaps_google_analytics.sandbox_refusals import invalid

MOST_ROWS = 250_000
MOST_RANGES = 4
MOST_DIMENSIONS = 9
MOST_METRICS = 10
MOST_REPORTS = 5

_RELATIVE = re.compile(r"(\d+)daysAgo")
_NAMED_DAYS = {"today": 0, "yesterday": 1}


def _int64(value: Any) -> Any:
    """Return a number that comes as text or as a number, as JSON writes Google's long integers."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d+", value) else value


Int64 = Annotated[int, BeforeValidator(_int64)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, frozen=True)


class Named(_Part):
    """A dimension or a metric."""

    name: str = ""


class DateRange(_Part):
    """Days, both included, in the property's time zone."""

    start_date: str
    end_date: str
    name: str = ""

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day.

        Raises:
            Refused: if one of them is no day, or the last is before the first.
        """
        first, last = _day(self.start_date, today), _day(self.end_date, today)
        if last < first:
            raise invalid(f"The endDate {self.end_date} is before the startDate {self.start_date}.")
        return first, last


class StringFilter(_Part):
    """A text compared with another."""

    match_type: Literal["EXACT", "BEGINS_WITH", "ENDS_WITH", "CONTAINS", "FULL_REGEXP", "PARTIAL_REGEXP"] = "EXACT"
    value: str = ""
    case_sensitive: bool = False


class InListFilter(_Part):
    """A text that is one of several."""

    values: list[str]
    case_sensitive: bool = False


class NumericValue(_Part):
    """A number."""

    int64_value: Int64 | None = None
    double_value: float | None = None

    @property
    def number(self) -> float:
        """Whichever is given."""
        return self.double_value if self.double_value is not None else self.int64_value or 0


class NumericFilter(_Part):
    """A number compared with another."""

    operation: Literal["EQUAL", "LESS_THAN", "LESS_THAN_OR_EQUAL", "GREATER_THAN", "GREATER_THAN_OR_EQUAL"]
    value: NumericValue


class BetweenFilter(_Part):
    """A number between two others, both included."""

    from_value: NumericValue
    to_value: NumericValue


class EmptyFilter(_Part):
    """A value that is missing."""


class Filter(_Part):
    """One comparison with the value of a dimension or a metric."""

    field_name: str
    string_filter: StringFilter | None = None
    in_list_filter: InListFilter | None = None
    numeric_filter: NumericFilter | None = None
    between_filter: BetweenFilter | None = None
    empty_filter: EmptyFilter | None = None


class FilterExpressionList(_Part):
    """Several of them."""

    expressions: list[FilterExpression]


class FilterExpression(_Part):
    """One comparison, or several put together."""

    and_group: FilterExpressionList | None = None
    or_group: FilterExpressionList | None = None
    not_expression: FilterExpression | None = None
    filter: Filter | None = None


class DimensionOrderBy(_Part):
    """By a dimension's value."""

    dimension_name: str
    order_type: Literal["ALPHANUMERIC", "CASE_INSENSITIVE_ALPHANUMERIC", "NUMERIC"] = "ALPHANUMERIC"


class MetricOrderBy(_Part):
    """By a metric's value."""

    metric_name: str


class OrderBy(_Part):
    """How rows are sorted."""

    desc: bool = False
    dimension: DimensionOrderBy | None = None
    metric: MetricOrderBy | None = None


class RunReportRequest(_Part):
    """A report that is asked for."""

    property: str = ""
    dimensions: list[Named] = []
    metrics: list[Named] = []
    date_ranges: list[DateRange] = []
    dimension_filter: FilterExpression | None = None
    metric_filter: FilterExpression | None = None
    offset: Int64 = 0
    limit: Int64 = 0
    metric_aggregations: list[Literal["TOTAL", "MINIMUM", "MAXIMUM"]] = []
    order_bys: list[OrderBy] = []
    currency_code: str = ""
    keep_empty_rows: bool = False
    return_property_quota: bool = False


class BatchRunReportsRequest(_Part):
    """Several reports of one property."""

    requests: list[RunReportRequest]


class CheckCompatibilityRequest(_Part):
    """What else a report could hold."""

    dimensions: list[Named] = []
    metrics: list[Named] = []
    dimension_filter: FilterExpression | None = None
    metric_filter: FilterExpression | None = None
    compatibility_filter: Literal["COMPATIBLE", "INCOMPATIBLE"] | None = None


AnyRequest = TypeVar("AnyRequest", RunReportRequest, BatchRunReportsRequest, CheckCompatibilityRequest)


def read(kind: type[AnyRequest], content: bytes) -> AnyRequest:
    """Return a request.

    Raises:
        Refused: if it is no JSON, or says what Google does not know.
    """
    try:
        return kind.model_validate_json(content or b"{}")
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"][:-1]))
        name = wrong["loc"][-1] if wrong["loc"] else ""
        if wrong["type"] == "extra_forbidden":
            said = f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field."
        else:
            said = f"Invalid value at '{'.'.join(map(str, wrong['loc']))}': {wrong['msg']}"
        raise invalid(said) from None


def _day(text: str, today: date) -> date:
    if text in _NAMED_DAYS:
        return today - timedelta(days=_NAMED_DAYS[text])
    if relative := _RELATIVE.fullmatch(text):
        return today - timedelta(days=int(relative[1]))
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else _no_day(text)
    except ValueError:
        return _no_day(text)


def _no_day(text: str) -> date:
    raise invalid(f"Invalid date: {text}. It must be YYYY-MM-DD, NdaysAgo, yesterday or today.")
