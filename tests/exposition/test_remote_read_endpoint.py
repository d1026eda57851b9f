"""Remote read over HTTP: what is answered, refused, and who waits for whom."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import httpx
import pytest
from exposition.remote_history import EQ, LIMITS, NOW, MadeUp, asked, ms, read, series

from kpitaps.errors import LedgerUnavailable
from kpitaps.exposition.remote_read import Limits, RemoteReadEndpoint
from kpitaps.exposition.remote_read.endpoint import AT_ONCE, PRESENT
from kpitaps.testing import serve
from kpitaps.web import Guard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.exposition.history import History

WEEK = asked(start=ms(NOW) - 7 * 86_400_000)
PAST = MadeUp([series(company="main"), series(company="other")])


class Served:
    """An endpoint on loopback."""

    def __init__(self, history: History, limits: Limits = LIMITS, patience: float = 30.0) -> None:
        self.endpoint = RemoteReadEndpoint(history, lambda: NOW, limits, patience=patience)

    def __enter__(self) -> Self:
        self._serving = serve(self.endpoint)
        self.client = httpx.Client(base_url=self._serving.__enter__(), trust_env=False, timeout=30)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._serving.__exit__(None, None, None)

    def ask(self, body: bytes = WEEK) -> httpx.Response:
        return self.client.post("/api/v1/read", content=body)

    def requests(self) -> dict[str, int]:
        return dict(self.endpoint.status().requests)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served(PAST, replace(LIMITS, series=2)) as each:
        yield each


def test_answer_has_the_headers_of_remote_read(served: Served) -> None:
    """An answer says that it is protobuf in Snappy, and how long it is."""
    answer = served.ask()
    assert answer.status_code == 200
    assert (answer.headers["content-type"], answer.headers["content-encoding"]) == ("application/x-protobuf", "snappy")
    (found,) = read(answer.content)
    assert [len(samples) for samples in found.values()] == [7, 7]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"nonsense", 400, "the body is no Snappy"),
        (b"\x00" * ((1 << 20) + 1), 413, "A request may have 1048576 bytes."),
        (b"\xff\xff\xff\xff\x0f" + b"\x00" * 9, 400, "4294967295 bytes long"),
    ],
)
def test_refusals_are_sentences(served: Served, body: bytes, status: int, sentence: str) -> None:
    """Prometheus shows the text of a refusal, so it is one; the next request is answered as if nothing had been."""
    answer = served.ask(body)
    assert answer.status_code == status
    assert sentence in answer.text
    assert answer.text.endswith(".\n")
    assert served.ask().status_code == 200


def test_only_post_is_answered(served: Served) -> None:
    """A browser that looks is told how it would go."""
    answer = served.client.get("/api/v1/read")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_everything_is_counted() -> None:
    """Requests count by outcome, answers by series and samples."""
    with Served(PAST) as served:
        served.ask()
        served.ask(asked((EQ, "company", "main"), start=ms(NOW) - 86_400_000))
        served.ask(b"nonsense")
        status = served.endpoint.status()
    assert status.requests == {"answered": 2, "refused": 1}
    assert (status.series, status.samples) == (3, 15)
    assert status.seconds > 0


class Slow(MadeUp):
    """A past that answers when it is let."""

    def __init__(self) -> None:
        super().__init__([series()])
        self.let, self.asking, self.most = threading.Event(), 0, 0
        self._lock = threading.Lock()

    def series(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - as the past that it stands for
        with self._lock:
            self.asking += 1
            self.most = max(self.most, self.asking)
        self.let.wait(20)
        with self._lock:
            self.asking -= 1
        return super().series()


def test_few_are_answered_at_once() -> None:
    """Requests wait for their turn, and all are answered in the end; others of the server do not wait for them."""
    past = Slow()
    with Served(past) as served, ThreadPoolExecutor(8) as callers:
        waiting = [callers.submit(served.ask) for _ in range(8)]
        while past.asking < AT_ONCE:
            time.sleep(0.005)
        started = time.perf_counter()
        assert served.client.get("/").status_code == 405
        assert time.perf_counter() - started < 5
        past.let.set()
        assert [each.result().status_code for each in waiting] == [200] * 8
    assert past.most == AT_ONCE


def test_who_waits_too_long_is_told() -> None:
    """Where nobody's turn comes, a request is told to come again, and is counted."""
    past = Slow()
    with Served(past, patience=0.1) as served, ThreadPoolExecutor(AT_ONCE) as callers:
        busy = [callers.submit(served.ask) for _ in range(AT_ONCE)]
        while past.asking < AT_ONCE:
            time.sleep(0.005)
        late = served.ask()
        past.let.set()
        assert (late.status_code, late.text.startswith("Too many queries")) == (503, True)
        assert [each.result().status_code for each in busy] == [200] * AT_ONCE
        assert served.requests() == {"busy": 1, "answered": AT_ONCE}


