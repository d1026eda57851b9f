"""What a refusal for a limit's sake means for all who share the limit."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from kpitaps.errors import NeedsAuth, RetryLater, TapBug
from kpitaps.http import (
    Budgets,
    CostBucket,
    Counter,
    CounterState,
    ErrorBudget,
    LimitHeaders,
    Rate,
    Reply,
    RetryPolicy,
)
from kpitaps.testing import SlidingWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Answer, Clock, Connect, Seen, Vendor  # the fixtures' types, for readers
    from kpitaps.http import BoundLimit, Http, Limit, Tally

MINUTE = Rate("s", 60, per=60, read=LimitHeaders("x-minutely-limit", "x-minutely-remaining", "x-minutely-reset"))
DAY = Counter("s", 5000, resets="day", read=LimitHeaders("x-limit", "x-remaining", "x-reset"))
SEARCH = Rate("s search", 5, per=1, on=lambda path: path.endswith("/search"))

Open = "Callable[..., tuple[Http, list[BoundLimit]]]"


@pytest.fixture
def opened(connect: Connect, clock: Clock) -> Any:
    """Return what opens a connection with limits, in virtual time."""

    def opened(*limits: Limit, **more: Any) -> tuple[Http, list[BoundLimit]]:
        budgets = Budgets(monotonic=clock, wait=clock.wait, epoch=lambda: 1_738_324_800.0)
        bound = [budgets.bind(limit, limit.scope) for limit in limits]
        return connect(limits=bound, policy=RetryPolicy(attempts=1), **more), bound

    return opened


def test_a_429_stops_the_other_threads_too(opened: Any, vendor: Vendor, answer: type[Answer]) -> None:
    """After a refusal nobody asks before the time that the source has said."""
    vendor.says("/orders", answer(429, headers={"Retry-After": "300"}))
    http, _ = opened(MINUTE)
    for view in (http, http, http.patient()):
        with pytest.raises(RetryLater) as caught:
            view.get("/orders")
        assert caught.value.after == pytest.approx(300, abs=1)
    assert len(vendor.seen) == 1


def test_a_bucket_is_closed_too(opened: Any, vendor: Vendor, answer: type[Answer]) -> None:
    """Where only points are rationed, a Retry-After holds for all who share them; without one nothing is closed."""
    vendor.says("/orders", answer(429, headers={"Retry-After": "9"}))
    vendor.says("/items", answer(429))
    http, (bucket,) = opened(CostBucket("s", 10, 1, read=lambda _: None))
    for path, left in (("/items", 0.9), ("/orders", 0)):
        with pytest.raises(RetryLater):
            http.get(path)
        assert bucket.remaining_ratio == left


def test_a_closed_limit_opens_by_itself(opened: Any, vendor: Vendor, answer: type[Answer], clock: Clock) -> None:
    """What can be waited for is waited for."""
    vendor.says("/orders", answer(429, headers={"Retry-After": "30"}), answer())
    http, (minute,) = opened(MINUTE)
    with pytest.raises(RetryLater):
        http.get("/orders")
    assert minute.remaining_ratio == 0
    assert http.get("/orders").ok
    assert sum(clock.waits) == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize(
    ("headers", "minute", "day"),
    [
        ({"x-minutely-remaining": "3", "x-minutely-limit": "60"}, 0, 1),
        ({"x-remaining": "0", "x-minutely-remaining": "50"}, 50 / 60, 0),
        ({}, 0, 1),
    ],
    ids=["only one is told", "one is used up", "nothing is told"],
)
def test_a_429_closes_the_limit_that_was_hit(
    opened: Any, vendor: Vendor, answer: type[Answer], headers: dict[str, str], minute: float, day: float
) -> None:
    """The limit that is used up, or the only one told of, or the one with the shortest window."""
    vendor.says("/orders", answer(429, headers=headers))
    http, limits = opened(MINUTE, DAY)
    with pytest.raises(RetryLater):
        http.get("/orders")
    assert [limit.remaining_ratio for limit in limits] == [pytest.approx(minute), pytest.approx(day, abs=0.001)]


def test_a_daily_limit_is_waited_out(opened: Any, vendor: Vendor, answer: type[Answer]) -> None:
    """A source that names no reset and says that the day is used up is left alone until midnight of its zone."""

    def policy_name(reply: Reply) -> CounterState | None:
        return CounterState(remaining=0) if reply.status == 429 and reply.json()["policyName"] == "DAILY" else None

    vendor.says("/orders", answer(429, orjson.dumps({"policyName": "DAILY"})))
    http, _ = opened(MINUTE, Counter("s", 250_000, resets="day", zone="Europe/Amsterdam", read=policy_name))
    with pytest.raises(RetryLater) as caught:
        http.get("/orders")
    assert caught.value.after == pytest.approx(11 * 3600, abs=5)  # it is 13:00 in Amsterdam


def test_a_search_that_is_refused_leaves_the_rest_alone(opened: Any, vendor: Vendor, answer: type[Answer]) -> None:
    """A request is about the limits that it counts in."""
    vendor.says("/deals/search", answer(429))
    vendor.says("/deals", answer())
    http, (search, rest) = opened(SEARCH, Rate("s", 100, per=10, on=lambda path: not path.endswith("/search")))
    with pytest.raises(RetryLater):
        http.post("/deals/search?limit=1", json={})
    assert (search.remaining_ratio, rest.remaining_ratio) == (0, 1)
    assert http.get("/deals").ok
    assert rest.remaining_ratio == 0.99


@pytest.mark.parametrize(("remaining", "error"), [("0", RetryLater), ("17", NeedsAuth)])
def test_a_403_is_a_refusal_where_nothing_remains(
    opened: Any, vendor: Vendor, answer: type[Answer], tally: Tally, remaining: str, error: type[Exception]
) -> None:
    """A 403 is put off where the source says that the limit is used up; else a right is missing."""
    vendor.says("/query", answer(403, headers={"x-remaining": remaining}))
    http, _ = opened(DAY)
    with pytest.raises(error):
        http.get("/query")
    assert sum(host.throttles for host in tally.hosts().values()) == (error is RetryLater)


def test_limits_follow_what_is_told(opened: Any, vendor: Vendor, answer: type[Answer]) -> None:
    """A source may allow more than it has published, and say that less remains than we have asked for."""
    headers = {"x-minutely-limit": "200", "x-minutely-remaining": "150"}
    vendor.says("/orders", answer(headers=headers))
    http, (minute,) = opened(MINUTE)
    http.get("/orders")
    assert minute.remaining_ratio == pytest.approx(0.75)


def test_points_are_settled_by_the_answer(opened: Any, vendor: Vendor, answer: type[Answer]) -> None:
    """A request holds what it may cost and pays what it did."""

    def quota(reply: Reply) -> CounterState:
        return CounterState(remaining=reply.json()["remaining"], spent=reply.json()["consumed"])

    vendor.says("/report", answer(body=b'{"remaining": 97, "consumed": 3}'))
    http, (tokens,) = opened(Counter("s", 100, resets="hour", counts="points", read=quota))
    http.post("/report", json={}, cost=50)
    assert tokens.remaining_ratio == pytest.approx(0.97)


def test_an_endpoint_is_left_alone_before_it_blocks_us(
    opened: Any, vendor: Vendor, answer: type[Answer], clock: Clock
) -> None:
    """After two of three errors the endpoint is not asked for the rest of the hour; another one is."""
    vendor.says("/bad", answer(400))
    vendor.says("/good", answer())
    http, (errors,) = opened(ErrorBudget("s", 3, per=3600))
    for _ in range(2):
        with pytest.raises(TapBug):
            http.get("/bad")
        clock.now += 60
    with pytest.raises(RetryLater, match="s /bad is used up") as caught:
        http.get("/bad")
    assert caught.value.after == pytest.approx(3480)
    assert http.get("/good").ok
    assert errors.remaining_ratio == 0


def test_an_error_page_is_not_read(opened: Any, vendor: Vendor, answer: type[Answer]) -> None:
    """A tap's reader that expects JSON finds nothing in a proxy's page; the answer's status decides."""
    read: Callable[[Reply], Any] = lambda reply: reply.json()["bucket"]  # noqa: E731
    vendor.says("/orders", answer(429, b"<html>", headers={"Content-Type": "text/html"}))
    http, _ = opened(Counter("s", 9, resets="hour", read=read), CostBucket("s", 10, 1, read=read))
    with pytest.raises(RetryLater, match="answered 429"):
        http.get("/orders")


