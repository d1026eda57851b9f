"""Serving an application on loopback, with the faults that any HTTP service can have."""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from kpitaps.errors import BadUse
from kpitaps.testing import Clock, Faults, Front, Logged, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request


class World:
    """One application behind a front, and a client for it."""

    def __init__(self, stack: ExitStack) -> None:
        self.faults = Faults()
        self.log: list[Logged] = []
        inner = Starlette(routes=[Route("/hello", _hello)])
        self.front = Front(inner, clock=Clock(), faults=self.faults, log=self.log)
        self.url = stack.enter_context(serve(self.front))
        self.client = stack.enter_context(httpx.Client(base_url=self.url, timeout=5))


async def _hello(request: Request) -> JSONResponse:
    request.state.cost = 3
    return JSONResponse({"hello": "world" * 20})


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        yield World(stack)


def test_answers_are_logged_with_what_they_cost(world: World) -> None:
    """Each request leaves a line with method, path, status and cost."""
    assert world.client.get("/hello").json() == {"hello": "world" * 20}
    world.client.get("/nowhere")
    assert [(line.method, line.path, line.status, line.cost) for line in world.log] == [
        ("GET", "/hello", 200, 3),
        ("GET", "/nowhere", 404, 0),
    ]


def test_small_answers_do_not_wait_for_the_network(world: World) -> None:
    """Keep-alive requests take milliseconds: Nagle's algorithm would hold each of them 40 ms."""
    start = time.perf_counter()
    for _ in range(50):
        world.client.get("/hello")
    assert time.perf_counter() - start < 1.5


@pytest.mark.parametrize("kind", ["429", "500", "502", "503"])
def test_status_faults_spoil_one_request(world: World, kind: str) -> None:
    """The queued status comes once, a 429 with the time to wait; the next request is fine."""
    world.faults.add(kind)
    spoilt = world.client.get("/hello")
    assert spoilt.status_code == int(kind)
    assert spoilt.headers.get("Retry-After") == ("1" if kind == "429" else None)
    assert world.client.get("/hello").status_code == 200
    assert world.log[0].note == kind


def test_a_cut_body_breaks_the_promise_of_its_length(world: World) -> None:
    """The client sees the connection end before the body does."""
    world.faults.add("cut_body")
    with pytest.raises(httpx.RemoteProtocolError):
        world.client.get("/hello")
    assert world.client.get("/hello").status_code == 200


def test_malformed_json_arrives_whole_and_unreadable(world: World) -> None:
    """The length is right, the content is not."""
    world.faults.add("malformed_json")
    reply = world.client.get("/hello")
    assert reply.status_code == 200
    assert len(reply.content) == int(reply.headers["Content-Length"])
    with pytest.raises(json.JSONDecodeError):
        reply.json()


def test_a_held_answer_outlasts_the_client(world: World) -> None:
    """The client's own deadline ends it; the server goes on with the next request."""
    world.faults.add("timeout")
    with pytest.raises(httpx.ReadTimeout):
        world.client.get("/hello", timeout=0.1)
    assert world.client.get("/hello").status_code == 200


def test_a_held_answer_comes_late(world: World) -> None:
    """After its seconds it is answered, as a gateway would."""
    world.faults.add("timeout", seconds=0.1)
    assert world.client.get("/hello").status_code == 504


def test_held_answers_do_not_keep_the_server_from_ending() -> None:
    """Closing the server drops an answer that somebody still waits for."""
    with ExitStack() as stack:
        world = World(stack)
        world.faults.add("timeout")
        url = httpx.URL(world.url)
        waiting = stack.enter_context(socket.create_connection((url.host, url.port)))
        waiting.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        while world.faults.pending:
            time.sleep(0.01)
        start = time.perf_counter()
    assert time.perf_counter() - start < 5


def test_a_taken_port_is_named(world: World) -> None:
    """The error says which port cannot be had."""
    port = httpx.URL(world.url).port
    assert port is not None
    with pytest.raises(BadUse, match=str(port)), serve(world.front, port):
        pass
