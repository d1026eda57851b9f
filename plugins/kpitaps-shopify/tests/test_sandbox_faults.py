"""What the Shopify sandbox does wrong when told to, and how another process steers it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from kpitaps_shopify.sandbox import FAULTS, STICKY_FAULTS, Sandbox

from kpitaps.testing import HTTP_KINDS, Clock, Story, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

NOW = datetime(2025, 12, 1, 12, tzinfo=UTC)
GRAPHQL = "/admin/api/2026-07/graphql.json"
QUERY = "{ orders(first: 3, sortKey: ID) { nodes { id } pageInfo { endCursor } } }"


class App:
    """An app that asks for three orders."""

    def __init__(self, settings: dict[str, str], http: httpx.Client) -> None:
        self.settings, self.http = settings, http
        self.token = self.exchange().json()["access_token"]

    def exchange(self) -> httpx.Response:
        form = {"grant_type": "client_credentials", **self.settings}
        return self.http.post("/admin/oauth/access_token", json=form)

    def ask(self, query: str = QUERY, **variables: Any) -> httpx.Response:
        headers = {"X-Shopify-Access-Token": self.token}
        return self.http.post(GRAPHQL, json={"query": query, "variables": variables}, headers=headers)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(Story(founded=date(2025, 11, 1), orders_per_day=3), Clock(NOW))


@pytest.fixture
def app(sandbox: Sandbox) -> Iterator[App]:
    with serve(sandbox.app) as url, httpx.Client(base_url=url, timeout=10) as http:
        yield App(sandbox.settings, http)


def test_an_expired_token_is_refused_once_and_exchanged_anew(app: App, sandbox: Sandbox) -> None:
    """The presented token is dropped; another exchange brings a good one."""
    sandbox.faults.add("expired_token")
    assert app.ask().status_code == 401
    assert app.ask().status_code == 401
    app.token = app.exchange().json()["access_token"]
    assert app.ask().status_code == 200


def test_a_revoked_app_stays_out_until_the_fault_is_cleared(app: App, sandbox: Sandbox) -> None:
    """Every token and the exchange itself are refused."""
    sandbox.faults.add("revoked")
    assert [app.ask().status_code, app.exchange().status_code, app.ask().status_code] == [401, 400, 401]
    sandbox.faults.clear()
    app.token = app.exchange().json()["access_token"]
    assert app.ask().status_code == 200


def test_an_unknown_shop_answers_with_a_page(app: App, sandbox: Sandbox) -> None:
    """Everything is 404 with HTML, until the fault is cleared."""
    sandbox.faults.add("unknown_shop")
    for reply in (app.ask(), app.exchange()):
        assert (reply.status_code, reply.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    sandbox.faults.clear()
    assert app.ask().status_code == 200


@pytest.mark.parametrize(
    ("kind", "code"),
    [("throttled", "THROTTLED"), ("internal_error", "INTERNAL_SERVER_ERROR"), ("access_denied", "ACCESS_DENIED")],
)
def test_graphql_faults_come_at_status_200(app: App, sandbox: Sandbox, kind: str, code: str) -> None:
    """One answer carries the error instead of data; the next is fine; the log says what was acted out."""
    sandbox.faults.add(kind)
    reply = app.ask()
    assert reply.status_code == 200
    assert reply.json()["errors"][0]["extensions"]["code"] == code
    assert sandbox.log[-1].note == kind
    assert "errors" not in app.ask().json()


def test_rows_can_come_twice_or_out_of_order(app: App, sandbox: Sandbox) -> None:
    """One page has its rows doubled, one turned round; both go on from the same cursor."""
    good = app.ask().json()["data"]["orders"]
    ids = [row["id"] for row in good["nodes"]]
    sandbox.faults.add("duplicate_rows")
    sandbox.faults.add("reordered_rows")
    doubled, turned = (app.ask().json()["data"]["orders"] for _ in range(2))
    assert [row["id"] for row in doubled["nodes"]] == [each for each in ids for _ in range(2)]
    assert [row["id"] for row in turned["nodes"]] == ids[::-1]
    assert doubled["pageInfo"] == turned["pageInfo"] == good["pageInfo"]


@pytest.mark.parametrize("kind", ["429", "502", "malformed_json"])
def test_http_faults_reach_the_api(app: App, sandbox: Sandbox, kind: str) -> None:
    """Faults of any HTTP service can be aimed at a path."""
    sandbox.faults.add(kind, path_contains="graphql")
    assert app.exchange().status_code == 200
    reply = app.ask()
    assert reply.status_code == (int(kind) if kind.isdecimal() else 200)
    assert sandbox.log[-1].note == kind


def test_every_fault_can_be_queued_from_another_process(app: App, sandbox: Sandbox) -> None:
    """The admin face takes all kinds, and says which there are when asked for another."""
    for kind in (*HTTP_KINDS, *FAULTS, *STICKY_FAULTS):
        assert app.http.post("/_sandbox/faults", json={"kind": kind}).status_code == 200
    assert len(sandbox.faults.pending) == len(HTTP_KINDS) + len(FAULTS) + len(STICKY_FAULTS)
    assert app.http.post("/_sandbox/faults/clear").json() == {"pending": []}
    refused = app.http.post("/_sandbox/faults", json={"kind": "earthquake"})
    assert refused.status_code == 400
    assert "throttled" in refused.json()["error"]


def test_events_and_clock_can_be_steered_from_another_process(app: App) -> None:
    """A new order and its refund show up in the vendor's answers, dated by the moved clock."""
    app.http.post("/_sandbox/clock", json={"now": "2025-12-02T09:00:00Z"})
    placed = app.http.post("/_sandbox/events", json={}).json()
    app.http.post("/_sandbox/clock", json={"advance": 60})
    refunded = app.http.post("/_sandbox/events", json={"refund": placed["name"]}).json()
    assert (refunded["kind"], refunded["at"]) == ("Refunded", "2025-12-02T09:01:00Z")
    order = app.ask(
        "query($id: ID!) { order(id: $id) { updatedAt agreements(first: 5) { nodes { reason happenedAt } } } }",
        id=f"gid://shopify/Order/{placed['order']}",
    ).json()["data"]["order"]
    assert order["updatedAt"] == "2025-12-02T09:01:00Z"
    assert [each["reason"] for each in order["agreements"]["nodes"]] == ["ORDER", "REFUND"]
    history = app.http.get("/_sandbox/events", params={"order": placed["name"]}).json()
    assert [event["kind"] for event in history] == ["OrderPlaced", "Refunded"]


