"""Asking for reports: in batches, page by page, as rows of texts by the names of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpitaps import RetryLater
from kpitaps_google_analytics.limits import REPORT_COST
from kpitaps_google_analytics.payloads import BatchRunReportsResponse, RunReportResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpitaps import Context, DaySpan
    from kpitaps_google_analytics.payloads import ResponseMetaData

DATE = "date"
CHANNEL = "sessionDefaultChannelGroup"
RANGE = "dateRange"
"""The column that Google adds when there are several date ranges."""

PAGE = 10_000
BATCH = 5
"""Reports in one request at most."""
RANGES = 4
"""Date ranges in one report at most."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A report that is wanted.

    Attributes:
        metrics: Its metrics.
        days: The date ranges by name, `RANGES` at most.
        dimensions: Its dimensions.
        filters: Further fields of the request.
    """

    metrics: tuple[str, ...]
    days: Mapping[str, DaySpan]
    dimensions: tuple[str, ...] = ()
    filters: Mapping[str, Any] | None = None

    def body(self, offset: int = 0) -> dict[str, Any]:
        """Return the request for the page that begins at row ``offset``."""
        asked: dict[str, Any] = {
            "dateRanges": self._ranges(),
            "metrics": [{"name": name} for name in self.metrics],
            "limit": str(PAGE),
            "offset": str(offset),
            "returnPropertyQuota": True,
            **(self.filters or {}),
        }
        if self.dimensions:
            asked["dimensions"] = [{"name": name} for name in self.dimensions]
            # Without an order pages overlap.
            asked["orderBys"] = [{"dimension": {"dimensionName": name}} for name in self.dimensions]
        return asked

    def _ranges(self) -> list[dict[str, str]]:
        ranges = {
            name: {"startDate": days.first.isoformat(), "endDate": days.last.isoformat()}
            for name, days in self.days.items()
        }
        # Rows tell a date range by its name; one range needs none.
        return [{"name": name, **dates} if len(ranges) > 1 else dates for name, dates in ranges.items()]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Attributes:
        ask: What was asked.
        rows: By the names of their columns.
        types: The unit of each metric, in Google's words.
        said: What Google says of it, page by page.
    """

    ask: Ask
    rows: tuple[dict[str, str], ...]
    types: dict[str, str]
    said: tuple[ResponseMetaData, ...]


def run(ctx: Context, asks: Sequence[Ask]) -> list[Report]:
    """Return the reports that are asked for, whole, in the same order.

    Raises:
        RetryLater: if a report is missing from a batch, or changes between its pages.
    """
    reports: list[Report] = []
    for start in range(0, len(asks), BATCH):
        batch = asks[start : start + BATCH]
        firsts = [_page(ctx, batch[0], 0)] if len(batch) == 1 else _batch(ctx, batch)
        reports += [_whole(ctx, ask, first) for ask, first in zip(batch, firsts, strict=True)]
    return reports


def place(ctx: Context, method: str) -> str:
    """Return the path of a method of the property."""
    return f"/v1beta/properties/{ctx.settings.property_id}{method}"


def _batch(ctx: Context, asks: Sequence[Ask]) -> tuple[RunReportResponse, ...]:
    body = {"requests": [ask.body() for ask in asks]}
    reply = ctx.http.post(place(ctx, ":batchRunReports"), json=body, cost=REPORT_COST * len(asks))
    reports = BatchRunReportsResponse.model_validate_json(reply.content).reports
    if len(reports) != len(asks):
        raise RetryLater(f"Google was asked for {len(asks)} reports at once, and answered {len(reports)}")
    return reports


def _page(ctx: Context, ask: Ask, offset: int) -> RunReportResponse:
    reply = ctx.http.post(place(ctx, ":runReport"), json=ask.body(offset), cost=REPORT_COST)
    return RunReportResponse.model_validate_json(reply.content)


def _whole(ctx: Context, ask: Ask, first: RunReportResponse) -> Report:
    pages, read = [first], len(first.rows)
    while read < first.row_count:
        page = _page(ctx, ask, read)
        if page.row_count != first.row_count or not page.rows:
            raise RetryLater("Google's report changed while its pages were read: they do not belong together")
        pages.append(page)
        read += len(page.rows)
    rows = tuple(row for page in pages for row in _rows(page))
    types = {header.name: header.type for header in first.metric_headers}
    return Report(ask, rows, types, tuple(page.metadata for page in pages))


def _rows(page: RunReportResponse) -> list[dict[str, str]]:
    names = [*(each.name for each in page.dimension_headers), *(each.name for each in page.metric_headers)]
    return [
        dict(zip(names, (cell.value for cell in (*row.dimension_values, *row.metric_values)), strict=True))
        for row in page.rows
    ]
