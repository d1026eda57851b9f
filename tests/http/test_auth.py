from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.errors import BadSettings, NeedsAuth, RetryLater, TapBug
from kpitaps.http import ClientCredentials, MemoryTokens, Reply, RetryPolicy, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conftest import Answer, AsJson, Clock, Connect, Seen, Vendor  # the fixtures' types, for readers

KEYS = {"client_id": "id-1", "client_secret": "s3cr3t & value"}
TERMS = ClientCredentials("/token")


def _issuing(vendor: Vendor, answer: type[Answer], as_json: AsJson, **terms: Any) -> tuple[list[str], threading.Event]:
    """Let the vendor number its tokens and accept only the newest."""
    issued: list[str] = []
    refused = threading.Event()

    def rule(seen: Seen) -> Answer:
        if seen.path == "/token":
            issued.append(f"token-{len(issued) + 1}")
            return as_json({"access_token": issued[-1], **terms})
        good = not refused.is_set() and issued and seen.headers.get("authorization") == f"Bearer {issued[-1]}"
        return answer() if good else answer(401, b'{"errors": "bad token"}')

    vendor.rule = rule
    return issued, refused


def test_credentials_are_exchanged_once(
    connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson
) -> None:
    """The first call exchanges id and secret as a form; the next ones use its token."""
    issued, _ = _issuing(vendor, answer, as_json, expires_in=3600)
    http = connect(auth=ClientCredentials("/token", extra={"scope": "read"}).bind(KEYS))
    http.get("/orders")
    http.get("/orders")
    assert vendor.paths() == ["/token", "/orders", "/orders"]
    form = {name: value for name, (value,) in parse_qs(vendor.seen[0].body.decode()).items()}
    assert form == {**KEYS, "grant_type": "client_credentials", "scope": "read"}
    assert issued == ["token-1"]


@pytest.mark.parametrize(
    ("terms", "name", "value"),
    [
        ({}, "authorization", "Bearer abc-1"),
        ({"header": "X-Access-Token"}, "x-access-token", "abc-1"),
        ({"scheme": "Token"}, "authorization", "Token abc-1"),
        ({"header": "X-Access-Token", "scheme": "Bearer"}, "x-access-token", "Bearer abc-1"),
        ({"scheme": ""}, "authorization", "abc-1"),
    ],
)
def test_the_token_goes_where_the_tap_says(
    connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson, terms: Any, name: str, value: str
) -> None:
    """Header and scheme are the tap's; Bearer is the default in Authorization only."""
    vendor.says("/token", as_json({"access_token": "abc-1"}))
    vendor.says("/orders", answer())
    connect(auth=ClientCredentials("/token", **terms).bind(KEYS)).get("/orders")
    assert vendor.seen[1].headers[name] == value


@pytest.mark.parametrize(
    ("expires_in", "life", "used_for"),
    [
        (3600, None, 3600 - 180),
        ("3600", None, 3600 - 180),
        (600.0, None, 540),
        (20, None, 10),
        (None, 600, 540),
        ("soon", 600, 540),
        (0, 600, 540),
    ],
)
def test_a_token_is_renewed_in_time(
    connect: Connect,
    vendor: Vendor,
    answer: type[Answer],
    as_json: AsJson,
    clock: Clock,
    expires_in: Any,
    life: float | None,
    used_for: float,
) -> None:
    """A token is used until 5 % or a minute of its life is left, and renewed after that."""
    issued, _ = _issuing(vendor, answer, as_json, expires_in=expires_in)
    http = connect(auth=ClientCredentials("/token", life=life).bind(KEYS, clock=clock))
    http.get("/orders")
    clock.now += used_for - 0.5
    http.get("/orders")
    assert len(issued) == 1
    clock.now += 0.5
    http.get("/orders")
    assert len(issued) == 2


def test_a_refused_token_is_exchanged_once(
    connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson
) -> None:
    """A 401 is answered by one new token and one more try."""
    issued, _ = _issuing(vendor, answer, as_json)
    http = connect(auth=TERMS.bind(KEYS))
    http.get("/orders")
    issued.append("revoked: only a newer one is good")
    assert http.get("/orders").ok
    assert vendor.paths()[2:] == ["/orders", "/token", "/orders"]


