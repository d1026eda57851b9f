from __future__ import annotations

import base64
import html
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.errors import KpitapsError, NeedsAuth
from kpitaps.http import Bounds, ClientCredentials, MemoryTokens, RetryPolicy, Scrubber, ScrubFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Answer, AsJson, Clock, Connect, Vendor  # the fixtures' types, for readers

SECRET = 's3cr3t/+ "é\\&'
TOKEN = "tok/en+value=="
SPELLINGS = {
    "plain": lambda s: s,
    "percent": lambda s: quote(s, safe=""),
    "percent in part": quote,
    "percent, lower": lambda s: "".join(f"%{b:02x}" if b > 127 or not chr(b).isalnum() else chr(b) for b in s.encode()),
    "percent twice": lambda s: quote(quote(s, safe="")),
    "form": quote_plus,
    "json": lambda s: json.dumps(s)[1:-1],
    "json, utf-8": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "json in json": lambda s: json.dumps(json.dumps(s)),
    "repr": lambda s: repr([s]),
    "html": html.escape,
}


def _hidden(secret: str, text: str) -> str:
    return Scrubber([secret]).scrub(text)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_found_in_every_spelling(spelling: str) -> None:
    """A secret is hidden however it is written, and its surroundings stay."""
    text = _hidden(SECRET, f"before <{SPELLINGS[spelling](SECRET)}> after")
    assert "s3cr3t" not in text
    assert text.startswith("before <")
    assert text.endswith("> after")
    assert "•••" in text


@given(
    secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=40).filter(lambda s: s.strip() == s),
    spelling=st.sampled_from(sorted(SPELLINGS)),
)
def test_any_secret_is_found_in_every_spelling(secret: str, spelling: str) -> None:
    """No secret survives in any spelling."""
    spelled = SPELLINGS[spelling](secret)
    assert spelled not in _hidden(secret, f"<{spelled}>").replace("•••", "")


@given(
    user=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=9),
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40),
    after=st.binary(max_size=3),
    urlsafe=st.booleans(),
)
def test_basic_authentication_is_hidden(user: str, secret: str, after: bytes, urlsafe: bool) -> None:
    """The base64 of user:secret holds nothing of the secret any more, at whatever offset it lies."""
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    whole = encode(f"{user}:{secret}".encode() + after).decode()
    left = _hidden(secret, f"Basic {whole}").removeprefix("Basic ")
    before, _, _ = left.partition("•••")
    assert "•••" in left
    known = base64.urlsafe_b64decode(before[: len(before) // 4 * 4].replace("+", "-").replace("/", "_"))
    assert f"{user}:{secret}".encode().startswith(known)
    assert len(known) <= len(user) + 1


def test_short_values_are_left_alone() -> None:
    """A value of three letters would be found in innocent words."""
    assert Scrubber(["abc", "  ", ""]).scrub("abcdef") == "abcdef"


def test_the_longest_secret_goes_first() -> None:
    """A secret that contains another is hidden whole."""
    assert Scrubber(["abcd", "abcdefgh"]).scrub("abcdefgh abcd") == "••• •••"


@pytest.fixture
def scrubbing(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[..., None]]:
    """Return what puts a filter on the captured log; taken off again, as pytest shares one handler."""
    added: list[ScrubFilter] = []

    def scrubbing(*secrets: str) -> None:
        added.append(ScrubFilter(Scrubber(secrets)))
        caplog.handler.addFilter(added[-1])

    yield scrubbing
    for each in added:
        caplog.handler.removeFilter(each)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (lambda logger: logger.warning("key %s", SECRET), "key •••"),
        (lambda logger: logger.warning({"key": TOKEN}), "{'key': '•••'}"),
        (lambda logger: logger.warning("%d", TOKEN), "%d"),
        (lambda logger: logger.warning("x", extra={"url": TOKEN}), "x"),
        (lambda logger: logger.warning("x", stack_info=True), "x"),
    ],
)
def test_the_filter_scrubs_log_lines(
    caplog: pytest.LogCaptureFixture, scrubbing: Callable[..., None], log: Callable[[logging.Logger], None], words: str
) -> None:
    """Message, arguments and extras are scrubbed, also where the arguments do not fit the message."""
    scrubbing(SECRET, TOKEN)
    log(logging.getLogger("kpitaps.test"))
    assert words in caplog.text
    assert not any(TOKEN in str(value) or SECRET in str(value) for value in vars(caplog.records[0]).values())


def test_the_filter_scrubs_tracebacks(caplog: pytest.LogCaptureFixture, scrubbing: Callable[..., None]) -> None:
    """An exception's text and its traceback's source lines hold no secret."""
    scrubbing(TOKEN)
    try:
        int(f"bad token {TOKEN}")
    except ValueError:
        logging.getLogger("kpitaps.test").exception("failed")
    assert "ValueError: invalid literal for int() with base 10: 'bad token •••'" in caplog.text
    assert caplog.records[0].exc_info is None


