"""Remote read over HTTP: what is answered, refused, and who waits for whom."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from array import array
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Self

import httpx
import pytest
from exposition.remote_history import EQ, LIMITS, NOW, RE, Long, MadeUp, asked, ms, packed, read, series

from kpitaps.errors import LedgerUnavailable
from kpitaps.exposition.history import DayValues
from kpitaps.exposition.remote_read import Limits, RemoteReadEndpoint
from kpitaps.exposition.remote_read.endpoint import AT_ONCE, PRESENT
from kpitaps.exposition.remote_read.messages import message
from kpitaps.testing import serve
from kpitaps.web import Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kpitaps.exposition.history import History, HistorySeries

WEEK = asked(start=ms(NOW) - 7 * 86_400_000)
PAST = MadeUp([series(company="main"), series(company="other")])


class Served:
    """An endpoint on loopback."""

    def __init__(self, history: History, limits: Limits = LIMITS, patience: float = 30.0) -> None:
        self.endpoint = RemoteReadEndpoint(lambda: history, lambda: NOW, limits, patience=patience)

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


def test_refusals_are_logged_once(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """The log names the limit that a request hit, in one line, and once however often a panel asks again."""
    for expression in ("(", "(", "\n("):
        served.ask(asked((RE, "rep", expression)))
    start = "a request for history was refused: the regular expression for label 'rep' is not valid: missing ): "
    assert caplog.messages == [f"{start}(."]


def test_only_post_is_answered(served: Served) -> None:
    """A browser that looks is told how it would go."""
    answer = served.client.get("/api/v1/read")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_request_sees_one_moment() -> None:
    """However many queries a request has, what is restated meanwhile is in the next one's answer."""
    pasts = iter([MadeUp([series()], changed={date(2025, 11, 19): float(number)}) for number in range(9)])
    body = message("ReadRequest")()
    for _ in range(3):
        body.queries.add(start_timestamp_ms=ms(NOW) - 86_400_000, end_timestamp_ms=ms(NOW))
    with serve(RemoteReadEndpoint(lambda: next(pasts), lambda: NOW, LIMITS)) as url:
        answers = [read(httpx.post(url, content=packed(body), trust_env=False).content) for _ in range(2)]
    values = [[samples[-1][1] for result in answer for samples in result.values()] for answer in answers]
    assert values == [[0.0] * 3, [1.0] * 3]


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
    with Served(past, patience=0.4) as served, ThreadPoolExecutor(AT_ONCE) as callers:
        busy = [callers.submit(served.ask) for _ in range(AT_ONCE)]
        while past.asking < AT_ONCE:
            time.sleep(0.005)
        late = served.ask()
        past.let.set()
        assert (late.status_code, late.text.startswith("Too many queries")) == (503, True)
        assert [each.result().status_code for each in busy] == [503] * AT_ONCE
        assert served.requests() == {"busy": 1, "late": AT_ONCE}


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    """When nobody waits any longer an answer is not made to its end, and its client is told why."""
    past = Long()
    with Served(past, patience=0.2) as served:
        late = served.ask()
        assert (late.status_code, late.text.startswith("The answer was not made within 0.2 seconds: ask")) == (
            503,
            True,
        )
        assert served.requests() == {"late": 1}
    assert 0 < past.made < 15


def _leave(served: Served, *, once: Callable[[], bool]) -> None:
    """Ask, and go away without waiting for the answer."""
    with socket.create_connection((served.client.base_url.host, served.client.base_url.port)) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(WEEK) + WEEK)
        while not once():
            time.sleep(0.005)


def test_who_goes_away_is_not_answered() -> None:
    """When the client closes its connection, what would be its answer is not made to its end."""
    past = Long()
    with Served(past) as served:
        _leave(served, once=lambda: past.made > 0)
        deadline = time.monotonic() + 5
        while not served.requests() and time.monotonic() < deadline:
            time.sleep(0.005)
        assert served.requests() == {"gone": 1}
        assert past.made < 100


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


def test_a_ledger_that_is_away_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """What the ledger complains of is passed on, and the next request tries again; the log tells of it elsewhere."""

    class Away(MadeUp):
        def series(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
            raise LedgerUnavailable("the ledger is locked")

    with Served(Away([])) as served:
        answer = served.ask()
        assert (answer.status_code, answer.text) == (503, "the ledger is locked.\n")
    assert served.requests() == {"failed": 1}
    assert caplog.records == []


class Plenty(MadeUp):
    """A past that has much to tell at once."""

    def values(
        self, wanted: Iterable[HistorySeries], first: date, last: date
    ) -> Iterator[tuple[HistorySeries, DayValues]]:
        dice = random.Random(1)
        known = DayValues(first.toordinal(), array("d", (dice.random() for _ in range((last - first).days))))
        return ((each, known) for each in wanted)


@pytest.mark.slow
def test_a_client_that_takes_nothing_is_dropped() -> None:
    """Who asks for much and does not read it loses its turn, so that others are answered."""
    past = Plenty([series(rep=f"{number}") for number in range(700)])
    much = asked(start=ms(NOW) - 1000 * 86_400_000)
    with Served(past, patience=1.5) as served, ExitStack() as stack:
        address = (served.client.base_url.host, served.client.base_url.port)
        lazy = [stack.enter_context(socket.create_connection(address)) for _ in range(AT_ONCE)]
        for line in lazy:
            line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(much) + much)
        deadline = time.monotonic() + 20
        while served.requests().get("answered", 0) < AT_ONCE and time.monotonic() < deadline:
            time.sleep(0.01)
        assert served.requests() == {"answered": AT_ONCE}
        time.sleep(1.5)
        assert served.ask().status_code == 200


def test_off_loopback_the_token_is_needed() -> None:
    """Behind the guard of a public address the past is read with the token, and not without it."""
    guarded = Guard(RemoteReadEndpoint(lambda: PAST, lambda: NOW, LIMITS), host="0.0.0.0", token="s3cret")
    with serve(guarded) as url:
        path = f"{url}/api/v1/read"
        answers = [
            httpx.post(path, content=WEEK, headers=headers, trust_env=False)
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer s3cret"})
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 200]


def test_a_request_that_breaks_off_is_dropped() -> None:
    """A client that goes away in the middle of its request leaves nothing behind."""
    endpoint = RemoteReadEndpoint(lambda: PAST, lambda: NOW, LIMITS)
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    asyncio.run(endpoint({"type": "http", "method": "POST"}, receive, send))  # type: ignore[arg-type]
    assert (endpoint.status().requests, sent) == ({"gone": 1}, [])
