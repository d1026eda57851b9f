from __future__ import annotations

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpitaps.errors import RetryLater, TapBug
from kpitaps.http import BucketState, Budgets, CostBucket, Rate, Reply, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Answer, AsJson, Bind, Clock, Connect, Vendor  # the fixtures' types, for readers
    from kpitaps.http import Tally

HOST = "acme.vendor.example"


def _read(reply: Reply) -> BucketState | None:
    found = reply.json().get("bucket")
    return found and BucketState(*found)


BUCKET = CostBucket("{shop}", points=100, restore=10, read=_read)
RATE = Rate("{shop}", count=3, per=10)


def _reply(*bucket: float) -> Reply:
    return Reply(200, content=orjson.dumps({"bucket": bucket or None}))


@pytest.fixture
def bind(clock: Clock) -> Bind:
    return Budgets(monotonic=clock, wait=clock.wait).bind


def test_a_full_bucket_is_not_waited_for(bind: Bind, clock: Clock) -> None:
    """Points that are there are taken at once."""
    assert bind(BUCKET, "s").acquire(100, urgent=True).waited == 0
    assert clock.waits == []


def test_missing_points_are_waited_for(bind: Bind) -> None:
    """A request waits until the points that it misses have come back."""
    limit = bind(BUCKET, "s")
    limit.settle(limit.acquire(100, urgent=True), None)
    assert limit.acquire(30, urgent=True).waited == pytest.approx(3, abs=0.01)


def test_history_leaves_room_for_fresh_data(bind: Bind) -> None:
    """A patient request waits until 20 % of the bucket are left beside it; an urgent one takes them."""
    limit = bind(BUCKET, "s")
    limit.settle(limit.acquire(70, urgent=False), None)
    assert limit.acquire(10, urgent=False).waited == 0
    assert limit.acquire(5, urgent=False).waited == pytest.approx(0.5, abs=0.01)
    assert limit.acquire(20, urgent=True).waited == 0


def test_a_large_patient_request_gets_its_turn(bind: Bind) -> None:
    """A patient request of nearly the whole capacity waits for a full bucket, not for ever."""
    limit = bind(BUCKET, "s")
    limit.settle(limit.acquire(50, urgent=True), None)
    assert limit.acquire(95, urgent=False).waited == pytest.approx(5, abs=0.01)


def test_the_vendors_report_replaces_the_estimate(bind: Bind) -> None:
    """After an answer the bucket is what the vendor says, its size and rate included."""
    limit = bind(BUCKET, "s")
    limit.settle(limit.acquire(50, urgent=True), _reply(1500, 2000, 100))
    assert limit.remaining_ratio == 0.75
    assert limit.acquire(1500, urgent=True).waited == 0
    assert limit.acquire(100, urgent=True).waited == pytest.approx(1, abs=0.01)


def test_what_is_in_flight_is_taken_off_a_report(bind: Bind) -> None:
    """A report may have been written before the other requests arrived."""
    limit = bind(BUCKET, "s")
    first = limit.acquire(20, urgent=True)
    limit.acquire(30, urgent=True)
    limit.settle(first, _reply(95, 100, 10))
    assert limit.remaining_ratio == pytest.approx(0.65)


def test_a_report_that_comes_late_is_not_believed(bind: Bind) -> None:
    """An old report that is read after a newer one does not bring back points that are gone."""
    limit = bind(BUCKET, "s")
    first, second = limit.acquire(10, urgent=True), limit.acquire(60, urgent=True)
    limit.settle(second, _reply(30, 100, 10))
    limit.settle(first, _reply(90, 100, 10))
    assert limit.remaining_ratio == pytest.approx(0.3)


def test_the_first_guess_is_not_trusted(bind: Bind) -> None:
    """Until the vendor has reported, our own estimate counts for nothing: the bucket may have been half empty."""
    limit = bind(BUCKET, "s")
    first, second = limit.acquire(10, urgent=True), limit.acquire(40, urgent=True)
    limit.settle(second, None)
    limit.settle(first, _reply(60, 100, 10))
    assert limit.remaining_ratio == pytest.approx(0.2)


