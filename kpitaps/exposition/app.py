"""Serves metrics over ASGI, with nothing between the server and the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from kpitaps.exposition.page import PageHolder

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
"""Prometheus 3 fails a scrape without it."""


class MetricsEndpoint:
    """An ASGI application that answers every path with the live metrics.

    It can be mounted in Starlette as ``Route("/metrics", metrics_endpoint(holder))``: an object with ``__call__`` is
    taken for an application.
    """

    def __init__(self, holder: PageHolder) -> None:
        self._holder = holder

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Answer one request: the page, 304 if the client has it already, or 405 for what does not read."""
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            return await _answer(send, 405, [(b"allow", b"GET, HEAD"), (b"content-length", b"0")], b"")
        page = self._holder.page
        asked = _asked(scope)
        etag = page.etag.encode()
        headers = [(b"etag", etag), (b"vary", b"Accept-Encoding"), (b"cache-control", b"no-cache")]
        if _has_it(asked.get(b"if-none-match", b""), etag):
            return await _answer(send, 304, headers, b"")
        headers.append((b"content-type", CONTENT_TYPE))
        body = page.body
        if _takes_gzip(asked.get(b"accept-encoding", b"")):
            headers.append((b"content-encoding", b"gzip"))
            body = page.gzip
        headers.append((b"content-length", str(len(body)).encode()))
        return await _answer(send, 200, headers, b"" if method == "HEAD" else body)


def metrics_endpoint(holder: PageHolder) -> MetricsEndpoint:
    """Return the ASGI application that serves what ``holder`` shows."""
    return MetricsEndpoint(holder)


def _asked(scope: Message) -> dict[bytes, bytes]:
    """Return the request's headers; one that comes several times is joined by commas, as HTTP has it."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = headers[name] + b"," + value if name in headers else value
    return headers


def _has_it(if_none_match: bytes, etag: bytes) -> bool:
    tags = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
    return b"*" in tags or etag.removeprefix(b"W/") in tags


def _takes_gzip(accept_encoding: bytes) -> bool:
    weights = {}
    for choice in accept_encoding.lower().replace(b" ", b"").split(b","):
        coding, _, weight = choice.partition(b";q=")
        weights[coding] = weight.strip(b"0.") != b"" or not weight
    return weights.get(b"gzip", weights.get(b"*", False))


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
