"""Who may ask."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from kpitaps.errors import BadSettings
from kpitaps.testing import serve
from kpitaps.web import Guard
from kpitaps.web.guard import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

PATHS = ("/", "/metrics", "/metrics/self", "/healthz", "/readyz")
FIGURES = "figures"
APP = Starlette(routes=[Route(path, PlainTextResponse(FIGURES)) for path in PATHS])


@contextmanager
def guarded(host: str, token: str = "") -> Iterator[httpx.Client]:
    """Serve figures behind a guard that believes to listen on ``host``."""
    with (
        serve(Guard(APP, host=host, token=token)) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def local() -> Iterator[httpx.Client]:
    """Figures on loopback, without a token."""
    with guarded("127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module", params=["127.0.0.1", "0.0.0.0"])
def locked(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Figures behind a token, on loopback and off it."""
    with guarded(request.param, "s3cret") as client:
        yield client


@pytest.mark.parametrize("name", ["127.0.0.1", "127.0.0.1:9470", "localhost", "LocalHost:80", "[::1]", "[::1]:9470"])
def test_names_of_this_machine_are_answered(local: httpx.Client, name: str) -> None:
    """On loopback every name that can only be this machine is answered."""
    assert local.get("/metrics", headers={"Host": name}).text == FIGURES


@pytest.mark.parametrize(
    "name",
    ["evil.example", "evil.example:9470", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[::2]"],
)
@pytest.mark.parametrize("path", ["/", "/metrics", "/metrics/self"])
def test_other_names_are_refused(local: httpx.Client, name: str, path: str) -> None:
    """A page elsewhere whose name was pointed here (DNS rebinding) gets one sentence and no figures."""
    answer = local.get(path, headers={"Host": name})
    assert answer.status_code == 403
    assert FIGURES not in answer.text
    assert "127.0.0.1 or localhost" in answer.text


def test_request_without_a_name_is_refused(local: httpx.Client) -> None:
    """HTTP/1.0 knows requests without a Host header; they say nothing of whom they mean."""
    with socket.create_connection((local.base_url.host, local.base_url.port)) as line:
        line.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert b" 403 " in line.recv(100)


OWN_PAGE = {"Origin": "http://localhost:9470", "Host": "localhost:9470"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000", "Host": "localhost:9470"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:3000", "Host": "localhost:9470"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_page_of_another_site_sends_nothing(local: httpx.Client, headers: dict[str, str]) -> None:
    """A visitor's browser that another site's page makes post is refused; a link from there may be followed."""
    answer = local.post("/metrics", headers=headers)
    assert (answer.status_code, answer.text) == (
        403,
        "A page of another site may not send a POST request here: ask with a program.\n",
    )
    assert local.get("/metrics", headers=headers).text == FIGURES


@pytest.mark.parametrize(
    "headers", [{}, OWN_PAGE, {**OWN_PAGE, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}], ids=str
)
def test_programs_and_own_pages_send(local: httpx.Client, headers: dict[str, str]) -> None:
    """Prometheus, which sends none of a browser's headers, and pages from here are answered."""
    assert local.post("/metrics", headers=headers).text == FIGURES


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "kpis.example.com"])
def test_network_needs_a_token(host: str) -> None:
    """Off loopback nothing is served without a token, and the sentence says which variable to set."""
    with pytest.raises(BadSettings, match="set KPITAPS_TOKEN"):
        Guard(APP, host=host)


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer wrong", "Bearer s3cret!", "s3cret", "Basic s3cret", "Bearer S3CRET", "Bearer é"],
)
def test_wrong_token_is_refused(locked: httpx.Client, shown: str) -> None:
    """Where a token is set, on loopback too, who does not show it gets 401 and no figures."""
    answer = locked.get("/metrics", headers={"Authorization": shown.encode()})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert FIGURES not in answer.text
    assert "s3cret" not in answer.text


@pytest.mark.parametrize("shown", ["Bearer s3cret", "bearer s3cret"])
def test_token_is_enough(locked: httpx.Client, shown: str) -> None:
    """Who shows the token is answered, by whatever name they asked: a proxy has its own."""
    answer = locked.get("/metrics", headers={"Authorization": shown, "Host": "kpis.example.com"})
    assert (answer.status_code, answer.text) == (200, FIGURES)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_open(locked: httpx.Client, path: str) -> None:
    """Load balancers ask for health without a token and by address."""
    assert locked.get(path, headers={"Host": "10.0.0.7"}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz/", "/healthz/../metrics", "//healthz", "/Healthz", "/metrics?/healthz"])
def test_only_health_is_open(locked: httpx.Client, path: str) -> None:
    """What merely looks like the path of health needs the token."""
    assert locked.get(path).status_code == 401


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("example.com", False),
        ("2130706433", False),
    ],
)
def test_loopback_is_known(host: str, *, is_local: bool) -> None:
    """Only addresses that no other machine can reach are loopback."""
    assert is_loopback(host) is is_local