def test_a_crowd_is_sent_away_at_once() -> None:
    """Beyond those that may wait, a request is not even read: bodies of those who wait take memory."""
    past = Slow()
    with Served(past) as served, ThreadPoolExecutor(PRESENT + 1) as callers:
        asked_for = [callers.submit(served.ask) for _ in range(PRESENT + 1)]
        first = next(as_completed(asked_for))
        assert (first.result().status_code, first.result().text.startswith("Too many queries")) == (503, True)
        past.let.set()
        assert sorted(each.result().status_code for each in asked_for) == [200] * PRESENT + [503]


def test_a_request_that_does_not_arrive_is_given_up() -> None:
    """A client that sends its request too slowly is told so, and does not take a place for ever."""
    with Served(PAST, patience=0.2) as served:
        address = (served.client.base_url.host, served.client.base_url.port)
        with socket.create_connection(address, timeout=10) as line:
            line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc")
            assert line.recv(100).startswith(b"HTTP/1.1 408")


def test_a_ledger_that_is_away_is_said() -> None:
    """What the ledger complains of is passed on, and the next request tries again."""

    class Away(MadeUp):
        def series(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
            raise LedgerUnavailable("the ledger is locked")

    with Served(Away([])) as served:
        answer = served.ask()
        assert (answer.status_code, answer.text) == (503, "the ledger is locked.\n")
    assert served.requests() == {"failed": 1}


@pytest.mark.slow
def test_a_client_that_takes_nothing_is_dropped() -> None:
    """Who asks for much and does not read it loses its turn, so that others are answered."""
    past = MadeUp([series(rep=f"{number}") for number in range(300)])
    much = asked(start=ms(NOW) - 1000 * 86_400_000, step_ms=86_400_000)
    with Served(past, patience=1) as served, ExitStack() as stack:
        address = (served.client.base_url.host, served.client.base_url.port)
        lazy = [stack.enter_context(socket.create_connection(address)) for _ in range(AT_ONCE)]
        for line in lazy:
            line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(much) + much)
        deadline = time.monotonic() + 20
        while served.requests().get("answered", 0) < AT_ONCE and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(1)
        assert served.ask().status_code == 200


def test_off_loopback_the_token_is_needed() -> None:
    """Behind the guard of a public address the past is read with the token, and not without it."""
    guarded = Guard(RemoteReadEndpoint(PAST, lambda: NOW, LIMITS), host="0.0.0.0", token="s3cret")
    with serve(guarded) as url:
        path = f"{url}/api/v1/read"
        answers = [
            httpx.post(path, content=WEEK, headers=headers, trust_env=False)
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer s3cret"})
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 200]


def test_a_request_that_breaks_off_is_refused() -> None:
    """A client that goes away in the middle of its request leaves nothing behind."""
    endpoint = RemoteReadEndpoint(PAST, lambda: NOW, LIMITS)
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    asyncio.run(endpoint({"type": "http", "method": "POST"}, receive, send))  # type: ignore[arg-type]
    assert endpoint.status().requests == {"refused": 1}
