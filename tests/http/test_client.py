from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from kpitaps.errors import BadSettings, NeedsAuth, RetryLater, TapBug
from kpitaps.http import Bounds, Http, Reply, RetryPolicy

if TYPE_CHECKING:
    from conftest import Answer, AsJson, Connect, Vendor  # the fixtures' types, for readers
    from kpitaps.http import Tally

HOST = "acme.vendor.example"


def test_an_answer_is_read_whole(connect: Connect, vendor: Vendor, as_json: AsJson) -> None:
    """A reply has status, headers in any case, bytes, parsed JSON and the vendor's own address."""
    vendor.says("/orders", as_json({"orders": [1, 2]}, headers={"X-Page": "2"}))
    reply = connect().get("/orders", params={"limit": 2})
    assert (reply.status, reply.header("x-page"), reply.json()) == (200, "2", {"orders": [1, 2]})
    assert reply.content == b'{"orders":[1,2]}'
    assert reply.url == f"https://{HOST}/orders?limit=2"


def test_the_body_is_parsed_once(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """The JSON that was checked inside the retried call is what the tap gets."""
    vendor.says("/orders", answer())
    reply = connect().get("/orders")
    assert reply.json() is reply.json()


def test_bodies_and_headers_are_sent(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A POST sends JSON or a form, the tap's headers, and the call's own over them."""
    vendor.says("/query", answer())
    http = connect(headers={"X-Version": "1", "X-Mode": "a"})
    http.post("/query", json={"query": "{shop}"}, headers={"x-mode": "b"})
    http.post("/query", form={"a": "1 & 2"})
    first, second = vendor.seen
    assert first.body == b'{"query":"{shop}"}'
    assert (first.headers["content-type"], first.headers["x-mode"]) == ("application/json", "b")
    assert (second.body, second.headers["x-version"]) == (b"a=1+%26+2", "1")


def test_a_body_that_is_no_json_is_a_bug(connect: Connect) -> None:
    """A value that JSON cannot write is the tap's mistake."""
    with pytest.raises(TapBug, match="cannot be written as JSON"):
        connect().post("/query", json={"when": object()})


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (400, TapBug, "answered 400 \\(“no such field”\\)"),
        (402, NeedsAuth, "plan, scopes"),
        (403, NeedsAuth, "scopes and rights"),
        (404, BadSettings, "check the connection's settings"),
        (422, TapBug, "answered 422"),
        (501, RetryLater, "answered 501"),
        (304, TapBug, "answered 304"),
    ],
)
def test_final_statuses_are_not_repeated(
    connect: Connect, vendor: Vendor, answer: type[Answer], status: int, error: type[Exception], words: str
) -> None:
    """A status that will not change is raised at once as the error that says what to do."""
    body = b"" if status == 304 else b'{"error": "no such field"}'
    vendor.says("/orders", answer(status, body))
    with pytest.raises(error, match=words):
        connect().get("/orders")
    assert len(vendor.seen) == 1


@pytest.mark.parametrize("status", [408, 423, 425, 429, 500, 502, 503, 504, *range(520, 528)])
def test_passing_statuses_are_repeated(
    connect: Connect, vendor: Vendor, answer: type[Answer], tally: Tally, status: int
) -> None:
    """A status that may pass is repeated until it does."""
    vendor.says("/orders", answer(status, b"<h1>Busy</h1>"), answer(status), answer())
    assert connect().get("/orders").ok
    counts = tally.hosts()[HOST]
    assert (counts.retries, counts.throttles) == (2, 2 if status == 429 else 0)


def test_after_the_last_try_the_run_is_told_to_come_back(
    connect: Connect, vendor: Vendor, answer: type[Answer]
) -> None:
    """When all tries fail, RetryLater names host, status, the number of tries and the vendor's words."""
    vendor.says("/orders", answer(503, b"<html><style>x</style><h1>Down for maintenance</h1>"))
    with pytest.raises(RetryLater, match=rf"{HOST}/orders was answered 503 \(“Down for maintenance”\) \(6 tries\)"):
        connect().get("/orders")
    assert len(vendor.seen) == 6


