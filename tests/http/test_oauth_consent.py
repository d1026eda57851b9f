"""The consent flow: a real browser's requests, a provider that checks the proof key, a grant in the ledger."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts.oauth_provider import CLIENT, HOST
from parts.oauth_world import TERMS, World, world

from kpitaps.errors import BadUse, NeedsAuth, RetryLater, TapBug
from kpitaps.http import AuthorizationCode, ConsentRequest, Http, ask_consent, redeem
from kpitaps.http.callback import Callback, loopback_port
from kpitaps.http.pkce import challenge_of, new_verifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A provider and a ledger; nobody has consented yet."""
    with world(f"sqlite:///{tmp_path / 'ledger.db'}") as found:
        yield found


@pytest.fixture
def client(here: World) -> Iterator[Http]:
    """A client without authorisation, as it is before anybody has consented."""
    with Http(f"https://{HOST}", [HOST], routes={HOST: here.provider.url}) as http:
        yield http


def _browse(here: World, url: str) -> httpx.Response:
    """Open the address as a browser would, the provider being on loopback."""
    address = httpx.URL(url)
    to = httpx.URL(here.provider.url)
    return httpx.get(address.copy_with(scheme="http", host=to.host, port=to.port), follow_redirects=True)


def _redeem(here: World, client: Http, asked: ConsentRequest, code: str, terms: AuthorizationCode = TERMS) -> Any:
    return here.grants.consent("toy", "user", redeem(client, terms, CLIENT, asked, code))


@pytest.mark.parametrize("terms", [TERMS, replace(TERMS, pkce=False)], ids=["pkce", "plain"])
def test_a_consent_ends_in_a_stored_grant(here: World, client: Http, terms: AuthorizationCode) -> None:
    """Browser, callback, code, proof key, tokens, ledger: after that a connection works."""
    with Callback() as callback:
        asked = ask_consent(terms, CLIENT, callback.url)
        callback.expect(asked.state)
        page = _browse(here, asked.url)
        code = asked.code(callback.wait(seconds=5))
    assert page.status_code == 200
    assert "toestemming is ontvangen" in page.text
    assert "consent has been received" in page.text
    assert _redeem(here, client, asked, code, terms).renewable
    assert ("code_verifier" in here.provider.forms[0]) == terms.pkce
    assert here.http(terms).get("/orders").ok
    here.clock.now += 3600
    assert here.http(terms).get("/orders").ok
    assert here.provider.count("rotated") == 1


def test_the_question_names_all_that_the_source_needs() -> None:
    """The authorisation URL holds client, scopes, state, redirect and challenge, never the secret or the verifier."""
    terms = replace(TERMS, scopes=("orders.read", "{extra}"), asked={"access_type": "offline"})
    asked = ask_consent(terms, {**CLIENT, "extra": "a b"}, "http://127.0.0.1:9/callback")
    query = {name: value for name, (value,) in parse_qs(urlsplit(asked.url).query).items()}
    assert query == {
        "access_type": "offline",
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": "http://127.0.0.1:9/callback",
        "state": asked.state,
        "scope": "orders.read a b",
        "code_challenge": challenge_of(asked.verifier),
        "code_challenge_method": "S256",
    }
    assert asked.verifier not in f"{asked.url} {asked!r}"
    assert asked.state not in repr(asked)
    assert ask_consent(terms, {**CLIENT, "extra": ""}, "http://127.0.0.1:9/callback").state != asked.state


def test_the_challenge_is_that_of_the_standard() -> None:
    """RFC 7636, appendix B."""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert 43 <= len(new_verifier()) <= 128
    assert new_verifier() != new_verifier()


def test_the_browser_is_only_sent_to_https() -> None:
    """A consent page without TLS is the tap author's mistake."""
    with pytest.raises(TapBug, match="not an https address"):
        ask_consent(replace(TERMS, authorize_url="http://a.example/x"), CLIENT, "http://127.0.0.1:9/callback")


def test_a_wrong_proof_is_refused(here: World, client: Http) -> None:
    """Who caught the code but not the verifier gets nothing."""
    asked = ask_consent(TERMS, CLIENT, "http://127.0.0.1:9/callback")
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked.url).query).items()}
    code = asked.code(here.provider.authorize(query))
    with pytest.raises(NeedsAuth, match="wrong verifier"):
        _redeem(here, client, replace(asked, verifier=new_verifier()), code)
    assert here.grants.find("toy", "user") is None


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (400, {"error": "invalid_grant"}, NeedsAuth, "refused the code with 400 .*authorise again"),
        (200, {"error": "bad_code"}, NeedsAuth, "bad_code"),
        (200, {}, TapBug, "without an access_token"),
        (503, {}, RetryLater, "answered 503 .*: authorise again"),
        (0, {}, RetryLater, "authorise again"),
    ],
)
def test_a_code_is_redeemed_once(
    here: World, client: Http, status: int, body: Any, error: type[Exception], words: str
) -> None:
    """Whatever the source answers, the code is not sent a second time."""
    here.provider.script.append(lambda _: (status, body))
    with pytest.raises(error, match=words):
        _redeem(here, client, ConsentRequest("u", "http://127.0.0.1:9/callback", "v", "s"), "the-code")
    assert len(here.provider.forms) == 1