def test_points_that_others_took_are_missing_here_too(bind: Bind) -> None:
    """Where somebody else draws on the bucket, the vendor's lower figure counts."""
    limit = bind(BUCKET, "s")
    limit.settle(limit.acquire(10, urgent=True), _reply(90, 100, 10))
    limit.settle(limit.acquire(10, urgent=True), _reply(5, 100, 10))
    assert limit.remaining_ratio == pytest.approx(0.05)


def test_a_lost_answer_costs_what_was_reserved(bind: Bind) -> None:
    """Without an answer the points count as spent; a request that was never sent costs nothing."""
    limit = bind(BUCKET, "s")
    limit.settle(limit.acquire(40, urgent=True), None)
    assert limit.remaining_ratio == pytest.approx(0.6)
    limit.release(limit.acquire(40, urgent=True))
    assert limit.remaining_ratio == pytest.approx(0.6)


def test_patience_has_an_end(bind: Bind, clock: Clock) -> None:
    """A wait that is longer than the patience is not begun; its length is handed on."""
    limit = bind(BUCKET, "shopify:acme")
    limit.settle(limit.acquire(100, urgent=True), None)
    with pytest.raises(RetryLater, match="the limit of 100 of shopify:acme is used up") as caught:
        limit.acquire(50, urgent=True, patience=4)
    assert caught.value.after == pytest.approx(5)
    assert clock.waits == []


def test_a_request_that_can_never_be_is_a_bug(bind: Bind) -> None:
    """A cost above the capacity would be waited for in vain."""
    with pytest.raises(TapBug, match="101 points exceeds the limit of 100 of s: ask for smaller pages"):
        bind(BUCKET, "s").acquire(101, urgent=True)


def test_a_bucket_that_waits_for_answers_gives_up_in_time(bind: Bind) -> None:
    """Points that hang on requests in flight are waited for until the patience ends."""
    limit = bind(BUCKET, "s")
    limit.acquire(100, urgent=True)
    with pytest.raises(RetryLater) as caught:
        limit.acquire(50, urgent=True, patience=30)
    assert caught.value.after is None


def test_one_scope_has_one_budget(bind: Bind) -> None:
    """The same limit of the same scope is shared; another scope or limit is another budget."""
    assert bind(BUCKET, "a") is bind(CostBucket("{shop}", points=100, restore=10, read=_read), "a")
    assert bind(BUCKET, "a") is not bind(BUCKET, "b")
    assert bind(BUCKET, "a") is not bind(RATE, "a")


def test_each_limit_is_reported(clock: Clock) -> None:
    """Self-metrics show each limit of each scope, the tightest where several are called the same."""
    budgets = Budgets(monotonic=clock, wait=clock.wait)
    budgets.bind(BUCKET, "a").acquire(10, urgent=True)
    budgets.bind(replace(BUCKET, points=50), "a").acquire(10, urgent=True)
    budgets.bind(RATE, "a").acquire(10, urgent=True)
    budgets.bind(BUCKET, "b")
    assert budgets.remaining() == {
        ("a", "points"): pytest.approx(0.8),
        ("a", "requests/10s"): pytest.approx(2 / 3),
        ("b", "points"): 1.0,
    }


def test_a_rate_counts_requests(bind: Bind, clock: Clock) -> None:
    """The fourth request waits until the first one has left the window, whatever they cost."""
    limit = bind(RATE, "s")
    for _ in range(3):
        limit.settle(limit.acquire(1_000, urgent=True), None)
        clock.now += 1
    assert limit.acquire(1, urgent=True).waited == pytest.approx(7, abs=0.01)
    assert limit.remaining_ratio == 0


def test_a_rate_keeps_room_for_fresh_data(bind: Bind) -> None:
    """A patient request leaves the last place of a small window to an urgent one."""
    limit = bind(RATE, "s")
    limit.settle(limit.acquire(1, urgent=False), None)
    limit.settle(limit.acquire(1, urgent=False), None)
    with pytest.raises(RetryLater):
        limit.acquire(1, urgent=False, patience=5)
    assert limit.acquire(1, urgent=True).waited == 0


