"""A listener on loopback for the one answer that a consent brings (RFC 8252 §7.3)."""

from __future__ import annotations

import hmac
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from kpitaps.errors import BadUse, NeedsAuth

if TYPE_CHECKING:
    from types import TracebackType

ADDRESS = "http://127.0.0.1:0/callback"
"""The usual address; port 0 is any that is free."""

IDLE = 5.0
"""Seconds until a browser that connected ahead of time, and says nothing, is hung up on."""

_PAGE = """<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>kpitaps</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem}}</style></head>
<body><h1>kpitaps</h1><p lang="nl">{nl}</p><p lang="en">{en}</p></body></html>
"""
_GRANTED = {
    "nl": "De toestemming is ontvangen. Sluit dit venster en ga terug naar kpitaps.",
    "en": "Your consent has been received. Close this window and go back to kpitaps.",
}
_DENIED = {
    "nl": "Er is geen toestemming gegeven. Ga terug naar kpitaps om het opnieuw te proberen.",
    "en": "No consent was given. Go back to kpitaps to try again.",
}
_UNASKED = {
    "nl": "Dit antwoord hoort niet bij de vraag die kpitaps heeft gesteld. Begin opnieuw in kpitaps.",
    "en": "This answer does not belong to the question that kpitaps asked. Start again in kpitaps.",
}
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",  # the address holds the code
    "Cache-Control": "no-store",
    "Connection": "close",
}


class Callback:
    """Listens on 127.0.0.1 until one answer has come; a context manager.

    Args:
        address: Where the browser is sent back to, ``http://127.0.0.1:<port>/<path>`` or with ``localhost``; port 0 is
            any that is free. Sources that compare the whole address need the one that the app is registered with.

    Attributes:
        url: The same, with the port that was taken.

    Raises:
        BadUse: if the address is not on loopback, or its port is taken.
    """

    def __init__(self, address: str = ADDRESS) -> None:
        port = loopback_port(address)
        if port is None:
            raise BadUse(f"{address} is no address to listen on: it must be like http://127.0.0.1:9471/callback")
        place = urlsplit(address)
        try:
            self._server = _Server(port, place.path or "/")
        except OSError as error:
            raise BadUse(f"port {port} of 127.0.0.1 cannot be listened on: {error.strerror}: choose another") from None
        self.url = f"http://{place.hostname}:{self._server.server_port}{place.path}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def expect(self, state: str) -> None:
        """Take the answer that comes with ``state``; until then, all are turned away."""
        self._server.state = state.encode()

    def wait(self, *, seconds: float) -> str:
        """Return the address that the browser came back to, with the state that was expected.

        Raises:
            NeedsAuth: if no answer comes within ``seconds``.
        """
        try:
            return f"{self.url}?{self._server.answer.get(timeout=seconds)}"
        except queue.Empty:
            raise NeedsAuth(f"nobody has consented within {seconds:g} s: authorise again") from None


def loopback_port(address: str) -> int | None:
    """Return the port of an address on loopback that can be listened on; None if it is another address."""
    try:
        place = urlsplit(address)
        port = place.port
    except ValueError:
        return None
    if place.scheme != "http" or place.hostname not in ("127.0.0.1", "localhost"):
        return None
    return 80 if port is None else port


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, path: str) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.path = path
        self.answer: queue.Queue[str] = queue.Queue(1)
        self.state: bytes | None = None

    def decide(self, query: str) -> tuple[int, dict[str, str]]:
        """Return status and page for an answer; the first one with the right state is the only one that counts."""
        fields = parse_qs(query)
        state = fields.get("state", [""])[0].encode()
        if self.state is None or not hmac.compare_digest(state, self.state):
            return 400, _UNASKED
        try:
            self.answer.put_nowait(query)
        except queue.Full:
            return 400, _UNASKED
        return 200, _GRANTED if fields.get("code") else _DENIED


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = IDLE

    def log_message(self, *_: Any) -> None:
        """Log nothing: the address holds the code."""

    def do_GET(self) -> None:
        """Answer the browser."""
        address = urlsplit(self.path)
        known = (address.path or "/") == self.server.path
        status, texts = self.server.decide(address.query) if known else (404, _UNASKED)
        body = _PAGE.format(**texts).encode()
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
