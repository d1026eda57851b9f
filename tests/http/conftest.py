"""A vendor on loopback: real HTTP, scripted answers."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest

from kpitaps.http import BoundLimit, Http, Limit, RetryPolicy, Tally

HOST = "acme.vendor.example"

Connect = Callable[..., Http]
AsJson = Callable[..., "Answer"]
Bind = Callable[[Limit, str], BoundLimit]


@dataclass(frozen=True)
class Answer:
    """What the vendor says; ``cut`` drops the connection after so many bytes of the body, ``slow`` waits before it."""

    status: int = 200
    body: bytes = b'{"ok": true}'
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    slow: float = 0.0
    drip: float = 0.0


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Vendor:
    """Answers each path from its script, the last answer again and again, and remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.scripts: dict[str, deque[Answer]] = {}
        self.rule: Callable[[Seen], Answer | None] = lambda _: None
        self.hush = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def says(self, path: str, *answers: Answer) -> None:
        self.scripts[path] = deque(answers)

    def answer(self, seen: Seen) -> Answer:
        with self._lock:
            self.seen.append(seen)
            script = self.scripts.get(seen.path.partition("?")[0])
            if found := self.rule(seen):
                return found
            if not script:
                return Answer(404, b'{"error": "no such path"}')
            return script.popleft() if len(script) > 1 else script[0]

    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]

    def close(self) -> None:
        self.hush.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def __init__(self, vendor: Vendor, *args: Any) -> None:
        self.vendor = vendor
        super().__init__(*args)

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.vendor.answer(Seen(self.command, self.path, headers, body))
        try:
            self._write(answer)
        except OSError:
            self.close_connection = True  # the client hung up, as it should when it times out

    do_POST = do_GET  # noqa: N815 - the standard library's name

    def _write(self, answer: Answer) -> None:
        self.vendor.hush.wait(answer.slow)
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.cut is not None:
            self.wfile.write(answer.body[: answer.cut])
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_WR)
            self.close_connection = True
        elif answer.drip:
            for byte in answer.body:
                self.wfile.write(bytes([byte]))
                self.vendor.hush.wait(answer.drip)
        else:
            self.wfile.write(answer.body)


class Clock:
    """A clock that stands still until somebody waits; stands in for ``Condition.wait`` as well."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, turn: threading.Condition, seconds: float) -> None:
        del turn
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()
    yield vendor
    vendor.close()


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(vendor: Vendor, tally: Tally) -> Iterator[Callable[..., Http]]:
    """Return what opens a connection to the vendor by its own host name, sent to loopback by a route."""
    opened: list[Http] = []

    def connect(**terms: Any) -> Http:
        options: dict[str, Any] = {
            "hosts": [HOST],
            "routes": {HOST: vendor.url},
            "policy": RetryPolicy.testing(),
            "tally": tally,
            **terms,
        }
        http = Http(f"https://{HOST}", options.pop("hosts"), **options)
        opened.append(http)
        return http

    yield connect
    for http in opened:
        http.close()


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def as_json() -> Callable[..., Answer]:
    """Return what makes an answer with a JSON body."""
    return lambda value, **more: Answer(body=orjson.dumps(value), **more)