def _bad_ends(answer: Callable[..., Any]) -> dict[str, Any]:
    echo = json.dumps({"error": f"token {TOKEN} of {SECRET} is bad, {quote(SECRET)}"}).encode()
    basic = base64.b64encode(f"me:{SECRET}".encode())
    return {
        "refused": answer(403, echo),
        "cut within the secret": answer(
            403, b"x" * 290 + b" " + TOKEN.encode() + b" y", {"Content-Type": "text/plain"}
        ),
        "basic": answer(400, b'{"error": "Basic ' + basic + b'"}'),
        "busy": answer(503, echo),
        "foreign": answer(302, headers={"Location": f"https://evil.example/?t={quote(TOKEN, safe='')}"}),
        "foreign host": answer(302, headers={"Location": f"https://x-{quote('abc')}.example/{TOKEN}"}),
        "cut": answer(cut=1),
        "slow": answer(slow=3),
        "malformed": answer(body=b"{"),
        "large": answer(body=b" " * 5000),
        "missing": answer(404, echo),
        "unauthorised": answer(401, echo),
    }


@pytest.mark.parametrize("end", sorted(_bad_ends(lambda *_, **__: None)))
def test_no_error_and_no_log_line_holds_a_secret(
    connect: Connect, vendor: Vendor, answer: type[Answer], as_json: AsJson, caplog: pytest.LogCaptureFixture, end: str
) -> None:
    """However a call fails, neither its error, its traceback nor any log line at DEBUG shows secret or token."""
    caplog.set_level(logging.DEBUG)
    vendor.says("/token", as_json({"access_token": TOKEN}))
    vendor.says(f"/{quote(TOKEN, safe='')}", _bad_ends(answer)[end])
    http = connect(
        auth=ClientCredentials("/token", header="X-Token").bind({"client_id": "id-1", "client_secret": SECRET}),
        policy=RetryPolicy.testing(attempts=2),
        bounds=Bounds(read=0.2, size=2000),
    )
    with pytest.raises(KpitapsError) as caught:
        http.get(f"/{quote(TOKEN, safe='')}", params={"key": SECRET})
    _assert_clean(str(caught.value) + repr(caught.value) + _printed(caught.value) + caplog.text)
    assert "receive_response_headers" in caplog.text


def test_a_refused_exchange_holds_no_secret(connect: Connect, vendor: Vendor, as_json: AsJson) -> None:
    """A vendor that quotes the secret in its refusal does not get it into the error."""
    vendor.says("/token", as_json({"error_description": f"secret {SECRET} is wrong"}, status=401))
    with pytest.raises(NeedsAuth, match="secret ••• is wrong") as caught:
        connect(auth=ClientCredentials("/token").bind({"client_id": "id-1", "client_secret": SECRET})).get("/")
    _assert_clean(_printed(caught.value))


@pytest.mark.parametrize("value", ["line\nbreak-secret", "sécret-with-é"])
def test_a_header_that_http_forbids_is_not_shown(connect: Connect, value: str) -> None:
    """An illegal header is named as the mistake it is, without its value."""
    with pytest.raises(KpitapsError, match=r"HTTP") as caught:
        connect(headers={"X-Key": value}, secrets=[value]).get("/")
    assert "break-secret" not in _printed(caught.value)
    assert "cret-with" not in _printed(caught.value)


def test_replies_show_no_secret(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A reply's address and repr are scrubbed, its content is the vendor's own."""
    vendor.says("/orders", answer())
    reply = connect(secrets=[SECRET]).get("/orders", params={"key": SECRET})
    assert "key=•••" in reply.url
    _assert_clean(repr(reply) + reply.url)


def test_old_tokens_are_forgotten(connect: Connect, vendor: Vendor, as_json: AsJson, clock: Clock) -> None:
    """The current token and the one before it are hidden, over any number of connections; older ones do not pile up."""
    vendor.says("/orders", as_json({}))
    vendor.says("/token", *(as_json({"access_token": f"token-{i}", "expires_in": 600}) for i in range(5)))
    scrubber, store = Scrubber(), MemoryTokens()
    for _ in range(5):
        auth = ClientCredentials("/token").bind({"client_id": "i", "client_secret": SECRET}, store=store, clock=clock)
        connect(scrubber=scrubber, auth=auth).get("/orders")
        clock.now += 600
    assert scrubber.scrub("token-2 token-3 token-4") == "token-2 ••• •••"


def test_the_log_guard_leaves_with_the_connection(connect: Connect) -> None:
    """A closed connection leaves no filter behind."""
    before = list(logging.getLogger("httpx").filters)
    http = connect()
    assert len(logging.getLogger("httpx").filters) == len(before) + 1
    http.close()
    assert logging.getLogger("httpx").filters == before


def _printed(error: BaseException) -> str:
    """Return the error as a traceback would show it, without the source lines of this file."""
    import traceback

    return "".join(traceback.format_exception_only(error)) + str(error.__cause__) + str(error.__suppress_context__)


def _assert_clean(text: str) -> None:
    for secret in (SECRET, TOKEN):
        for spell in SPELLINGS.values():
            assert spell(secret) not in text
        assert base64.b64encode(secret.encode()).decode().rstrip("=")[:-1] not in text
    assert "s3cr3t" not in text
    assert "tok/" not in text
