"""What Prometheus scrapes: the page of live KPIs, and the process' own metrics.

`kpitaps.exposition.self_metrics` is imported where it is used: it brings prometheus-client along.
"""

from __future__ import annotations

from kpitaps.exposition.app import MetricsEndpoint, metrics_endpoint
from kpitaps.exposition.page import Page, PageHolder, render
from kpitaps.exposition.status import CheckStatus, ConnectionStatus, HostStatus, ProcessStatus, StreamStatus

__all__ = [
    "CheckStatus",
    "ConnectionStatus",
    "HostStatus",
    "MetricsEndpoint",
    "Page",
    "PageHolder",
    "ProcessStatus",
    "StreamStatus",
    "metrics_endpoint",
    "render",
]
