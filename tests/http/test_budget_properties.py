"""Whatever happens in flight, no source with the published limit ever counts more than that.

A world in virtual time: requests are held up on their way out and back, the source counts them somewhere between, by a
clock that is not quite ours. Its counters are the sandboxes' own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpitaps.errors import RetryLater
from kpitaps.http import Budgets, CostBucket, Counter, ErrorBudget, LimitHeaders, Rate, Reply
from kpitaps.http.told import CounterState
from kpitaps.testing import FixedWindow, SlidingWindow, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps.http import Limit
    from kpitaps.http.meters import Hold

START = datetime(2025, 3, 30, 12, tzinfo=UTC)
"""A full hour; worlds begin a few seconds before it, so that minutes end in the middle of things."""

FLIGHT = 50.0
HEADERS = LimitHeaders("x-limit", "x-remaining", "x-reset")


class Source(Protocol):
    """A vendor's counter."""

    count: int

    def take(self, now: datetime, cost: int = 1) -> Verdict: ...


class World:
    """The way to a source and back.

    Args:
        source: Counts what arrives.
        limit: What we take its limit for.
        skew: Seconds that our wall clock is ahead of the source's.
        early: Seconds before the full hour at which the world begins.
        reset: How the source writes instants.
    """

    def __init__(
        self,
        source: Source,
        limit: Limit,
        *,
        skew: float = 0.0,
        early: float = 0.0,
        reset: Callable[[datetime], str] = str,
    ) -> None:
        self.source, self.now, self.reset = source, 0.0, reset
        self.flying: list[dict[str, Any]] = []
        self.refused = 0
        self.start = START - timedelta(seconds=early)
        epoch = self.start.timestamp() + skew
        self.budgets = Budgets(monotonic=lambda: self.now, wait=self.wait, epoch=lambda: epoch + self.now)
        self.limit = self.budgets.bind(limit, "s")

    @property
    def theirs(self) -> datetime:
        """The source's own time."""
        return self.start + timedelta(seconds=self.now)

    def wait(self, _: Any, seconds: float) -> None:
        self.pass_(min(seconds, 3.0))
        self.move(0)

    def pass_(self, seconds: float) -> None:
        self.now += seconds
        for flight in [each for each in self.flying if each["sent"] + FLIGHT < self.now]:
            while flight in self.flying:
                self.step(flight)

    def ask(self, *, cost: int = 1, share: float = 1.0, lost: bool = False, urgent: bool = True) -> None:
        hold = self.limit.acquire(cost, urgent=urgent)
        spent = max(1, int(cost * share))
        self.flying.append({"hold": hold, "sent": self.now, "spent": spent, "lost": lost, "stage": "out"})

    def move(self, index: int) -> None:
        if self.flying:
            self.step(self.flying[index % len(self.flying)])

    def step(self, flight: dict[str, Any]) -> None:
        match flight["stage"]:
            case "out":
                verdict = self.source.take(self.theirs, flight["spent"])
                self.refused += not verdict.allowed
                flight["reply"], flight["stage"] = self.reply(verdict, flight["spent"]), "back"
            case "back":
                self.flying.remove(flight)
                self.limit.settle(flight["hold"], None if flight["lost"] else flight["reply"])

    def reply(self, verdict: Verdict, spent: int) -> Reply:
        told = {
            "x-limit": self.source.count,
            "x-remaining": verdict.remaining,
            "x-reset": self.reset(verdict.resets_at),
        }
        headers = {name: str(value) for name, value in told.items()}
        headers |= {"date": format_datetime(self.theirs, usegmt=True), "x-spent": str(spent)}
        return Reply(200 if verdict.allowed else 429, headers=headers)

    def play(self, steps: list[Any]) -> None:
        for step in steps:
            match step:
                case ("ask", terms):
                    self.ask(**terms)
                case ("move", index):
                    self.move(index)
                case ("pass", seconds):
                    self.pass_(seconds)


