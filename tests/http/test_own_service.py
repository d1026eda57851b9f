"""A service of the user's own: what is repeated, what is not, and what an answer means."""

from __future__ import annotations

import httpx
import pytest

from kpitaps.errors import BadSettings, KpitapsError, NeedsAuth, RetryLater
from kpitaps.http.own_service import OwnService
from kpitaps.http.retry import RetryPolicy
from kpitaps.http.scrub import Scrubber


def answering(*statuses: int) -> tuple[OwnService, list[httpx.Request]]:
    """A service that answers so, one after another, and what it was asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        status = statuses[min(len(asked), len(statuses)) - 1]
        return httpx.Response(status, text="for tok-123", headers={"location": "http://elsewhere/"})

    transport, policy = httpx.MockTransport(answer), RetryPolicy.testing(attempts=3)
    headers, scrubber = {"authorization": "Bearer tok-123"}, Scrubber(["tok-123"])
    service = OwnService(
        "http://store:8428/x/",
        title="the store",
        headers=headers,
        scrubber=scrubber,
        transport=transport,
        policy=policy,
    )
    return service, asked


def test_what_may_pass_is_repeated_unless_it_would_count_twice() -> None:
    """A 503 is followed by another try; not where the request must be sent once."""
    service, asked = answering(503, 204)
    with service:
        assert service.post("/write", form={"a": ["1", "2"]}).status == 204
        assert [str(request.url) for request in asked] == ["http://store:8428/x/write"] * 2
        assert asked[1].content == b"a=1&a=2"
    service, asked = answering(503, 204)
    with service, pytest.raises(RetryLater, match="1 try"):
        service.post("/write", content=b"1", repeated=False)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(401, NeedsAuth), (403, NeedsAuth), (404, BadSettings), (302, BadSettings), (500, RetryLater)]
)
def test_what_an_answer_means(status: int, error: type[KpitapsError]) -> None:
    """Each is an error of its kind that hides the token; a redirect is not followed."""
    service, asked = answering(status)
    with service, pytest.raises(error, match=f"POST http://store:8428/x/write was answered {status}") as raised:
        service.post("/write")
    assert {request.url.host for request in asked} == {"store"}
    assert "tok-123" not in str(raised.value)


@pytest.mark.parametrize("header", [("x", "tok-123\nb"), ("x", "tok-123€"), ("x", ""), ("a b", "tok-123")])
def test_a_header_that_is_none_is_not_shown(header: tuple[str, str]) -> None:
    """What cannot stand in a header is told before it is sent, and without repeating it."""
    with pytest.raises(BadSettings, match="a header for store holds characters") as raised:
        OwnService("http://store:8428", title="the store", headers=dict([header]))
    assert "tok-123" not in str(raised.value)
