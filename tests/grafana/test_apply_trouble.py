"""What goes wrong between us and a Grafana ends in one clear sentence, and in nothing half done that cannot go on."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from parts.certificate import Certificate
from parts.grafana import TOKEN, fake_grafana
from starlette.applications import Starlette
from starlette.routing import Mount

from grafana.test_apply import apply
from grafana.wanted_world import board, panel, rule, wanted
from kpitaps.errors import BadSettings, BadUse, NeedsAuth, RetryLater
from kpitaps.grafana.apply import Server, make_plan
from kpitaps.http import RetryPolicy
from kpitaps.testing import serve

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


def test_down_for_a_while_is_waited_out() -> None:
    """A Grafana that is just starting is asked again, reads and writes alike."""
    with fake_grafana(down=3) as grafana:
        assert len(apply(grafana, wanted())) == 9


def test_down_for_good_is_one_sentence() -> None:
    """Where nothing listens, the error says where, why and how often it was tried."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        Server(f"http://127.0.0.1:{port}", TOKEN, policy=RetryPolicy.testing(attempts=3)) as server,
        pytest.raises(RetryLater, match=rf"^Grafana at http://127.0.0.1:{port} cannot be reached: .*\(3 tries\)$"),
    ):
        make_plan(server, wanted())


def test_a_gateway_without_grafana_is_one_sentence() -> None:
    """A proxy that says 503 for good is told as it is."""
    with fake_grafana(down=-1) as grafana, pytest.raises(RetryLater, match="cannot tell its version now: 503"):
        apply(grafana, wanted())


def test_a_wrong_token_is_one_sentence() -> None:
    """A token that Grafana does not know names the variable to set."""
    with (
        fake_grafana() as grafana,
        Server(grafana.url, "wrong") as server,
        pytest.raises(NeedsAuth, match="does not accept the token: set KPITAPS_GRAFANA_TOKEN"),
    ):
        make_plan(server, wanted())


@pytest.mark.parametrize(
    "permission",
    ["datasources:create", "folders:create", "dashboards:write", "alert.provisioning:read", "alert.provisioning:write"],
)
def test_a_token_without_rights_names_the_right(permission: str) -> None:
    """The sentence says what the token may not do and which permission it lacks."""
    with (
        fake_grafana(lacks={permission}) as grafana,
        pytest.raises(NeedsAuth, match=f"does not let the token .* it lacks {permission};"),
    ):
        apply(grafana, wanted())


@pytest.mark.parametrize("kind", ["rules", "points", "mutes", "boards", "sources"])
def test_what_grafana_has_from_files_is_not_fought_over(kind: str) -> None:
    """What was provisioned by file and differs blocks the run before anything is written, and the way out is told."""
    with fake_grafana() as grafana:
        apply(grafana, wanted())
        for rule_ in grafana.rules.values() if kind == "rules" else ():
            rule_ |= {"provenance": "file", "for": "2h"}
        for point in grafana.points.values() if kind == "points" else ():
            point |= {"provenance": "file", "disableResolveMessage": True}
        for mute in grafana.mutes.values() if kind == "mutes" else ():
            mute |= {"provenance": "file", "time_intervals": []}
        if kind == "boards":
            grafana.hand_saved("kpitaps-kade-goals", "kpitaps-kade", provisioned=True, tags=["kpitaps"])
        if kind == "sources":
            grafana.sources["kpitaps-prometheus"] |= {"readOnly": True, "access": "direct"}
        grafana.writes.clear()
        with pytest.raises(
            BadUse, match=r"own provisioning files.*remove kpitaps' files.*or go on with kpitaps grafana"
        ):
            apply(grafana, wanted())
        assert grafana.writes == []


def test_what_grafana_has_from_files_as_wanted_is_fine() -> None:
    """Files and API may say the same."""
    with fake_grafana() as grafana:
        apply(grafana, wanted())
        for each in (*grafana.rules.values(), *grafana.points.values(), *grafana.mutes.values()):
            each["provenance"] = "file"
        assert apply(grafana, wanted()) == []