@given(
    gaps=st.lists(st.floats(0, 8), min_size=1, max_size=40),
    flights=st.lists(st.floats(0, 5), min_size=40, max_size=40),
    count=st.integers(1, 5),
)
def test_no_window_ever_holds_too_many(gaps: list[float], flights: list[float], count: int) -> None:
    """Whenever in its flight the source counts a request, no window of the rate's length holds more than allowed."""
    clock = _Clock()
    limit = Budgets(monotonic=clock, wait=clock.wait).bind(Rate("s", count=count, per=10), "s")
    arrived: list[float] = []
    for gap, flight in zip(gaps, flights, strict=False):
        clock.now += gap
        hold = limit.acquire(1, urgent=True)
        arrived.append(clock.now + flight / 2)
        clock.now += flight
        limit.settle(hold, None)
    assert all(later - first >= 10 for first, later in zip(arrived, arrived[count:], strict=False))


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, _: Any, seconds: float) -> None:
        self.now += seconds


class _Bucket(_Clock):
    """The vendor's side of a bucket, and the requests that are on their way to it and back."""

    def __init__(self, capacity: float, restore: float) -> None:
        super().__init__()
        self.capacity, self.restore, self.level, self.at = capacity, restore, capacity, 0.0
        self.lowest = math.inf
        self.flying: list[dict] = []

    def fill(self) -> None:
        self.level = min(self.capacity, self.level + (self.now - self.at) * self.restore)
        self.at = self.now

    def move(self, index: int, times: int = 1) -> None:
        """Bring one request some steps further: it arrives, is answered, and its answer is read."""
        if self.flying:
            flight = self.flying[index % len(self.flying)]
            for _ in range(times):
                self.step(flight)

    def step(self, flight: dict) -> None:
        self.fill()
        match flight["stage"]:
            case "out":
                self.level -= flight["cost"]
                self.lowest = min(self.lowest, self.level)
                flight["stage"] = "there"
            case "there":
                self.level = min(self.capacity, self.level + flight["cost"] - flight["actual"])
                flight["reply"] = _reply(self.level, self.capacity, self.restore)
                flight["stage"] = "back"
            case "back":
                self.flying.remove(flight)
                flight["stage"] = "home"
                self.limit.settle(flight["hold"], None if flight["lost"] else flight["reply"])

    def wait(self, _: Any, seconds: float) -> None:
        self.now += min(seconds, 3.0)
        self.move(0)


flights = st.tuples(
    st.just("ask"), st.sampled_from([10, 40, 70]), st.sampled_from([0.1, 1]), st.sampled_from([False, False, True])
)
moves = st.tuples(st.just("move"), st.integers(0, 2), st.integers(1, 3))
passes = st.tuples(st.just("pass"), st.sampled_from([0.1, 3]))


@settings(max_examples=1000)
@given(
    steps=st.lists(st.one_of(flights, moves, moves, passes), min_size=6, max_size=30),
    capacity=st.sampled_from([100, 160]),
    restore=st.sampled_from([5, 10]),
)
@pytest.mark.slow
def test_parallel_reservations_never_overdraw(steps: list[Any], capacity: int, restore: int) -> None:
    """In whatever order requests arrive, are answered and are read, the vendor's bucket never falls below zero."""
    vendor = _Bucket(capacity, restore)
    terms = CostBucket("s", points=100, restore=5, read=_read)
    vendor.limit = Budgets(monotonic=vendor, wait=vendor.wait).bind(terms, "s")
    for step in steps:
        match step:
            case ("ask", cost, share, lost):
                hold = vendor.limit.acquire(cost, urgent=True)
                flight = {"hold": hold, "cost": cost, "actual": cost * share, "lost": lost, "stage": "out"}
                vendor.flying.append(flight)
            case ("move", index, times):
                vendor.move(index, times)
            case ("pass", seconds):
                vendor.now += seconds
    while vendor.flying:
        vendor.move(0)
    assert vendor.lowest >= -1e-6


def test_urgent_requests_overtake_patient_ones() -> None:
    """A patient request that came first waits until the urgent one has been served."""
    limit = Budgets().bind(CostBucket("s", points=100, restore=0, read=_read), "s")
    hold, served = limit.acquire(100, urgent=True), []

    def ask(urgent: bool) -> None:
        mine = limit.acquire(80, urgent=urgent)
        served.append(urgent)
        limit.release(mine)

    with ThreadPoolExecutor(2) as pool:
        for urgent, queue in ((False, limit._patient), (True, limit._urgent)):
            pool.submit(ask, urgent)
            _until(lambda queue=queue: queue)
        limit.release(hold)
    assert served == [True, False]


