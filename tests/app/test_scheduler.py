"""The scheduler over real connections: one in trouble delays no other."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, NoReturn

import pytest
from kpitaps_shopify.sandbox import Sandbox

from kpitaps.app import Runtime, Scheduler, connect, connection_statuses, sync_one
from kpitaps.app.scheduler import PORTION
from kpitaps.config import Environment
from kpitaps.errors import LedgerUnavailable
from kpitaps.http import RetryPolicy
from kpitaps.store import latest_runs
from kpitaps.testing import Clock, Story, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kpitaps.sync import SyncResult

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
FAST = 20_000
SOON = 20.0


class World:
    """Shops, each its own company's, and a process that is connected to them."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self._stack = stack
        self.clock = Clock(NOW)
        self.routes: dict[str, str] = {}
        environment = Environment(home=home, routes={}).model_copy(update={"routes": self.routes})
        policy = RetryPolicy.testing(attempts=2)
        self.runtime = stack.enter_context(Runtime(environment, now=self.clock.now, policy=policy))
        self.results: list[SyncResult] = []
        self.published = 0

    def connect(self, name: str) -> Sandbox:
        """Open a shop of this name and connect it."""
        sandbox = Sandbox(Story(founded=date(2026, 6, 10), name=name), self.clock, plan=FAST)
        self.routes[sandbox.host] = self._stack.enter_context(serve(sandbox.app))
        self._stack.callback(sandbox.faults.clear)
        connect(self.runtime, "shopify", dict(sandbox.settings), company=name, name=name)
        return sandbox

    @contextmanager
    def scheduled(
        self, portion: float = PORTION, monotonic: Callable[[], float] = time.monotonic
    ) -> Iterator[Scheduler]:
        """Let the scheduler work."""
        scheduler = Scheduler(
            self.runtime, synced=self.results.append, published=self._publish, portion=portion, monotonic=monotonic
        )
        scheduler.start()
        try:
            yield scheduler
        finally:
            scheduler.stop()

    def synced(self) -> list[str]:
        """Return the names of connections whose sync has ended, in that order."""
        return [result.connection.name for result in self.results]

    def _publish(self) -> None:
        self.published += 1


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty world on Monday 15 June 2026, noon UTC, whose scheduler looks twenty times a second what is due."""
    monkeypatch.setattr("kpitaps.app.scheduler.TICK", 0.05)
    with ExitStack() as stack:
        yield World(tmp_path, stack)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@pytest.mark.slow
def test_connection_that_hangs_delays_no_other(world: World) -> None:
    """While one source does not answer, another connection is read, and read again when it is due."""
    slow = world.connect("slow")
    slow.faults.add("timeout", times=None)
    world.connect("quick")
    with world.scheduled():
        eventually(lambda: world.synced() == ["quick"])
        world.clock.set(NOW.replace(hour=13))
        eventually(lambda: world.synced() == ["quick", "quick"])
        assert sum(thread.name == "sync-slow" for thread in threading.enumerate()) == 1, "it is not started twice"
        slow.faults.clear()


def test_failure_is_logged_and_tried_again_later(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A source that fails is asked again after a minute, not with every look at what is due."""
    sandbox = world.connect("shop")
    sandbox.faults.add("503", times=2)
    with caplog.at_level(logging.WARNING, "kpitaps"), world.scheduled():
        eventually(lambda: len(world.results) == 1)
        asked = len(sandbox.log)
        time.sleep(0.5)
        assert len(sandbox.log) == asked
        world.clock.set(NOW.replace(minute=2))
        eventually(lambda: len(world.results) == 2)
    assert [list(result.errors) for result in world.results] == [["account"], []]
    assert [record.message.split(":")[0] for record in caplog.records] == ["shop, account"]


def test_figures_are_published_after_a_sync_and_each_minute(world: World) -> None:
    """A sync shows at once; what another process has read, and a new day, show with the next minute."""
    world.connect("shop")
    with world.scheduled():
        eventually(lambda: len(world.results) == 1 and world.published == 2)
        world.clock.set(NOW.replace(second=59))
        time.sleep(0.4)
        assert world.published == 2
        world.clock.set(NOW.replace(minute=1))
        eventually(lambda: world.published == 3)