def test_somebody_quicker_is_not_overwritten() -> None:
    """A dashboard that is saved by hand between plan and save is kept, and the next plan shows what is in it."""
    with fake_grafana() as grafana:
        apply(grafana, wanted())
        changed = wanted(boards=(board("overview", panel(1, "down")), board("goals", panel(2, "kpi_status"))))
        uid = "kpitaps-kade-overview"
        grafana.before_save = lambda: grafana.hand_saved(uid, "kpitaps-kade", title="Mine", tags=["kpitaps"])
        with pytest.raises(RetryLater, match=r"'Overview' as it is: .*changed by someone else; run it again"):
            apply(grafana, changed)
        assert grafana.boards[uid][-1]["dashboard"]["title"] == "Mine"
        grafana.before_save = lambda: None
        assert apply(grafana, changed) == [("change", "dashboard", "Overview")]


def test_a_dashboard_of_the_same_name_is_told() -> None:
    """Before Grafana 11, titles are unique in a folder: to run it again would not help, to rename theirs does."""
    with fake_grafana(version="10.4.0") as grafana:
        apply(grafana, wanted())
        grafana.hand_saved("abc", "kpitaps-kade", title="Sales")
        boards = (board("overview", panel(1, "up")), board("sales", panel(3, "up")))
        with pytest.raises(BadUse, match=r"its dashboard 'Sales': .*same name.*; rename that one"):
            apply(grafana, wanted(boards=boards))


def test_a_run_that_was_cut_short_is_finished_by_the_next() -> None:
    """What was done stays done, and the next run does the rest."""
    with fake_grafana(lacks={"alert.provisioning:write"}) as grafana:
        with pytest.raises(NeedsAuth):
            apply(grafana, wanted(contact_points=(), mute_timings=()))
        grafana.lacks.clear()
        done = apply(grafana, wanted(rule("revenue", notification_settings={}), contact_points=(), mute_timings=()))
        assert [what for _, what, _ in done] == ["alert rule", "rule group"]


def test_a_rule_of_the_same_name_is_told() -> None:
    """Titles of rules are unique in a folder: the sentence says what to rename."""
    with fake_grafana() as grafana:
        apply(grafana, wanted())
        grafana.rules["abc"] = {**rule("third"), "uid": "abc", "folderUID": "kpitaps-kade", "ruleGroup": "theirs"}
        with pytest.raises(BadUse, match=r"no alert rule 'third': .*; rename the rule of that name"):
            apply(grafana, wanted(rule("revenue"), rule("orders"), rule("third")))


def test_something_in_use_is_not_removed() -> None:
    """A contact point that a hand-made rule uses stays, and the sentence says why."""
    with fake_grafana() as grafana:
        apply(grafana, wanted())
        theirs = {**rule("theirs"), "uid": "abc", "folderUID": "elsewhere", "ruleGroup": "x"}
        grafana.rules["abc"] = theirs
        bare = rule("revenue", notification_settings={})
        with pytest.raises(BadUse, match=r"contact point 'kpitaps-chat': .*may use it"):
            apply(grafana, wanted(bare, contact_points=(), mute_timings=()))


def test_a_page_is_no_grafana() -> None:
    """Whoever answers with HTML is something else, such as a login page in front of it."""

    async def page(_: Scope, __: Receive, send: Send) -> None:
        head = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"<html>log in</html>"})

    with serve(page) as url, Server(url, TOKEN) as server, pytest.raises(BadUse, match=f"{url} is no Grafana"):
        make_plan(server, wanted())


def test_a_redirect_is_not_followed() -> None:
    """Who follows one makes a GET of a POST, which succeeds and changes nothing: the address is told instead."""

    async def elsewhere(scope: Scope, _: Receive, send: Send) -> None:
        target = f"https://me:word@example.com/grafana{scope['path']}?state=secret"
        head = [(b"location", target.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 301, "headers": head})
        await send({"type": "http.response.body", "body": b""})

    sentence = "redirects to https://example.com/grafana: give that address"
    with serve(elsewhere) as url, Server(url, TOKEN) as server, pytest.raises(BadSettings, match=sentence):
        make_plan(server, wanted())