def millis(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


def without_colon(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def spent(reply: Reply) -> CounterState:
    """What a source tells that says what a request has cost and no more."""
    return CounterState(spent=float(reply.headers["x-spent"]))


def spent_and_left(reply: Reply) -> CounterState:
    """What a source tells that says what is left as well, but not when it starts anew."""
    return CounterState(remaining=float(reply.headers["x-remaining"]), spent=float(reply.headers["x-spent"]))


earlier = st.sampled_from([0.5, 2.0, 5.0, 20.0])
asks = st.fixed_dictionaries({}, optional={"lost": st.booleans(), "urgent": st.booleans()})
weighed = st.fixed_dictionaries(
    {"cost": st.sampled_from([1, 3, 5])}, optional={"share": st.sampled_from([0.1, 0.7]), "lost": st.booleans()}
)
others = [
    st.tuples(st.just("move"), st.integers(0, 5)),
    st.tuples(st.just("move"), st.integers(0, 5)),
    st.tuples(st.just("pass"), st.sampled_from([0.05, 0.7, 3.0, 11.0, 31.0])),
]


def days(what: Any) -> Any:
    """What happens: more requests than anything else."""
    ask = st.tuples(st.just("ask"), what)
    return st.lists(st.one_of(ask, ask, ask, *others), min_size=8, max_size=60)


@settings(max_examples=500)
@given(steps=days(asks), count=st.integers(1, 6), told=st.booleans())
def test_no_sliding_window_is_exceeded(steps: list[Any], count: int, told: bool) -> None:
    """A rate holds in every span, whether or not the source tells what it has counted."""
    world = World(SlidingWindow(count, 10), Rate("s", count, per=10, read=HEADERS if told else None))
    world.play(steps)
    assert world.refused == 0


@settings(max_examples=500)
@given(
    steps=days(asks),
    count=st.integers(1, 6),
    skew=st.floats(-1.5, 1.5),
    early=earlier,
    reset=st.sampled_from([None, millis, seconds, without_colon]),
)
@pytest.mark.slow
def test_no_fixed_window_is_exceeded(steps: list[Any], count: int, skew: float, early: float, reset: Any) -> None:
    """A counter holds from reset to reset: told in any form, or computed by a clock that is a little off."""
    limit = Counter("s", count, resets="minute", read=None if reset is None else HEADERS)
    world = World(FixedWindow(count, "minute"), limit, skew=skew, early=early, reset=reset or str)
    world.play(steps)
    assert world.refused == 0


@settings(max_examples=500)
@given(
    steps=days(weighed),
    count=st.integers(5, 20),
    skew=st.floats(-1.5, 1.5),
    early=earlier,
    read=st.sampled_from([None, spent, spent_and_left]),
)
@pytest.mark.slow
def test_no_points_are_overdrawn(steps: list[Any], count: int, skew: float, early: float, read: Any) -> None:
    """Points that are known only after the answer are never exceeded where requests guess them high."""
    limit = Counter("s", count, resets="minute", counts="points", read=read)
    world = World(FixedWindow(count, "minute"), limit, skew=skew, early=early)
    world.play(steps)
    assert world.refused == 0


@settings(max_examples=300)
@given(steps=days(asks), count=st.integers(2, 6))
def test_no_rate_exceeds_windows_of_unknown_beginning(steps: list[Any], count: int) -> None:
    """A rate is safe too where the source counts in fixed windows."""
    world = World(FixedWindow(count, "minute"), Rate("s", count, per=60))
    world.play(steps)
    assert world.refused == 0


@settings(max_examples=300)
@given(steps=days(asks), count=st.integers(2, 6), seen=st.integers(0, 6))
@pytest.mark.slow
def test_requests_before_a_restart_are_heeded(steps: list[Any], count: int, seen: int) -> None:
    """Once the first answer has told what was counted before us, nothing is refused."""
    source = SlidingWindow(count + 6, 60)
    for _ in range(seen):
        source.take(START)
    world = World(source, Rate("s", count + 6, per=60, read=HEADERS))
    world.ask()
    world.move(0)
    world.move(0)
    world.play([step for step in steps if step[0] != "ask" or not step[1].get("lost")])
    assert world.refused == 0


class Strict:
    """A source that blocks who makes ``count`` errors within an hour."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.window = SlidingWindow(count - 1, 3600)


@settings(max_examples=300)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("ask"), st.booleans()),
            st.tuples(st.just("ask"), st.sampled_from([True])),
            st.tuples(st.just("back"), st.integers(0, 5)),
            st.tuples(st.just("pass"), st.sampled_from([1.0, 600.0])),
        ),
        min_size=8,
        max_size=60,
    ),
    count=st.integers(2, 6),
)
def test_the_last_error_is_never_made(steps: list[Any], count: int) -> None:
    """However many requests are under way at once, an endpoint never sees as many errors as make it block us."""
    now, errors, flying = [0.0], SlidingWindow(count - 1, 3600), []
    limit = Budgets(
        monotonic=lambda: now[0], wait=lambda _, s: _land(limit, flying) or now.__setitem__(0, now[0] + min(s, 900))
    ).bind(ErrorBudget("s", count, per=3600), "s")
    limit = limit.share("/orders")
    for what, value in steps:
        if what == "pass":
            now[0] += value
        elif what == "back":
            _land(limit, flying, value)
        else:
            hold = limit.acquire(1, urgent=True)
            assert not value or errors.take(START + timedelta(seconds=now[0])).allowed
            flying.append((hold, Reply(404 if value else 200)))


def _land(limit: Any, flying: list[tuple[Hold, Reply]], index: int = 0) -> None:
    if flying:
        limit.settle(*flying.pop(index % len(flying)))


@pytest.mark.parametrize(
    "limit",
    [
        Rate("s", 10, per=10),
        Counter("s", 10, resets="minute"),
        Counter("s", 10, resets="day", zone="Europe/Amsterdam"),
        Counter("s", 10, resets="hour", counts="points"),
        ErrorBudget("s", 11, per=3600),
        CostBucket("s", points=10, restore=0.001, read=lambda _: None),
    ],
    ids=lambda limit: limit.label,
)
def test_fresh_data_passes_a_history_that_takes_all_it_can(limit: Limit) -> None:
    """However long history has been asking, two of ten places are there at once for what is urgent."""
    world = World(SlidingWindow(1000, 1), limit)
    world.limit = share = world.limit.share("/orders") or world.limit
    for _ in range(8):
        share.settle(share.acquire(1, urgent=False, patience=0), Reply(404))
    with pytest.raises(RetryLater, match="is used up"):
        share.acquire(1, urgent=False, patience=0.5)
    assert share.remaining_ratio == pytest.approx(0.2)
    assert share.acquire(1, urgent=True, patience=0).waited == 0
    assert share.acquire(1, urgent=True, patience=0).waited == 0