def test_what_stays_locked_is_for_a_person(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """HubSpot locks for two seconds, Shopify until somebody calls its support: only the tries tell them apart."""
    vendor.says("/orders", answer(423, b'{"errors": "The shop is locked"}'))
    with pytest.raises(NeedsAuth, match="answered 423 \\(“The shop is locked”\\): check the account's plan"):
        connect().get("/orders")
    assert len(vendor.seen) == 6


def test_a_call_without_a_token_that_is_refused_needs_authorisation(
    connect: Connect, vendor: Vendor, answer: type[Answer]
) -> None:
    """401 without an authorisation to renew is for a person to mend."""
    vendor.says("/orders", answer(401, b'{"errors": "[API] Invalid API key"}'))
    with pytest.raises(NeedsAuth, match="Invalid API key"):
        connect().get("/orders")


def test_malformed_json_is_repeated(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A body that claims to be JSON and is not may be whole the next time."""
    vendor.says("/orders", answer(body=b'{"orders": ['), answer())
    assert connect().get("/orders").json() == {"ok": True}


def test_what_does_not_claim_to_be_json_is_left_alone(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A CSV comes through; asking it for JSON is answered with a sentence."""
    vendor.says("/report", answer(body=b"a,b\n", headers={"Content-Type": "text/csv"}))
    reply = connect().get("/report")
    assert reply.content == b"a,b\n"
    with pytest.raises(RetryLater, match=r"/report answered 200 with text/csv that is no JSON"):
        reply.json()


def test_any_body_is_taken_when_any_is_expected(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """With expect="any" even broken JSON is handed over."""
    vendor.says("/report", answer(body=b'{"a":1}\n{"a":2}\n'))
    assert connect().get("/report", expect="any").content.count(b"\n") == 2


def test_a_cut_body_is_repeated(connect: Connect, vendor: Vendor, answer: type[Answer], tally: Tally) -> None:
    """A connection that breaks within the body costs one repetition, not the run."""
    vendor.says("/orders", answer(cut=3), answer())
    assert connect().get("/orders").ok
    assert tally.hosts()[HOST].requests == {"none": 1, "2xx": 1}


def test_a_body_that_cannot_be_decompressed_is_repeated(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A body that claims gzip and is not counts as cut."""
    vendor.says("/orders", answer(headers={"Content-Encoding": "gzip"}), answer())
    assert connect().get("/orders").ok


def test_a_silent_source_is_given_up(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A source that does not answer within the read timeout is asked again, then put off."""
    vendor.says("/orders", answer(slow=5))
    http = connect(policy=RetryPolicy.testing(attempts=2), bounds=Bounds(read=0.1))
    with pytest.raises(RetryLater, match=r"did not answer in time.*\(2 tries\)"):
        http.get("/orders")


def test_a_dripping_source_meets_the_deadline(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A body that keeps coming, byte by byte, ends at the total deadline."""
    vendor.says("/orders", answer(body=b"x" * 500, drip=0.02))
    http = connect(policy=RetryPolicy.testing(attempts=1), bounds=Bounds(total=0.2))
    start = time.monotonic()
    with pytest.raises(RetryLater, match=r"more than 0.2 s .*\(1 try\)"):
        http.get("/orders")
    assert time.monotonic() - start < 2


def test_nobody_home_is_put_off(vendor: Vendor) -> None:
    """A refused connection is tried again and then put off, naming the vendor's host."""
    gone = vendor.url.rpartition(":")[0] + ":9"
    with (
        Http(f"https://{HOST}", [HOST], routes={HOST: gone}, policy=RetryPolicy.testing()) as http,
        pytest.raises(RetryLater, match=rf"{HOST} could not be reached: .*\(6 tries\)"),
    ):
        http.get("/orders")


def test_a_body_over_the_bound_is_refused(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """An answer larger than the bound, counted after decompression, asks for smaller pages."""
    import gzip

    vendor.says("/orders", answer(body=gzip.compress(b" " * 200_000), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(TapBug, match=r"/orders with more than 100,000 bytes: ask for smaller pages"):
        connect(bounds=Bounds(size=100_000)).get("/orders")
    assert len(vendor.seen) == 1


def test_the_judge_sees_every_success(connect: Connect, vendor: Vendor, as_json: AsJson, tally: Tally) -> None:
    """A 2xx that the tap's judge puts off is repeated; one that it refuses is raised."""

    def judge(reply: Reply) -> None:
        match reply.json():
            case {"errors": "THROTTLED"}:
                raise RetryLater("throttled", after=2)
            case {"errors": "ACCESS_DENIED"}:
                raise NeedsAuth("read_orders is missing")

    vendor.says("/q", as_json({"errors": "THROTTLED"}), as_json({"data": 1}), as_json({"errors": "ACCESS_DENIED"}))
    http = connect(judge=judge)
    assert http.post("/q", json={}).json() == {"data": 1}
    assert tally.hosts()[HOST].throttles == 1
    with pytest.raises(NeedsAuth, match="read_orders is missing"):
        http.post("/q", json={})


def test_the_last_word_of_the_judge_is_kept(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """When the judge never gives in, its reason and its wait reach the sync run."""

    def judge(_: Reply) -> None:
        raise RetryLater("too many points", after=7)

    vendor.says("/q", answer())
    with pytest.raises(RetryLater, match=r"\(orders\) was put off: too many points \(6 tries\)") as caught:
        connect(judge=judge).post("/q", name="orders")
    assert caught.value.after == 7


def test_threads_share_a_connection(connect: Connect, vendor: Vendor, as_json: AsJson, tally: Tally) -> None:
    """Many threads at once each get their own answer, and all are counted."""
    vendor.says("/orders", as_json({"ok": 1}))
    http = connect()
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda i: http.get("/orders", params={"i": i}), range(64)))
    assert [reply.url.rpartition("=")[2] for reply in replies] == [str(i) for i in range(64)]
    counts = tally.hosts()[HOST]
    assert counts.requests == {"2xx": 64}
    assert counts.received == 64 * len(b'{"ok":1}')


def test_cookies_are_not_kept(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A cookie of one answer is not sent with the next request."""
    vendor.says("/orders", answer(headers={"Set-Cookie": "session=1"}))
    http = connect()
    http.get("/orders")
    http.get("/orders")
    assert "cookie" not in vendor.seen[1].headers


def test_a_transport_can_be_passed_in() -> None:
    """httpx's own seam takes the place of the network."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"host": request.url.host}))
    with Http(f"https://{HOST}", [HOST], transport=transport) as http:
        assert http.get("/").json() == {"host": HOST}
