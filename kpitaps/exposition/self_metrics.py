"""The process' own metrics, served apart from the KPIs: they change with every scrape, KPIs do not.

A custom collector builds new families on each scrape from one frozen status, so that a connection that is gone leaves
nothing behind.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kpitaps.exposition.status import ProcessStatus

_CONNECTION = ["company", "connection", "tap"]
_STREAM = [*_CONNECTION, "stream"]


class StatusCollector(Collector):
    """Shows what ``status`` returns at each scrape."""

    def __init__(self, status: Callable[[], ProcessStatus]) -> None:
        self._status = status

    def describe(self) -> list[Metric]:
        """Return nothing, so that registering does not ask for a status before there is one."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield new families."""
        status = self._status()
        yield from _figures(status)
        yield from _connections(status)
        yield from _streams(status)
        yield from _checks(status)
        yield from _hosts(status)
        yield from _remote_read(status)


def register(registry: CollectorRegistry, status: Callable[[], ProcessStatus]) -> StatusCollector:
    """Let ``registry`` show what ``status`` returns at each scrape."""
    collector = StatusCollector(status)
    registry.register(collector)
    return collector


class SelfMetricsEndpoint:
    """The ASGI application that serves a registry; an object, so that Starlette takes it for an application."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 - ASGI's signature
        """Answer one request with what the registry says now."""
        accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
        encode, content_type = choose_encoder(accept)
        # In a thread: the status is read from the database, and the page of KPIs must not wait for that.
        body = await asyncio.to_thread(encode, self._registry)
        headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def process_metrics(status: Callable[[], ProcessStatus]) -> SelfMetricsEndpoint:
    """Return the ASGI application that serves what ``status`` returns, over a registry of its own."""
    registry = CollectorRegistry()
    register(registry, status)
    return SelfMetricsEndpoint(registry)


def _figures(status: ProcessStatus) -> Iterator[Metric]:
    up = GaugeMetricFamily("kpitaps_ledger_up", "1 if the ledger, kpitaps' database, can be read, else 0.")
    up.add_metric([], int(status.is_ledger_up))
    published = GaugeMetricFamily(
        "kpitaps_board_published_timestamp_seconds", "When the figures on /metrics were last made, changed or not."
    )
    if status.board_published is not None:
        published.add_metric([], status.board_published.timestamp())
    yield from (up, published)


def _connections(status: ProcessStatus) -> Iterator[Metric]:
    up = GaugeMetricFamily(
        "kpitaps_connection_up", "1 if the last run of each stream succeeded, else 0.", labels=_CONNECTION
    )
    loaded = GaugeMetricFamily(
        "kpitaps_history_loaded_ratio", "The part of a connection's history that has been read.", labels=_CONNECTION
    )
    repairs = GaugeMetricFamily("kpitaps_repairs_open", "Things that a person must mend.", labels=_CONNECTION)
    for each in status.connections:
        labels = [each.company, each.connection, each.tap]
        up.add_metric(labels, int(each.is_up))
        loaded.add_metric(labels, each.history_loaded)
        repairs.add_metric(labels, each.repairs_open)
    yield from (up, loaded, repairs)


def _streams(status: ProcessStatus) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        "kpitaps_sync_last_success_timestamp_seconds", "When a run of a stream last succeeded.", labels=_STREAM
    )
    runs = CounterMetricFamily("kpitaps_sync_runs", "Runs of a stream, by outcome.", labels=[*_STREAM, "outcome"])
    duration = SummaryMetricFamily(
        "kpitaps_sync_duration_seconds", "How long the runs of a stream took.", labels=_STREAM
    )
    records = CounterMetricFamily("kpitaps_sync_records", "Records that a stream has read.", labels=_STREAM)
    restatements = CounterMetricFamily(
        "kpitaps_restatements", "Measurements that were known and then changed.", labels=_STREAM
    )
    for connection in status.connections:
        for each in connection.streams:
            labels = [connection.company, connection.connection, connection.tap, each.stream]
            if each.last_success is not None:
                success.add_metric(labels, each.last_success.timestamp())
            for outcome, number in each.runs.items():
                runs.add_metric([*labels, outcome], number)
            duration.add_metric(labels, sum(each.runs.values()), each.seconds)
            records.add_metric(labels, each.records)
            restatements.add_metric(labels, each.restatements)
    yield from (success, runs, duration, records, restatements)


def _checks(status: ProcessStatus) -> Iterator[Metric]:
    labels = [*_CONNECTION, "check"]
    up = GaugeMetricFamily("kpitaps_check_up", "1 if the last run of a check could judge, else 0.", labels=labels)
    last = GaugeMetricFamily(
        "kpitaps_check_last_run_timestamp_seconds", "When a check was last run, well or not.", labels=labels
    )
    for connection in status.connections:
        for each in connection.checks:
            values = [connection.company, connection.connection, connection.tap, each.check]
            up.add_metric(values, int(each.is_up))
            last.add_metric(values, each.last_run.timestamp())
    yield from (up, last)


def _hosts(status: ProcessStatus) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "kpitaps_api_requests",
        "Requests to a source, by class of the answer's status.",
        labels=["host", "status_class"],
    )
    budget = GaugeMetricFamily(
        "kpitaps_api_budget_remaining_ratio",
        "The part of a source's limit that is left, for the account with the least left.",
        labels=["host", "limit"],
    )
    for each in status.hosts:
        for status_class, number in each.requests.items():
            requests.add_metric([each.host, status_class], number)
        for limit, ratio in each.budgets.items():
            budget.add_metric([each.host, limit], ratio)
    yield from (requests, budget)


def _remote_read(status: ProcessStatus) -> Iterator[Metric]:
    read = status.remote_read
    requests = CounterMetricFamily(
        "kpitaps_remote_read_requests", "Requests of Prometheus for the past, by outcome.", labels=["outcome"]
    )
    for outcome, number in read.requests.items():
        requests.add_metric([outcome], number)
    duration = SummaryMetricFamily(
        "kpitaps_remote_read_duration_seconds",
        "How long requests for the past took to be answered.",
        count_value=sum(read.requests.values()),
        sum_value=read.seconds,
    )
    series = CounterMetricFamily(
        "kpitaps_remote_read_series", "Series that requests for the past were answered.", value=read.series
    )
    samples = CounterMetricFamily(
        "kpitaps_remote_read_samples", "Samples that requests for the past were answered.", value=read.samples
    )
    yield from (requests, duration, series, samples)