def test_a_second_refusal_is_for_a_person(
    connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson
) -> None:
    """A fresh token is tried twice; a second 401 with it means that somebody must authorise again."""
    _, refused = _issuing(vendor, answer, as_json)
    refused.set()
    with pytest.raises(NeedsAuth, match=r"401, also with a fresh token \(“bad token”\)"):
        connect(auth=TERMS.bind(KEYS)).get("/orders")
    assert vendor.paths() == ["/token", "/orders", "/token", "/orders", "/orders"]


def test_a_token_that_is_not_known_at_once_is_tried_again(
    connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson
) -> None:
    """Two refusals in a row, the second of a fresh token, may pass: nobody need authorise again."""
    vendor.says("/token", as_json({"access_token": "t1"}), as_json({"access_token": "t2"}))
    vendor.says("/orders", answer(401), answer(401), answer())
    assert connect(auth=TERMS.bind(KEYS)).get("/orders").ok
    assert [seen.headers.get("authorization") for seen in vendor.seen if seen.path == "/orders"] == [
        "Bearer t1",
        "Bearer t2",
        "Bearer t2",
    ]


def test_a_token_may_expire_twice_while_a_source_is_in_trouble(
    connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson
) -> None:
    """A call that is repeated for long renews its token as often as the source lets it expire."""
    vendor.says("/token", *(as_json({"access_token": f"t{number}"}) for number in range(3)))
    vendor.says("/orders", answer(401), answer(503), answer(401), answer())
    assert connect(auth=TERMS.bind(KEYS)).get("/orders").ok
    assert vendor.paths().count("/token") == 3


def test_eight_threads_exchange_once(connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson) -> None:
    """When a token is revoked under eight threads, one of them gets a new one for all."""
    issued, _ = _issuing(vendor, answer, as_json)
    http = connect(auth=TERMS.bind(KEYS))
    http.get("/orders")
    issued.append("revoked: only a newer one is good")
    start = threading.Barrier(8)

    def read(_: int) -> bool:
        start.wait()
        return http.get("/orders").ok

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(8)))
    assert vendor.paths().count("/token") == 2


def test_eight_threads_are_refused_once(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """Threads that waited for an exchange that was refused do not ask again."""
    vendor.says("/token", answer(401, b'{"error": "invalid_client"}', slow=0.2))
    http = connect(auth=TERMS.bind(KEYS))
    start = threading.Barrier(8)

    def read(_: int) -> type[BaseException] | None:
        start.wait()
        return type(pool_error) if (pool_error := _error(lambda: http.get("/orders"))) else None

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(8))) == {NeedsAuth}
    assert vendor.paths() == ["/token"]


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (
            400,
            {"error": "invalid_client", "error_description": "no such app"},
            NeedsAuth,
            "invalid_client: no such app",
        ),
        (401, {"errors": ["wrong"]}, NeedsAuth, "refused the client id and secret with 401 .*wrong"),
        (403, {}, NeedsAuth, "refused the client id and secret with 403"),
        (200, {"error": "app_not_installed"}, NeedsAuth, "app_not_installed"),
        (404, {}, BadSettings, "check the connection's settings"),
        (422, {}, TapBug, "answered 422"),
        (200, {"token": "x"}, TapBug, "without an access_token"),
        (200, [], TapBug, "without an access_token"),
        (503, {}, RetryLater, r"answered 503.*\(6 tries\)"),
    ],
)
def test_a_failed_exchange_says_what_to_do(
    connect: Connect, vendor: Vendor, as_json: AsJson, status: int, body: Any, error: type[Exception], words: str
) -> None:
    """The token endpoint's answer becomes one sentence of the right class."""
    vendor.says("/token", as_json(body, status=status))
    with pytest.raises(error, match=words):
        connect(auth=TERMS.bind(KEYS)).get("/orders")
    assert set(vendor.paths()) == {"/token"}


