"""A listener on loopback for the one answer that a consent brings (RFC 8252 §7.3)."""

from __future__ import annotations

import hmac
import queue
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from kpitaps.errors import BadUse, NeedsAuth

if TYPE_CHECKING:
    from types import TracebackType

PATH = "/callback"

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
        port: The port; 0 for any that is free. Sources that compare the whole redirect address need a fixed one.

    Attributes:
        url: Where the source is to send the browser back to.
        state: What must come back with the answer, so that nobody can slip us another one's.

    Raises:
        BadUse: if the port is taken.
    """

    def __init__(self, port: int = 0) -> None:
        self.state = secrets.token_urlsafe(32)
        try:
            self._server = _Server(port, self.state)
        except OSError as error:
            raise BadUse(f"port {port} of 127.0.0.1 cannot be listened on: {error.strerror}: choose another") from None
        self.url = f"http://127.0.0.1:{self._server.server_port}{PATH}"
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

    def wait(self, *, seconds: float) -> str:
        """Return the code that comes back; an answer with another state is turned away.

        Raises:
            NeedsAuth: if the person declines, or no answer comes within ``seconds``.
        """
        try:
            code, reason = self._server.answer.get(timeout=seconds)
        except queue.Empty:
            raise NeedsAuth(f"nobody has consented within {seconds:g} s: authorise again") from None
        if not code:
            raise NeedsAuth(f"the source was asked for consent and answered {reason!r}: authorise again")
        return code


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, state: str) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer: queue.Queue[tuple[str, str]] = queue.Queue(1)
        self._state = state.encode()

    def decide(self, query: dict[str, list[str]]) -> tuple[int, dict[str, str]]:
        """Return status and page for an answer; the first one with the right state is the only one that counts."""
        state, code, error = (query.get(name, [""])[0] for name in ("state", "code", "error"))
        if not hmac.compare_digest(state.encode(), self._state):
            return 400, _UNASKED
        try:
            self.answer.put_nowait((code, error[:100]))
        except queue.Full:
            return 400, _UNASKED
        return 200, _GRANTED if code else _DENIED


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = IDLE

    def log_message(self, *_: Any) -> None:
        """Log nothing: the address holds the code."""

    def do_GET(self) -> None:
        """Answer the browser."""
        address = urlsplit(self.path)
        status, texts = (404, _UNASKED) if address.path != PATH else self.server.decide(parse_qs(address.query))
        body = _PAGE.format(**texts).encode()
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