@pytest.mark.slow
def test_slices_in_parallel_are_never_refused(connect: Connect, vendor: Vendor, answer: type[Answer]) -> None:
    """Eight threads over real HTTP keep a rate that the source counts by its own clock, and use most of it."""
    source, lock = SlidingWindow(20, 0.4, seconds=time.monotonic), threading.Lock()

    def rule(_: Seen) -> Answer:
        with lock:
            verdict = source.take(datetime.now(UTC))
        told = {"x-minutely-limit": "20", "x-minutely-remaining": str(verdict.remaining)}
        return answer(200 if verdict.allowed else 429, headers=told)

    vendor.rule = rule
    limit = Budgets().bind(replace(MINUTE, count=5, per=0.4), "s")
    http = connect(limits=[limit], policy=RetryPolicy(attempts=1))
    views, start = [http.urgent(), http.patient()], time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert all(reply.ok for reply in pool.map(lambda i: views[i % 2].get("/q"), range(100)))
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rate("s", 0, per=1), "the Rate of scope 's' allows nothing: its count is too small"),
        (lambda: Rate("s", 1, per=0), "its per is too small"),
        (lambda: ErrorBudget("s", 1, per=60), "its count is too small"),
        (lambda: Counter("s", 1, resets="week"), "resets every minute, hour, day, not 'week'"),
        (lambda: Counter("s", 1, resets="day", zone="Mars"), "a counter's zone is an IANA name or {zone}, not 'Mars'"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(make: Callable[[], Limit], message: str) -> None:
    """A limit that would stop everything, or is none, is found when it is written."""
    with pytest.raises(TapBug, match=message):
        make()