def test_a_secret_is_not_sent_after_a_redirect(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A token endpoint that redirects is not followed."""
    vendor.says("/token", answer(307, headers={"Location": "/elsewhere"}))
    with pytest.raises(TapBug, match="redirects to /elsewhere: a secret is not sent"):
        connect(auth=TERMS.bind(KEYS)).get("/orders")
    assert vendor.paths() == ["/token"]


def test_trouble_at_the_token_endpoint_passes(
    connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson
) -> None:
    """An exchange that fails for a moment, or is cut, is repeated like any request."""
    vendor.says("/token", answer(502), answer(cut=4), answer(body=b"<html>"), as_json({"access_token": "abc-1"}))
    vendor.says("/orders", answer())
    assert connect(auth=TERMS.bind(KEYS)).get("/orders").ok


def test_a_kept_token_is_used(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A token in the store saves the exchange, for the same credentials only."""
    vendor.says("/orders", answer())
    store = MemoryTokens()
    asked: list[str] = []

    def exchange(_: str, form: Mapping[str, str]) -> Reply:
        asked.append(form["client_secret"])
        return Reply(200, content=b'{"access_token": "kept-token"}')

    TERMS.bind(KEYS, store=store, key="shop").token(exchange)
    connect(auth=TERMS.bind(KEYS, store=store, key="shop")).get("/orders")
    assert vendor.seen[0].headers["authorization"] == "Bearer kept-token"
    TERMS.bind({**KEYS, "client_secret": "changed"}, store=store, key="shop").token(exchange)
    assert asked == [KEYS["client_secret"], "changed"]


def test_another_workers_token_is_taken_after_a_refusal() -> None:
    """After a 401 the store is looked at first: another worker may have renewed the token already."""
    store = MemoryTokens()
    replies = iter([b'{"access_token": "first"}', b'{"access_token": "second"}'])

    def exchange(*_: object) -> Reply:
        return Reply(200, content=next(replies))

    one, other = TERMS.bind(KEYS, store=store), TERMS.bind(KEYS, store=store)
    token = one.token(exchange)
    other.drop(other.token(exchange))
    assert other.token(exchange).value == "second"
    one.drop(token)
    assert one.token(exchange).value == "second"


def test_a_thread_that_is_late_does_not_drop_the_new_token() -> None:
    """A refusal of the old token leaves the new one alone, which another thread has fetched meanwhile."""
    replies = iter([b'{"access_token": "first"}', b'{"access_token": "second"}'])

    def exchange(*_: object) -> Reply:
        return Reply(200, content=next(replies))

    auth = TERMS.bind(KEYS)
    old = auth.token(exchange)
    auth.drop(old)
    new = auth.token(exchange)
    auth.drop(old)
    assert auth.token(exchange) == new


@given(life=st.floats(0.1, 1e7), age=st.floats(0, 2e7))
def test_an_expired_token_is_never_fresh(life: float, age: float) -> None:
    """No token is used past its end, and every token is fresh when it is new."""
    token = Token("t", expires=life, life=life)
    assert token.fresh(0)
    assert not (token.fresh(age) and age >= life)


def test_an_unknown_setting_is_a_bug_of_the_tap() -> None:
    """Credentials that no setting provides are the tap author's mistake."""
    with pytest.raises(TapBug, match="client_secret"):
        TERMS.bind({"client_id": "x"})


def test_a_token_hides_its_value() -> None:
    """A token in a traceback or log shows no value."""
    assert "abc" not in repr(Token("abc"))


def _error(work: Callable[[], object]) -> BaseException | None:
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - it is what is asked for
        return error
    return None


def test_an_exchange_that_takes_too_long_is_put_off(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A token endpoint that asks for an hour's patience is not waited for."""
    vendor.says("/token", answer(429, headers={"Retry-After": "3600"}))
    with pytest.raises(RetryLater) as caught:
        connect(auth=TERMS.bind(KEYS), policy=RetryPolicy.testing()).get("/orders")
    assert caught.value.after == 3600