def test_wrong_admin_requests_are_explained(app: App) -> None:
    """An unknown order, a bad instant or no JSON at all are 400 with a reason."""
    for path, body in (
        ("events", b'{"refund": "#1"}'),
        ("clock", b'{"now": "2025-12-02T09:00:00"}'),
        ("faults", b"nonsense"),
    ):
        reply = app.http.post(f"/_sandbox/{path}", content=body)
        assert reply.status_code == 400
        assert reply.json()["error"]


def test_the_log_can_be_read_from_another_process(app: App) -> None:
    """It has the vendor's requests with their cost, and none of the admin's."""
    app.ask()
    log = app.http.get("/_sandbox/log").json()
    assert [(line["path"], line["cost"]) for line in log] == [("/admin/oauth/access_token", 0), (GRAPHQL, 5)]


def test_a_sandbox_runs_in_a_process_of_its_own() -> None:
    """The command prints one line when ready, shows the asked-for shop, and ends on SIGTERM."""
    command = [sys.executable, "-m", "kpitaps.testing", "kpitaps_shopify.sandbox:Sandbox", "--name", "Dock 9"]
    command += ["--now", "2025-12-01T12:00:00Z", "--founded", "2025-11-20"]
    command += ["--zone", "America/New_York", "--currency", "USD"]
    with ExitStack() as stack:
        process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
        stack.callback(process.kill)
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        http = stack.enter_context(httpx.Client(base_url=ready["url"], timeout=10))
        app = App(ready["settings"], http)
        assert ready["host"] == "dock-9.myshopify.com"
        data = app.ask("{ shop { ianaTimezone currencyCode } }").json()["data"]
        assert data == {"shop": {"ianaTimezone": "America/New_York", "currencyCode": "USD"}}
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_an_unknown_factory_is_named() -> None:
    """The command says what it cannot find, in one line, and fails."""
    command = [sys.executable, "-m", "kpitaps.testing", "nowhere:Sandbox"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nowhere:Sandbox" in done.stderr
    assert len(done.stderr.splitlines()) == 1
