"""``kpitaps run`` as a process: what it answers, and how it ends."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from signal import SIGINT, SIGTERM
from typing import TYPE_CHECKING

import httpx
import pytest
from cli.program import Program, SandboxProcess, sandbox_process
from exposition.remote_history import EQ, asked, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def young_shop() -> Iterator[SandboxProcess]:
    """A shop that opened a few days ago."""
    founded = (datetime.now(UTC) - timedelta(days=5)).date()
    with sandbox_process("--founded", founded.isoformat()) as sandbox:
        yield sandbox


@pytest.fixture
def program(tmp_path: Path, young_shop: SandboxProcess) -> Program:
    """kpitaps on an empty home, which reaches the shop."""
    return Program(tmp_path / "home", young_shop.routes)


@pytest.mark.slow
def test_history_is_read_while_it_serves(program: Program, young_shop: SandboxProcess) -> None:
    """Health is well from the start; ready is said once the history is loaded, and then the figures are there."""
    program.add(young_shop.settings)
    young_shop.steer("faults", kind="429", times=1, path_contains="graphql")
    with program.serving("run") as served:
        assert served.client.get("/healthz").text == "ok\n"
        first = served.client.get("/readyz")
        deadline = time.monotonic() + 30
        while served.client.get("/readyz").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert (first.status_code, first.headers["retry-after"]) == (503, "5")
        assert served.client.get("/readyz").status_code == 200
        assert "kpi_orders{" in _page(served.client, "kpi_orders{")
        start = round(time.time() - 30 * 86_400) * 1000
        past = served.client.post(
            "/api/v1/read", content=asked((EQ, "__name__", "kpi_orders_daily"), start=start, end=2**60)
        )
        assert len(read(past.content)[0]) == 1
        answered = 'kpitaps_remote_read_requests_total{outcome="answered"} 1.0'
        assert answered in served.client.get("/metrics/self").text


def test_paths(program: Program) -> None:
    """Every path that the front page names is answered at once, without a redirect; others are not there."""
    with program.serving("run") as served:
        index = served.client.get("/").text
        paths = [line.split()[0] for line in index.splitlines() if line.startswith("/")]
        assert paths == ["/metrics", "/metrics/self", "/healthz", "/readyz"]
        assert {path: served.client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
        assert served.client.get("/nope").status_code == 404
        assert "server" not in served.client.get("/").headers


@pytest.mark.parametrize("signal", [SIGTERM, pytest.param(SIGINT, marks=pytest.mark.slow)])
def test_signal_ends_it_in_good_order(program: Program, signal: int) -> None:
    """A service manager's SIGTERM and a person's Ctrl-C end it with exit code 0; it can be started again."""
    with program.serving("run") as served:
        assert served.ends(signal) == 0
        assert served.log.read_text().endswith("Stopped.\n")
    with pytest.raises(httpx.ConnectError):
        httpx.get(served.url, trust_env=False)
    with program.serving("run", "--listen", served.url.removeprefix("http://")) as again:
        assert again.url == served.url


@pytest.mark.slow
def test_source_that_hangs_does_not_hold_it_up(program: Program, young_shop: SandboxProcess) -> None:
    """It ends within seconds, and with 0, also while a source does not answer."""
    program.add(young_shop.settings)
    young_shop.steer("faults", kind="timeout", times=8, path_contains="graphql")
    try:
        with program.serving("run") as served:
            time.sleep(2)
            started = time.monotonic()
            assert served.ends(SIGTERM) == 0
            assert time.monotonic() - started < 10
            assert "a source has still not answered" in served.log.read_text()
    finally:
        young_shop.steer("faults/clear")


@pytest.mark.slow
def test_network_with_a_token_is_served(tmp_path: Path) -> None:
    """With a token, everything but health asks for it."""
    program = Program(tmp_path / "home", {"KPITAPS_TOKEN": "s3cret"})
    with program.serving("run", "--listen", "0.0.0.0:0") as served:
        assert [served.client.get(path).status_code for path in ("/metrics", "/metrics/self", "/")] == [401] * 3
        assert served.client.post("/api/v1/read", content=asked()).status_code == 401
        assert served.client.get("/healthz").status_code == 200
        shown = {"Authorization": "Bearer s3cret"}
        assert served.client.get("/metrics/self", headers=shown).status_code == 200
        assert "s3cret" not in served.log.read_text()


@pytest.mark.slow
@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
def test_ipv6_loopback(program: Program) -> None:
    """It can listen on the IPv6 loopback address and says so in an address that can be clicked."""
    with program.serving("run", "--listen", "[::1]:0") as served:
        assert served.url.startswith("http://[::1]:")
        assert served.client.get("/metrics").status_code == 200


def _page(client: httpx.Client, wanted: str) -> str:
    deadline = time.monotonic() + 10
    while wanted not in (page := client.get("/metrics").text) and time.monotonic() < deadline:
        time.sleep(0.1)
    return page
