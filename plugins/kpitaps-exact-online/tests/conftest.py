"""Books on loopback in which only happens what a test says, and a ledger that has read them."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from end_to_end import ledgers
from kpitaps_exact_online.sandbox import Sandbox

from kpitaps.app import Runtime, connect, connection_statuses, sync_one
from kpitaps.config import Environment
from kpitaps.http import Budgets, RetryPolicy, TokenBroker
from kpitaps.store import Grants, list_connections
from kpitaps.testing import Clock, Story, serve
from kpitaps.testing.story.book_events import BookLine, EntryBooked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kpitaps.sync import SyncResult

NEVER = date(2100, 1, 1)
"""A company that is founded then has no events of its own yet: only those that are added by hand."""
START = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    """A company of Exact Online, and a kpitaps that is connected to it."""

    def __init__(self, sandbox: Sandbox, runtime: Runtime, url: str) -> None:
        self.sandbox, self.runtime, self.url = sandbox, runtime, url
        self._ids = count(900_000_001)

    @property
    def repairs(self) -> dict[str, str]:
        """The open repairs: message by code."""
        return {r.code: r.message for status in connection_statuses(self.runtime) for r in status.repairs}

    def number(self) -> int:
        """Return an id that nothing else has."""
        return next(self._ids)

    def line(self, gl: str, cents: int, **more: Any) -> BookLine:
        """Return a line of an entry; a debit is positive."""
        return BookLine(self.number(), gl, cents, **more)

    def entry(self, on: str, kind: int, *lines: BookLine, **more: Any) -> EntryBooked:
        """Return an entry of a day, entered at noon of that day unless ``at`` says when."""
        day = date.fromisoformat(on)
        at = more.pop("at", datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        year, period = more.pop("period", (day.year, day.month))
        number = self.number()
        assert not more
        return EntryBooked(at, number, number % 100_000, "90", kind, day, year, period, "Boeking", lines)

    def sync(self, *streams: str) -> SyncResult:
        """Read those streams, or all; what went wrong is in the result."""
        return sync_one(self.runtime, list_connections(self.runtime.ledger.database)[0], streams=streams or None)

    def booked(self, *events: Any, streams: tuple[str, ...] = ()) -> World:
        """Let things happen in the books, and read them over HTTP into the ledger an hour after the last one."""
        return self._happened(self.sandbox.story.bookkeeping, events, streams)

    def happened(self, *events: Any, streams: tuple[str, ...] = ()) -> World:
        """Let things happen in the office, and read them."""
        return self._happened(self.sandbox.story.office, events, streams)

    def later(self, now: datetime, *streams: str) -> World:
        """Let time pass, and read what is new."""
        self.sandbox.clock.set(now)
        assert self.sync(*streams).errors == {}
        return self

    def figures(self, measure: str, *labels: str) -> dict[tuple[str, ...], Decimal]:
        """Return what the ledger has of a measure, by day and by the values of some labels."""
        found: dict[tuple[str, ...], Decimal] = {}
        for (key, given, currency, day), amount in ledgers.sums(self.runtime.ledger.database).items():
            if key == measure:
                known = {**dict(given), "currency": currency}
                place = (date.fromordinal(day).isoformat(), *(known.get(label) or "" for label in labels))
                found[place] = found.get(place, Decimal(0)) + Decimal(amount) / 1_000_000
        return {place: amount for place, amount in sorted(found.items()) if amount}

    def days(self, measure: str) -> dict[str, str]:
        """Return what the ledger has of a measure on each day, over all labels."""
        return {place[0]: f"{amount.normalize():f}" for place, amount in self.figures(measure).items()}

    def by(self, label: str, measure: str) -> dict[str, str]:
        """Return what the ledger has of a measure under each value of a label, over all days."""
        found: dict[str, Decimal] = {}
        for (_, value), amount in self.figures(measure, label).items():
            found[value] = found.get(value, Decimal(0)) + amount
        return {value: f"{amount.normalize():f}" for value, amount in found.items() if amount}

    def derived(self, measure: str) -> dict[str, str]:
        """Return what the ledger derives on each day: of customers, say."""
        totals = self.runtime.ledger.reader(1).day_totals(measure)
        return {date.fromordinal(t.day).isoformat(): f"{t.numerator // 1_000_000}" for t in totals if t.numerator}

    def _happened(self, log: Any, events: tuple[Any, ...], streams: tuple[str, ...]) -> World:
        for event in events:
            log.append(event)
        latest = max((event.at for event in events), default=START) + timedelta(hours=1)
        return self.later(max(latest, self.sandbox.clock.now()), *streams)


@contextmanager
def world(
    home: Path, story: Story, now: datetime, settings: dict[str, Any] | None = None, **options: Any
) -> Iterator[World]:
    """Start a sandbox, open a ledger and connect the two; nothing is read yet."""
    sandbox = Sandbox(story, Clock(now), **{"minutely": 100_000, "daily": 1_000_000, **options})
    with ExitStack() as stack:
        url = stack.enter_context(serve(sandbox.app))
        environment = Environment(home=home, routes=dict.fromkeys(sandbox.hosts, url), workers=4)
        runtime = Runtime(environment, now=sandbox.clock.now, policy=RetryPolicy.testing(attempts=12))
        stack.enter_context(runtime)
        connect(runtime, "exact_online", {**sandbox.settings, **(settings or {})}, consent=sandbox.consent)
        yield World(sandbox, runtime, url)


@pytest.fixture(scope="session")
def world_of() -> Callable[..., Any]:
    """Give the way to open a world for longer than one test."""
    return world


@pytest.fixture
def books(tmp_path: Path) -> Iterator[World]:
    """Give the books of a company in Amsterdam where nothing happens by itself."""
    with world(tmp_path, Story(founded=NEVER), START) as inside:
        yield inside


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Give a way to open a world of one's own."""
    with ExitStack() as stack:
        numbers = count()

        def open_world(story: Story | None = None, now: datetime = START, **more: Any) -> World:
            home = tmp_path / str(next(numbers))
            home.mkdir()
            return stack.enter_context(world(home, story or Story(founded=NEVER), now, **more))

        yield open_world


MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)


class VirtualTime:
    """A clock for all, which moves when somebody waits."""

    def __init__(self) -> None:
        self._now = time.time()
        self._lock = threading.Lock()

    def __call__(self) -> float:
        with self._lock:
            return self._now

    def pass_by(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds

    def wait(self, turn: threading.Condition, seconds: float) -> None:
        """Wait for a turn, which takes no time."""
        self.pass_by(seconds)
        turn.wait(0)


class Desk:
    """A company at Exact's real limits, and a kpitaps that syncs it; nobody waits in real time."""

    def __init__(self, home: Path, story: Story, stack: ExitStack) -> None:
        self.time = VirtualTime()
        clock = Clock(MORNING, ticking=True, monotonic=self.time)
        self.sandbox = Sandbox(story, clock, now=lambda: datetime.fromtimestamp(self.time(), UTC))
        url = stack.enter_context(serve(self.sandbox.app))
        environment = Environment(home=home, routes=dict.fromkeys(self.sandbox.hosts, url), workers=3)
        budgets = Budgets(monotonic=self.time, wait=self.time.wait, epoch=self.time)
        policy = RetryPolicy(sleep=self.time.pass_by, attempts=3)
        self.runtime = stack.enter_context(Runtime(environment, now=clock.now, policy=policy, budgets=budgets))
        database = self.runtime.ledger.database
        self.runtime.grants = Grants(database, self.runtime.ledger.vault, clock=self.time)
        connect(self.runtime, "exact_online", dict(self.sandbox.settings), consent=self.sandbox.consent)
        self.connection = list_connections(database)[0]
        key = str(self.connection.grant_key)
        broker = TokenBroker(
            self.runtime.grants, "exact_online", key, clock=self.time, monotonic=self.time, sleep=self.time.pass_by
        )
        self.runtime._brokers["exact_online", key] = broker

    def sync(self) -> SyncResult:
        return sync_one(self.runtime, self.connection)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    with ExitStack() as stack:

        def opened(story: Story) -> Desk:
            return Desk(tmp_path, story, stack)

        yield opened
