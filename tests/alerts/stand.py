"""A place that shows gauges to Prometheus and takes what Alertmanager says."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEEN_WITHIN = 60.0


class Stand(ThreadingHTTPServer):
    """Shows what ``page`` says at ``/metrics``, and keeps what is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.page = ""
        self.posted: list[dict[str, Any]] = []

    def show(self, revenue: float) -> None:
        """Show another value of the KPI."""
        self.page = f'kpi_order_revenue_eur{{company="kade",window="mtd"}} {revenue}\n'

    def told(self) -> list[tuple[str, str]]:
        """Return what was told, in order: the status and the summary of each alert."""
        return [
            (alert["status"], alert["annotations"]["summary"]) for notice in self.posted for alert in notice["alerts"]
        ]

    def waits_for(self, is_there: Callable[[list[tuple[str, str]]], bool]) -> list[tuple[str, str]]:
        """Return what was told as soon as that is there."""
        deadline = time.monotonic() + SEEN_WITHIN
        while not is_there(told := self.told()):
            assert time.monotonic() < deadline, told
            time.sleep(0.1)
        return told


class Handler(BaseHTTPRequestHandler):
    """Answers for a `Stand`."""

    server: Stand

    def do_GET(self) -> None:
        """Show the page."""
        self._answer(self.server.page.encode())

    def do_POST(self) -> None:
        """Keep a notice."""
        self.server.posted.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def standing() -> Iterator[Stand]:
    """Serve a stand on loopback."""
    with Stand() as stand:
        thread = Thread(target=stand.serve_forever)
        thread.start()
        try:
            yield stand
        finally:
            stand.shutdown()
            thread.join()


def quick(text: str) -> str:
    """Return a configuration whose waiting is a second: minutes are nothing for a test."""
    for slow in ("interval: 1m", "group_wait: 30s", "group_interval: 5m"):
        text = text.replace(slow, f"{slow.partition(':')[0]}: 1s")
    return text


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + SEEN_WITHIN
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)
