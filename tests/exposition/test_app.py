"""Serving the page over HTTP."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn
from kpis.notebook import ACME, NOW, TODAY, Notebook
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import Route

from kpitaps.exposition import PageHolder, ProcessStatus, metrics_endpoint
from kpitaps.exposition.self_metrics import SelfMetricsEndpoint, register
from kpitaps.kpis import KPIS, Board, define, evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator


def board(orders: int) -> Board:
    return evaluate(ACME, define(KPIS), Notebook().write("orders", TODAY, orders), NOW)


@pytest.fixture
def holder() -> PageHolder:
    holder = PageHolder()
    holder.publish([board(3)])
    return holder


@pytest.fixture
def client(holder: PageHolder) -> Iterator[httpx.Client]:
    """A client of a real server with the endpoint as its route."""
    registry = CollectorRegistry()
    register(registry, ProcessStatus)
    routes = [Route("/metrics/self", SelfMetricsEndpoint(registry)), Route("/metrics", metrics_endpoint(holder))]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        yield client
    server.should_exit = True
    thread.join()


def test_prometheus_gets_text(client: httpx.Client, holder: PageHolder) -> None:
    """The answer is the page, under the type without which Prometheus 3 refuses it."""
    answer = client.get("/metrics", headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "content-encoding" not in answer.headers
    assert answer.content == holder.page.body


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("*", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("", False),
    ],
)
def test_gzip_goes_to_those_who_accept_it(
    client: httpx.Client, holder: PageHolder, accepted: str, is_packed: bool
) -> None:
    """The compressed bytes are sent only where they can be read, and caches are told so."""
    with client.stream("GET", "/metrics", headers={"accept-encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert raw == (holder.page.gzip if is_packed else holder.page.body)
    assert answer.headers.get("content-encoding") == ("gzip" if is_packed else None)
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("form", ["{}", '"other", {}', "*"])
def test_who_has_the_page_is_told_so(client: httpx.Client, holder: PageHolder, form: str) -> None:
    """A matching tag is answered by 304 without a body, until the figures change."""
    has_it = {"if-none-match": form.format(client.get("/metrics").headers["etag"])}
    again = client.get("/metrics", headers=has_it)
    assert (again.status_code, again.content) == (304, b"")
    holder.publish([board(4)])
    assert client.get("/metrics", headers=has_it).status_code == (304 if form == "*" else 200)


def test_head_tells_the_size(client: httpx.Client, holder: PageHolder) -> None:
    """HEAD answers what GET would, without the body."""
    answer = client.head("/metrics", headers={"accept-encoding": "identity"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(holder.page.body)


def test_metrics_are_read_only(client: httpx.Client) -> None:
    """Anything but reading is refused, with what is allowed."""
    answer = client.post("/metrics", content=b"x")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_the_process_metrics_are_apart(client: httpx.Client) -> None:
    """The process' own metrics are at their own path; they do not touch the page's tag."""
    before = client.get("/metrics").headers["etag"]
    assert "kpitaps_connection_up" in client.get("/metrics/self").text
    assert client.get("/metrics").headers["etag"] == before


def test_unloaded_history_leaves_the_page_valid() -> None:
    """A board without figures is an empty page, which is a valid scrape."""
    holder = PageHolder()
    empty = Board.of(ACME, NOW, [], [])
    assert holder.publish([empty])
    assert holder.page.body == b""
    assert empty.as_json() == []