def test_connection_made_meanwhile_is_read(world: World) -> None:
    """Who adds an account need not restart anything."""
    with world.scheduled():
        world.connect("new")
        eventually(lambda: world.synced() == ["new"])
    assert {run.outcome for run in latest_runs(world.runtime.ledger.database)} == {"ok"}


@pytest.mark.slow
def test_bug_does_not_end_it(world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong inside is logged with its place, and the connection rests a minute."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    sandbox = world.connect("shop")
    monkeypatch.setattr("kpitaps.app.scheduler.sync_one", broken)
    with world.scheduled():
        eventually(lambda: "ZeroDivisionError" in caplog.text)
        monkeypatch.setattr("kpitaps.app.scheduler.sync_one", sync_one)
        asked = len(sandbox.log)
        time.sleep(0.4)
        assert len(sandbox.log) == asked
        world.clock.set(NOW.replace(minute=2))
        eventually(lambda: world.synced() == ["shop"])


def test_an_outage_of_the_ledger_is_told_once_and_so_is_its_end(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is looked, there is a line for its beginning and one for its end, and then the figures move."""
    looks = count()

    def gone(_: object) -> NoReturn:
        next(looks)
        raise LedgerUnavailable("the ledger is gone")

    monkeypatch.setattr("kpitaps.app.scheduler._AFTER_OUTAGE", timedelta(0))
    with world.scheduled():
        eventually(lambda: world.published == 1)
        with monkeypatch.context() as outage:
            outage.setattr("kpitaps.app.scheduler.latest_runs", gone)
            eventually(lambda: next(looks) > 5)
        eventually(lambda: world.published == 2)
        eventually(lambda: len(caplog.records) > 1)
    assert [record.message for record in caplog.records] == [
        "the figures stay as they are until the ledger can be used again: the ledger is gone",
        "the ledger can be used again, and the figures move on",
    ]


def test_a_ledger_that_cannot_be_written_is_told_for_each_connection(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler, which only reads, does not see that; of a ledger that cannot be read it tells itself."""

    def refused(*_: object, **__: object) -> NoReturn:
        raise LedgerUnavailable("the disk is full")

    world.connect("shop")
    monkeypatch.setattr("kpitaps.app.scheduler.sync_one", refused)
    with world.scheduled():
        eventually(lambda: bool(caplog.records))
    assert [record.message for record in caplog.records] == ["shop: the disk is full"]
    caplog.clear()
    monkeypatch.setattr(world.runtime.ledger, "answers", lambda: False)
    world.clock.set(NOW.replace(minute=2))
    asked = threading.Event()
    monkeypatch.setattr("kpitaps.app.scheduler.sync_one", lambda *_, **__: (asked.set(), refused()))
    with world.scheduled():
        assert asked.wait(SOON)
    assert caplog.records == []


def test_stopping_says_whether_all_has_ended(world: World) -> None:
    """Stopping waits for what is under way, but not for a source that does not answer."""
    sandbox = world.connect("shop")
    with world.scheduled() as scheduler:
        eventually(lambda: len(world.results) == 1)
        assert scheduler.stop()
    sandbox.faults.add("timeout", path_contains="graphql")
    world.clock.set(NOW.replace(hour=14))
    with world.scheduled() as scheduler:
        eventually(lambda: not sandbox.faults.pending)
        assert not scheduler.stop(0.1)
        sandbox.faults.clear()


@pytest.mark.slow
def test_history_is_read_in_portions(world: World) -> None:
    """What is left of the history goes on at once, run by run, though nothing is due; each begins with what is new."""
    world.connect("acme")
    # A clock that only goes on when it is read: however busy the machine is, each run looks at it as often.
    looks = count()
    with world.scheduled(portion=40, monotonic=lambda: next(looks)):
        eventually(lambda: bool(world.results) and not world.results[-1].unfinished)
    assert len(world.results) > 1, len(world.results)
    assert all(result.unfinished for result in world.results[:-1])
    (status,) = connection_statuses(world.runtime)
    assert {stream.loaded for stream in status.streams} == {1.0}