class Encrypted(BaseHTTPRequestHandler):
    """Tells a Grafana's version."""

    def do_GET(self) -> None:
        """Tell it."""
        body = b'{"buildInfo": {"version": "11.6.0"}}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_an_authority_of_ones_own_can_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that nobody knows is one sentence, without repeating anything; SSL_CERT_FILE makes it known."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    certificate = Certificate.made(tmp_path)
    with HTTPServer(("127.0.0.1", 0), Encrypted) as listening:
        listening.socket = certificate.server.wrap_socket(listening.socket, server_side=True)
        Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
        url = f"https://localhost:{listening.server_port}"
        with (
            Server(url, TOKEN) as server,
            pytest.raises(BadSettings, match=f"of Grafana at {url} is not trusted: self.signed.*; SSL_CERT_FILE names"),
        ):
            server.version()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        with Server(url, TOKEN) as server:
            assert server.version() == (11, 6)
        listening.shutdown()


def test_certificates_that_are_not_there_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong SSL_CERT_FILE is one sentence."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    with Server("https://localhost:1", TOKEN) as server, pytest.raises(BadSettings, match=r"SSL_CERT_FILE.*nowhere"):
        server.version()


def test_what_runs_here_is_behind_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names is not asked for a Grafana on this machine."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    # in place of the variable: the library reads that once in a process
    monkeypatch.setattr("niquests.utils.getproxies", lambda: {"http": "http://127.0.0.1:9"})
    with fake_grafana() as grafana:
        assert apply(grafana, wanted())


@pytest.mark.parametrize("path", ["/grafana", "/grafana/"])
def test_a_grafana_under_a_path_is_brought_there(path: str) -> None:
    """Everything works through a proxy that serves Grafana below a path."""
    with fake_grafana() as grafana, serve(Starlette(routes=[Mount("/grafana", grafana.app)])) as url:
        grafana.url = f"{url}{path}"
        assert len(apply(grafana, wanted())) == 9
        assert apply(grafana, wanted()) == []


def test_a_connection_that_breaks_leaves_nothing_half_done() -> None:
    """Where every second answer is lost, each run does a part, nothing is made twice, and the last has it all."""
    with fake_grafana() as grafana, serve(Forgetful(grafana.app)) as url:
        straight, grafana.url = grafana.url, url
        for _ in range(4):
            with pytest.raises(RetryLater, match="run it again: what is done is not repeated"):
                apply(grafana, wanted())
        apply(grafana, wanted())
        grafana.url = straight
        assert apply(grafana, wanted()) == []
        assert len([path for method, path in grafana.writes if method == "POST"]) == 8


class Forgetful:
    """Takes every write, and breaks off in place of every second answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._writes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        is_write = scope["type"] == "http" and scope["method"] != "GET"
        self._writes += is_write
        lost = is_write and self._writes % 2 == 0

        async def answer(message: Message) -> None:
            if not lost:
                await send(message)
            elif message["type"] == "http.response.start":
                # promises a body that never comes
                await send({**message, "headers": [(b"content-length", b"1000")]})
            else:
                raise ConnectionAbortedError

        await self._app(scope, receive, answer)


@pytest.mark.parametrize(
    "url",
    [
        "grafana:3000",
        "ftp://grafana",
        "http://admin:word@grafana",
        "http://",
        "http://a:x",
        "http://a?t=word",
        "http://u:word@[h",
    ],
)
def test_an_address_is_checked(url: str) -> None:
    """What is no address of a Grafana is said so, and a password in it is refused and not repeated."""
    with pytest.raises(BadSettings, match="is no address of a Grafana") as told:
        Server(url, TOKEN)
    assert "word" not in str(told.value)


@pytest.mark.parametrize("token", ["glsa_s3cret\nx", "glsa s3cret", "glsa_s3cret€", ""])
def test_a_token_that_is_none_is_not_shown(token: str) -> None:
    """What cannot stand in a header is told before it is sent, and without repeating it."""
    with pytest.raises(BadSettings, match="what KPITAPS_GRAFANA_TOKEN holds is no token") as told:
        Server("http://127.0.0.1:3000", token)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("http://grafana:3000", "http://grafana:3000/api"),
        ("https://example.com/grafana/", "https://example.com/grafana/api"),
        ("https://example.com/grafana", "https://example.com/grafana/api"),
        ("http://[::1]:3000", "http://[::1]:3000/api"),
    ],
)
def test_the_address_may_have_a_path(url: str, api: str) -> None:
    """A Grafana that is served under a path, or on an IPv6 address, is found."""
    with Server(url, TOKEN) as server:
        assert server.api.client.url == api