def test_an_answer_with_another_state_is_turned_away() -> None:
    """Somebody else's answer is refused and does not use up the one that is waited for."""
    with Callback() as callback:
        assert httpx.get(callback.url, params={"code": "early", "state": ""}).status_code == 400
        callback.expect("the-state")
        for state in ("", "guess", "the-stat", "é"):
            page = httpx.get(callback.url, params={"code": "evil", "state": state})
            assert page.status_code == 400
            assert "evil" not in page.text
        assert httpx.get(callback.url, params={"code": "good", "state": "the-state"}).status_code == 200
        assert httpx.get(callback.url, params={"code": "second", "state": "the-state"}).status_code == 400
        assert callback.wait(seconds=1) == f"{callback.url}?code=good&state=the-state"


def test_a_person_who_declines_is_told_so() -> None:
    """The source's reason is passed on, and the page says that nothing was granted."""
    with Callback() as callback:
        asked = ask_consent(TERMS, CLIENT, callback.url)
        callback.expect(asked.state)
        page = httpx.get(callback.url, params={"error": "access_denied", "state": asked.state})
        with pytest.raises(NeedsAuth, match="'access_denied': authorise again"):
            asked.code(callback.wait(seconds=1))
    assert "geen toestemming" in page.text
    assert "No consent" in page.text


@pytest.mark.parametrize(
    "pasted", ["", "the-code", "http://127.0.0.1:9/callback?code=c", "https://x.example/?state=s&code=c"]
)
def test_an_address_that_belongs_to_no_question_is_refused(pasted: str) -> None:
    """Whatever is handed over must carry the state of this very question."""
    with pytest.raises(NeedsAuth, match="not the answer to the question"):
        ask_consent(TERMS, CLIENT, "http://127.0.0.1:9/callback").code(pasted)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_registered_address_is_listened_on_as_it_is(host: str) -> None:
    """Port and path may be those that the app is registered with."""
    with Callback(f"http://{host}:0/auth/done") as callback:
        callback.expect("s")
        assert callback.url.startswith(f"http://{host}:")
        assert callback.url.endswith("/auth/done")
        here = callback.url.replace("localhost", "127.0.0.1")
        assert httpx.get(here.replace("done", "other"), params={"state": "s"}).status_code == 404
        assert httpx.get(here, params={"code": "c", "state": "s"}).is_success


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1:9/x", "http://kpi.example:9/x", "http://127.0.0.1:port/x", "9471"]
)
def test_only_loopback_is_listened_on(address: str) -> None:
    """An address of another machine, or with TLS, is none to listen on."""
    assert loopback_port(address) is None
    with pytest.raises(BadUse, match="no address to listen on"):
        Callback(address)


def test_a_consent_that_never_comes_ends() -> None:
    """The listener does not wait for ever."""
    with Callback() as callback, pytest.raises(NeedsAuth, match=r"within 0\.05 s"):
        callback.wait(seconds=0.05)


def test_a_silent_connection_holds_nobody_up() -> None:
    """Browsers connect ahead of time: such a connection does not block the answer."""
    with Callback() as callback:
        callback.expect("s")
        port = int(callback.url.rpartition(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port)):
            assert httpx.get(callback.url, params={"code": "good", "state": "s"}, timeout=3).is_success
        assert httpx.get(callback.url.replace("callback", "favicon.ico")).status_code == 404


def test_a_taken_port_is_said() -> None:
    """A fixed port that somebody else has is a clear error."""
    with Callback() as callback:
        port = int(callback.url.rpartition(":")[2].partition("/")[0])
        with pytest.raises(BadUse, match=f"port {port} of 127.0.0.1"):
            Callback(f"http://127.0.0.1:{port}/callback")


def test_nothing_of_a_consent_is_logged(
    here: World, client: Http, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Code, state, verifier and tokens are in no log and on no terminal."""
    caplog.set_level(logging.DEBUG)
    with Callback() as callback:
        asked = ask_consent(TERMS, CLIENT, callback.url)
        callback.expect(asked.state)
        httpx_logger = logging.getLogger("httpx")
        httpx_logger.disabled = True  # the browser's part is played by httpx
        _browse(here, asked.url)
        httpx_logger.disabled = False
        caplog.clear()
        code = asked.code(callback.wait(seconds=5))
        _redeem(here, client, asked, code)
    shown = caplog.text + "".join(capfd.readouterr())
    secrets = [code, asked.state, asked.verifier, *here.provider._refresh, *here.provider._access]
    assert [secret for secret in secrets if secret in shown] == []


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=43, max_size=128))
def test_a_challenge_is_url_safe(verifier: str) -> None:
    """A challenge needs no escaping and does not show the verifier."""
    challenge = challenge_of(verifier)
    assert len(challenge) == 43
    assert set(challenge).isdisjoint("+/=")
