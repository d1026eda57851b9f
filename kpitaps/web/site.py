"""The routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from kpitaps.errors import LedgerUnavailable
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
/readyz        200 once the history is loaded, while the ledger can be read

Prometheus' remote read asks for the past at /api/v1/read.
"""


def make_app(holder: PageHolder, own_metrics: ASGIApp, is_ready: Callable[[], bool], remote_read: ASGIApp) -> Starlette:
    """Return the application that serves metrics, the past and health.

    Args:
        holder: The page of KPIs.
        own_metrics: Serves the process' own metrics.
        is_ready: Whether the history of every connection is loaded; it may raise `LedgerUnavailable`.
        remote_read: Answers Prometheus' remote read.
    """

    # Not in a thread as what reads the ledger: those may all wait for it, and the process works all the same.
    async def health(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    def ready(_: Request) -> PlainTextResponse:
        try:
            if is_ready():
                return PlainTextResponse("ready\n")
            why = "The history is still being loaded."
        except LedgerUnavailable:
            # Anybody may ask this: where the ledger is, and who uses it, is for the log.
            why = "kpitaps cannot reach its database."
        return PlainTextResponse(f"{why}\n", 503, {"Retry-After": "5"})

    async def index(_: Request) -> PlainTextResponse:
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
