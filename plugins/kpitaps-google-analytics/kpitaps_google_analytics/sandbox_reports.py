"""How a report comes about: sums are grouped by its dimensions, filtered, sorted and cut into pages."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from kpitaps_google_analytics import sandbox_quirks as quirks
from kpitaps_google_analytics.sandbox_fields import CHANNEL, DATE, EVENT, RANGE
from kpitaps_google_analytics.sandbox_filters import names_in, test_of
from kpitaps_google_analytics.sandbox_property import Sums
from kpitaps_google_analytics.sandbox_refusals import invalid
from kpitaps_google_analytics.sandbox_requests import MOST_DIMENSIONS, MOST_METRICS, MOST_RANGES, MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from kpitaps_google_analytics.sandbox_fields import Schema
    from kpitaps_google_analytics.sandbox_property import Property
    from kpitaps_google_analytics.sandbox_requests import OrderBy, RunReportRequest

_USUAL_ROWS = 10_000
Key = tuple[str, ...]


class _Row(NamedTuple):
    key: Key
    values: tuple[str, ...]
    sums: Sums


class Report:
    """One report.

    Args:
        known: What the property has measured.
        schema: What it can tell.
        request: What is asked.
        today: The property's local day.
        spoilt: The quirks that this report has.

    Raises:
        Refused: if the request makes no sense.
    """

    def __init__(
        self, known: Property, schema: Schema, request: RunReportRequest, today: date, spoilt: Collection[str] = ()
    ) -> None:
        self._known, self._request = known, request
        names = [each.name for each in request.metrics]
        if not 0 < len(names) <= MOST_METRICS or len(request.dimensions) > MOST_DIMENSIONS:
            raise invalid(f"Requests are limited to {MOST_DIMENSIONS} dimensions and 1 to {MOST_METRICS} metrics.")
        self._ranges = _ranges(request, today)
        self.dimensions = tuple(each.name for each in request.dimensions)
        is_told = len(self._ranges) > 1 or any(each.name for each in request.date_ranges)
        if is_told and RANGE not in self.dimensions:
            self.dimensions += (RANGE,)
        filtered, kept = names_in(request.dimension_filter), names_in(request.metric_filter)
        schema.check([*self.dimensions, *filtered], [*names, *kept])
        self._metrics = {name: schema.metrics[name] for name in names}
        self._filter_metrics = {name: schema.metrics[name] for name in kept}
        self._by_event = EVENT in {*self.dimensions, *filtered}
        self._spoilt = {kind for kind in spoilt if quirks.applicable(kind, self.dimensions, self._metrics)}
        self._check_order()

    @property
    def cost(self) -> int:
        """Tokens: more for many days and columns; most requests cost fewer than ten.

        https://developers.google.com/analytics/devguides/reporting/data/v1/quotas
        """
        days = sum((last - first).days + 1 for first, last in self._ranges.values())
        return 1 + days * (len(self.dimensions) + len(self._metrics)) // 400

    def body(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer; ``metadata`` is what holds for the property as a whole."""
        rows = [] if "empty_reason" in self._spoilt else self._rows()
        body: dict[str, Any] = {}
        if self.dimensions:
            body["dimensionHeaders"] = [{"name": name} for name in self.dimensions]
        body["metricHeaders"] = [{"name": name, "type": each.type} for name, each in self._metrics.items()]
        limit = min(self._request.limit or _USUAL_ROWS, MOST_ROWS)
        # An empty report has neither rows nor a row count.
        if page := rows[self._request.offset : self._request.offset + limit]:
            body["rows"] = [_written(row.key, row.values) for row in page]
        body |= self._aggregations(rows)
        if rows:
            body["rowCount"] = len(rows)
        events = sum(row.sums.pages + row.sums.sessions for row in rows)
        said = quirks.metadata(self._spoilt, self._metrics, list(self._ranges.values()), events)
        return {**body, "metadata": {**metadata, **said}, "kind": "analyticsData#runReport"}

    def _rows(self) -> list[_Row]:
        groups: dict[Key, list[Sums]] = {}
        for key, sums in self._cells():
            groups.setdefault(key, []).append(sums)
        is_kept = test_of(self._request.metric_filter)
        rows = []
        for key, cells in groups.items():
            sums = _merged(cells)
            values = tuple(_text(quirks.value(each, sums, self._spoilt)) for each in self._metrics.values())
            known = {name: _text(each.value(sums)) for name, each in self._filter_metrics.items()}
            is_empty = not self._request.keep_empty_rows and all(value == "0" for value in values)
            if is_kept(known) and not is_empty and not quirks.is_withheld(sums, self._spoilt):
                rows.append(_Row(key, values, sums))
        return self._sorted(rows)

    def _cells(self) -> Iterator[tuple[Key, Sums]]:
        """Yield what each day, channel and event comes to, under the dimensions of the row that it belongs to."""
        passes, small = test_of(self._request.dimension_filter), self._small_channels()
        for name, (first, last) in self._ranges.items():
            begin = quirks.first_day(first, last, self._spoilt)
            for day in (begin + timedelta(days=number) for number in range((last - begin).days + 1)):
                for channel, event, sums in self._of_day(day):
                    shown = quirks.OTHER if channel in small else channel
                    values = {DATE: f"{day:%Y%m%d}", CHANNEL: shown, EVENT: event, RANGE: name}
                    if passes(values):
                        yield tuple([values[each] for each in self.dimensions]), sums

    def _of_day(self, day: date) -> Iterator[tuple[str, str, Sums]]:
        if self._by_event:
            for (channel, event), sums in self._known.events(day).items():
                yield channel, event, sums
            return
        measured = self._known.day(day)
        for channel, sums in measured.items():
            yield channel, "", sums
        if self._request.keep_empty_rows:
            for channel in self._known.channels:
                if channel not in measured:
                    yield channel, "", Sums()

    def _small_channels(self) -> set[str]:
        sessions: Counter[str] = Counter()
        if "other_row" in self._spoilt:
            for first, last in self._ranges.values():
                for number in range((last - first).days + 1):
                    for channel, sums in self._known.day(first + timedelta(days=number)).items():
                        sessions[channel] += sums.sessions
        return quirks.small_channels(sessions, self._spoilt)

    def _sorted(self, rows: list[_Row]) -> list[_Row]:
        """Return the rows in the order that is asked for; what it leaves open is another order on every page."""
        rows.sort(key=lambda row: crc32(f"{self._request.offset}/{row.key}".encode()))
        for order in reversed(self._request.order_bys):
            rows.sort(key=lambda row: self._sort_key(order, row), reverse=order.desc)
        return rows

    def _sort_key(self, order: OrderBy, row: _Row) -> Any:
        if order.metric:
            return float(row.values[list(self._metrics).index(order.metric.metric_name)])
        assert order.dimension
        text = row.key[self.dimensions.index(order.dimension.dimension_name)]
        if order.dimension.order_type == "NUMERIC":
            return int(text) if text.isdecimal() else -1
        return text.casefold() if order.dimension.order_type == "CASE_INSENSITIVE_ALPHANUMERIC" else text

    def _check_order(self) -> None:
        for order in self._request.order_bys:
            if (order.dimension is None) is (order.metric is None):
                raise invalid("An OrderBy needs exactly one of dimension and metric.")
            name = order.metric.metric_name if order.metric else order.dimension.dimension_name  # type: ignore[union-attr]
            if name not in {*self.dimensions, *self._metrics}:
                raise invalid(f"The OrderBy's {name} is not among the request's dimensions and metrics.")
        if self._request.offset < 0 or self._request.limit < 0:
            raise invalid("The offset and the limit must not be negative.")

    def _aggregations(self, rows: list[_Row]) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        names = {"TOTAL": "totals", "MINIMUM": "minimums", "MAXIMUM": "maximums"}
        for kind in self._request.metric_aggregations if rows else ():
            asked[names[kind]] = [
                _written(self._reserved(kind, name), self._aggregated(kind, own))
                for name in self._ranges
                if (own := [row for row in rows if RANGE not in self.dimensions or name in row.key])
            ]
        return asked

    def _reserved(self, kind: str, name: str) -> Key:
        return tuple([name if each == RANGE else f"RESERVED_{kind}" for each in self.dimensions])

    def _aggregated(self, kind: str, rows: list[_Row]) -> tuple[str, ...]:
        if kind == "TOTAL":
            sums = _merged([row.sums for row in rows])
            return tuple([_text(quirks.value(each, sums, self._spoilt)) for each in self._metrics.values()])
        pick = min if kind == "MINIMUM" else max
        return tuple([pick((row.values[index] for row in rows), key=float) for index in range(len(self._metrics))])


def _ranges(request: RunReportRequest, today: date) -> dict[str, tuple[date, date]]:
    """Return the date ranges by name: its own, or ``date_range_0`` and so on."""
    asked = request.date_ranges
    if not 0 < len(asked) <= MOST_RANGES:
        raise invalid(f"Requests are limited to {MOST_RANGES} date ranges, and need one.")
    for each in asked:
        if each.name.startswith(("date_range_", "RESERVED_")):
            raise invalid(f"A date range may not be called {each.name}.")
    ranges = {each.name or f"date_range_{index}": each.days(today) for index, each in enumerate(asked)}
    if len(ranges) < len(asked):
        raise invalid("Date ranges need names of their own.")
    return ranges


def _merged(cells: list[Sums]) -> Sums:
    if len(cells) == 1:
        return cells[0]
    sums = Sums()
    for each in cells:
        sums.add(each)
    return sums


def _written(key: Key, values: tuple[str, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {"dimensionValues": [{"value": each} for each in key]} if key else {}
    row["metricValues"] = [{"value": each} for each in values]
    return row


def _text(number: float) -> str:
    """Return a number as Google writes it: as text, without decimals where there are none."""
    return str(int(number)) if number == int(number) else repr(number)
