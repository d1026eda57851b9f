"""Service accounts and static keys."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from parts.oauth_provider import HOST
from parts.oauth_world import World, world

from kpitaps.errors import BadSettings, NeedsAuth, TapBug
from kpitaps.http import Http, MemoryTokens, RetryPolicy, ServiceAccount, StaticKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Answer, Connect, Vendor

EMAIL = "robot@project.vendor.example"
TERMS = ServiceAccount(f"https://{HOST}/token", scopes=("analytics.readonly", "more"))


@pytest.fixture(scope="module")
def key() -> RSAKey:
    """A key pair."""
    return RSAKey.generate_key(2048)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A provider."""
    with world(f"sqlite:///{tmp_path / 'ledger.db'}") as found:
        yield found


def _account(key: RSAKey, **more: Any) -> dict[str, str]:
    pem = key.as_pem(private=True).decode()
    text = {"type": "service_account", "client_email": EMAIL, "private_key": pem, "private_key_id": "k1", **more}
    return {"service_account": json.dumps(text)}


def _client(here: World, settings: dict[str, str], **more: Any) -> Http:
    auth = TERMS.bind(settings, clock=here.clock, **more)
    routes = {HOST: here.provider.url}
    return Http(f"https://{HOST}", [HOST], auth=auth, routes=routes, policy=RetryPolicy.testing())


def test_a_service_account_signs_for_itself(here: World, key: RSAKey) -> None:
    """The provider verifies the statement with the public key; each token costs a new statement."""
    here.provider.public_keys[EMAIL] = RSAKey.import_key(key.as_pem(private=False))
    with _client(here, _account(key)) as http:
        assert http.get("/orders").ok
        assert http.get("/orders").ok
        here.clock.now += 3600
        assert http.get("/orders").ok
    first, second = (jwt.decode(form["assertion"], key) for form in here.provider.forms)
    assert first.header == {"typ": "JWT", "alg": "RS256", "kid": "k1"}
    assert first.claims["scope"] == "analytics.readonly more"
    assert second.claims["iat"] - first.claims["iat"] == 3600


def test_a_stranger_is_refused(here: World, key: RSAKey) -> None:
    """A key that the source does not know is for a person to mend."""
    here.provider.public_keys[EMAIL] = RSAKey.generate_key(2048)
    with _client(here, _account(key)) as http, pytest.raises(NeedsAuth) as caught:
        http.get("/orders")
    assert f"refused the service account {EMAIL} with 400" in str(caught.value)
    assert "check that its key still exists and what it may see" in str(caught.value)


def test_the_address_in_the_key_is_not_used(here: World, key: RSAKey) -> None:
    """It is the tap that says where statements go, not a file that somebody was sent."""
    here.provider.public_keys[EMAIL] = RSAKey.import_key(key.as_pem(private=False))
    with _client(here, _account(key, token_uri="https://evil.example/token")) as http:
        assert http.get("/orders").ok


def test_two_accounts_do_not_share_a_token(here: World, key: RSAKey) -> None:
    """Another key means another token, also in one store."""
    here.provider.public_keys[EMAIL] = RSAKey.import_key(key.as_pem(private=False))
    store = MemoryTokens()
    for settings in (_account(key), _account(key), _account(key, private_key_id="k2")):
        with _client(here, settings, store=store) as http:
            assert http.get("/orders").ok
    assert len(here.provider.forms) == 2


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "3", '{"client_email": "a"}', '{"client_email": "a", "private_key": "no PEM"}']
)
def test_a_key_that_is_none_is_a_wrong_setting(text: str) -> None:
    """What was pasted is checked before it is used, and not quoted."""
    with pytest.raises(BadSettings, match="setting service_account: this is not a service account's key") as caught:
        TERMS.bind({"service_account": text})
    assert len(text) < 3 or text not in str(caught.value)


def test_no_part_of_the_key_is_shown(here: World, key: RSAKey, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the private key nor a statement is in logs or errors, even if the vendor quotes it."""
    caplog.set_level(logging.DEBUG)
    here.provider.script.append(lambda form: (400, {"error": "invalid_grant", "error_description": form["assertion"]}))
    settings = _account(key)
    with _client(here, settings) as http, pytest.raises(NeedsAuth) as caught:
        http.get("/orders")
    shown = f"{caught.value} {caplog.text} {caught.getrepr(style='long')} {TERMS.bind(settings)!r}"
    assert here.provider.forms[0]["assertion"] not in shown
    assert json.loads(settings["service_account"])["private_key"].splitlines()[3] not in shown
    assert "•••" in str(caught.value)


@pytest.mark.parametrize(
    ("terms", "name", "value"),
    [
        (StaticKey(), "authorization", "Bearer key-1"),
        (StaticKey(scheme="AfasToken"), "authorization", "AfasToken key-1"),
        (StaticKey("X-Api-Key"), "x-api-key", "key-1"),
        (StaticKey("X-Api-Key", key="{user}/{token}"), "x-api-key", "me/key-1"),
    ],
)
def test_a_static_key_goes_where_the_tap_says(
    connect: Connect, vendor: Vendor, answer: type[Answer], terms: StaticKey, name: str, value: str
) -> None:
    """Header, scheme and make-up are the tap's."""
    vendor.says("/orders", answer())
    connect(auth=terms.bind({"token": "key-1", "user": "me"})).get("/orders")
    assert vendor.seen[0].headers[name] == value


def test_a_refused_key_is_sent_once(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """There is no other key to try: the first 401 is for a person."""
    vendor.says("/orders", answer(401, b'{"message": "key-1 is revoked"}'))
    with pytest.raises(NeedsAuth, match=r"answered 401 \(“••• is revoked”\): check the key, or make a new one"):
        connect(auth=StaticKey().bind({"token": "key-1"})).get("/orders")
    assert vendor.paths() == ["/orders"]


def test_a_key_is_not_shown_and_must_be_a_setting() -> None:
    """A bound key hides its value; a key that no setting provides is the tap author's mistake."""
    assert "key-1" not in repr(StaticKey().bind({"token": "key-1"}))
    with pytest.raises(TapBug, match="token"):
        StaticKey().bind({})
