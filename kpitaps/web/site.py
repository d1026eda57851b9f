"""The routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from kpitaps.exposition import metrics_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from kpitaps.exposition import PageHolder

_INDEX = """kpitaps

/metrics       KPIs for Prometheus
/metrics/self  this process' own metrics
/healthz       200 while the process works
/readyz        200 once the history is loaded

Prometheus' remote read asks for the past at /api/v1/read.
"""


def make_app(holder: PageHolder, own_metrics: ASGIApp, is_ready: Callable[[], bool], remote_read: ASGIApp) -> Starlette:
    """Return the application that serves metrics, the past and health.

    Args:
        holder: The page of KPIs.
        own_metrics: Serves the process' own metrics.
        is_ready: Whether the history of every connection is loaded.
        remote_read: Answers Prometheus' remote read.
    """

    def health(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    def ready(_: Request) -> PlainTextResponse:
        if is_ready():
            return PlainTextResponse("ready\n")
        return PlainTextResponse("the history is still being loaded\n", 503, {"Retry-After": "5"})

    def index(_: Request) -> PlainTextResponse:
        return PlainTextResponse(_INDEX)

    return Starlette(
        routes=[
            Route("/", index),
            Route("/healthz", health),
            Route("/readyz", ready),
            Route("/metrics", metrics_endpoint(holder)),
            Route("/metrics/self", own_metrics),
            Route("/api/v1/read", remote_read),
        ]
    )
