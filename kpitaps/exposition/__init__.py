"""What Prometheus is told: the page of live KPIs, the process' own metrics, and the past when it asks for it.

`kpitaps.exposition.self_metrics` and `kpitaps.exposition.remote_read` are imported where they are used: they bring
prometheus-client, and protobuf, Snappy and RE2 along.
"""

from __future__ import annotations

from kpitaps.exposition.app import MetricsEndpoint, metrics_endpoint
from kpitaps.exposition.page import Page, PageHolder, render
from kpitaps.exposition.status import (
    CheckStatus,
    ConnectionStatus,
    HostStatus,
    ProcessStatus,
    RemoteReadStatus,
    StreamStatus,
)

__all__ = [
    "CheckStatus",
    "ConnectionStatus",
    "HostStatus",
    "MetricsEndpoint",
    "Page",
    "PageHolder",
    "ProcessStatus",
    "RemoteReadStatus",
    "StreamStatus",
    "metrics_endpoint",
    "render",
]
