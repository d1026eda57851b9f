from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.errors import RetryLater, TapBug
from kpitaps.http.retry import RetryPolicy, Trouble, retry_after
from kpitaps.http.verdicts import TRANSPORT, transport_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Answer, Connect, Vendor  # the fixtures' types, for readers

NOW = 1_700_000_000.0


def _all(cls: type[Exception]) -> list[type[Exception]]:
    return [cls, *(found for sub in cls.__subclasses__() for found in _all(sub))]


def _sleeping() -> tuple[list[float], RetryPolicy]:
    slept: list[float] = []
    return slept, RetryPolicy(sleep=slept.append)


@pytest.mark.parametrize("kind", _all(httpx.RequestError), ids=lambda kind: kind.__name__)
def test_every_transport_error_of_httpx_is_mapped(kind: type[httpx.RequestError]) -> None:
    """Each error that httpx can raise while asking has its own row: repeated, or a bug of the tap."""
    assert kind in TRANSPORT
    mapped = transport_error(kind("oh"), "shop.example")
    assert isinstance(mapped, Trouble | TapBug)
    assert str(mapped).startswith("shop.example ")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": formatdate(NOW + 90, usegmt=True)}, 90.0),
        ({"retry-after": formatdate(NOW + 90, usegmt=True), "date": formatdate(NOW + 60, usegmt=True)}, 30.0),
        ({"retry-after": formatdate(NOW - 90, usegmt=True)}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds and HTTP dates are understood, a date by the vendor's own clock; nonsense is no wait."""
    assert retry_after(httpx.Headers(headers), NOW) == seconds


@given(st.text())
def test_no_retry_after_breaks_the_reading(text: str) -> None:
    """Whatever a header holds, the wait is None or a number that is not negative."""
    found = retry_after({"retry-after": text}, NOW)
    assert found is None or found >= 0


def test_waits_grow_and_are_drawn() -> None:
    """Each wait lies between nothing and a bound that doubles from half a second."""
    slept, policy = _sleeping()
    with pytest.raises(RetryLater, match=r"busy \(6 tries\)"):
        policy.run(_failing(), repeating=lambda: None)
    assert len(slept) == 5
    assert all(0 <= wait <= 0.5 * 2**i for i, wait in enumerate(slept))


def test_the_sources_wait_is_kept() -> None:
    """Where the source names a wait, no wait is shorter."""
    slept, policy = _sleeping()
    with pytest.raises(RetryLater):
        policy.run(_failing(after=9.0), repeating=lambda: None)
    assert len(slept) == 5
    assert min(slept) >= 9


def test_a_wait_beyond_the_patience_is_handed_on_at_once() -> None:
    """A wait longer than the patience becomes RetryLater after the first try, with the source's figure."""
    slept, policy = _sleeping()
    with pytest.raises(RetryLater, match=r"\(1 try\)") as caught:
        policy.run(_failing(after=3_600), repeating=lambda: None)
    assert (slept, caught.value.after) == ([], 3_600)


def test_repetitions_are_told() -> None:
    """Each repetition is announced once, and a success ends them."""
    told: list[int] = []
    answers = iter([Trouble("a"), Trouble("b"), None])

    def work() -> str:
        if trouble := next(answers):
            raise trouble
        return "done"

    assert RetryPolicy.testing().run(work, repeating=lambda: told.append(1)) == "done"
    assert len(told) == 2


def test_testing_does_not_wait() -> None:
    """The policy for tests tries as often, without any waiting."""
    start = time.monotonic()
    with pytest.raises(RetryLater, match=r"\(6 tries\)"):
        RetryPolicy.testing().run(_failing(after=20), repeating=lambda: None)
    assert time.monotonic() - start < 1


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_real_retry_after_is_honoured(connect: Connect, vendor: Vendor, answer: type[Answer], form: str) -> None:
    """A 429 with either form of Retry-After is repeated no earlier than it asks."""
    slept, policy = _sleeping()
    value = "40" if form == "seconds" else formatdate(time.time() + 41, usegmt=True)
    vendor.says("/orders", answer(429, headers={"Retry-After": value}), answer())
    assert connect(policy=policy).get("/orders").ok
    assert len(slept) == 1
    assert 39 <= slept[0] <= 42


def test_a_long_retry_after_reaches_the_sync_run(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """A 503 that asks for an hour is not waited for."""
    vendor.says("/orders", answer(503, headers={"Retry-After": "3600"}))
    with pytest.raises(RetryLater) as caught:
        connect().get("/orders")
    assert caught.value.after == 3600
    assert len(vendor.seen) == 1


def _failing(after: float | None = None) -> Callable[[], None]:
    def work() -> None:
        raise Trouble("busy", after=after)

    return work