def test_points_that_come_back_wake_those_who_wait() -> None:
    """An answer that was cheaper than reserved ends the wait at once."""
    limit = Budgets().bind(CostBucket("s", points=100, restore=0.001, read=_read), "s")
    hold = limit.acquire(90, urgent=True)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(limit.acquire, 50, urgent=True)
        _until(lambda: limit._urgent)
        limit.settle(hold, _reply(95, 100, 0.001))
        assert waiting.result(timeout=5).waited < 5


def _until(ready: Callable[[], object]) -> None:
    end = time.monotonic() + 5
    while not ready() and time.monotonic() < end:
        time.sleep(0.001)


class _ThrottlingVendor:
    """A rule for the loopback vendor: a bucket of 400 points, 4000 a second, that answers THROTTLED when empty."""

    def __init__(self, as_json: AsJson) -> None:
        self.as_json, self.level, self.at, self.throttled = as_json, 400.0, time.monotonic(), 0
        self.lock = threading.Lock()

    def __call__(self, _: Any) -> Answer:
        with self.lock:
            now = time.monotonic()
            self.level, self.at = min(400.0, self.level + (now - self.at) * 4000), now
            if self.level < 100:
                self.throttled += 1
                return self.as_json({"errors": "THROTTLED"})
            self.level -= 100
        time.sleep(0.002)
        with self.lock:
            self.level = min(400.0, self.level + 70)
            return self.as_json({"bucket": [self.level, 400, 4000]})


@pytest.mark.slow
def test_slices_in_parallel_are_never_throttled(
    connect: Connect, vendor: Vendor, as_json: AsJson, tally: Tally
) -> None:
    """Eight threads that share a connection's budget over real HTTP never hear THROTTLED."""
    vendor.rule = rule = _ThrottlingVendor(as_json)
    bucket = CostBucket("s", points=400, restore=4000, read=_read)
    http = connect(limits=[Budgets().bind(bucket, "s")])
    views = [http.urgent(), http.patient()]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: views[i % 2].post("/q", json={}, cost=100), range(80)))
    assert rule.throttled == 0
    assert tally.hosts()[HOST].waited > 0


def test_a_view_shares_everything_but_its_urgency(
    connect: Connect, vendor: Vendor, as_json: AsJson, clock: Clock
) -> None:
    """Patient and urgent views draw on one budget through one connection; only the urgent one uses it up."""
    vendor.says("/q", as_json({"bucket": [15, 100, 0]}))
    http = connect(limits=[Budgets(monotonic=clock, wait=clock.wait).bind(BUCKET, "s")])
    assert http.get("/q", cost=10).ok
    with pytest.raises(RetryLater, match="is used up"):
        http.patient().get("/q", cost=10)
    assert http.patient().urgent().get("/q", cost=10).ok


def test_a_failed_reader_gives_its_points_back(connect: Connect, vendor: Vendor, as_json: AsJson) -> None:
    """A tap whose reading of the bucket fails has a bug, and nothing stays reserved."""

    def read(_: Reply) -> BucketState:
        raise KeyError("bucket")

    vendor.says("/q", as_json({}))
    limit = Budgets().bind(CostBucket("s", points=100, restore=1000, read=read), "s")
    rate = Budgets().bind(Rate("s", count=1, per=0.01), "s")
    http = connect(limits=[limit, rate])
    for _ in range(3):
        with pytest.raises(KeyError):
            http.get("/q", cost=100)


def test_a_second_limit_that_is_used_up_frees_the_first(
    connect: Connect, vendor: Vendor, as_json: AsJson, clock: Clock
) -> None:
    """Where one of two limits has no room, the other's points are returned."""
    vendor.says("/q", as_json({}))
    budgets = Budgets(monotonic=clock, wait=clock.wait)
    bucket, rate = budgets.bind(BUCKET, "s"), budgets.bind(Rate("s", count=1, per=3_600), "s")
    http = connect(limits=[bucket, rate], policy=RetryPolicy.testing())
    http.get("/q", cost=10)
    with pytest.raises(RetryLater) as caught:
        http.get("/q", cost=10)
    assert caught.value.after == pytest.approx(3_600, abs=60)
    assert bucket.remaining_ratio == pytest.approx(0.9)
