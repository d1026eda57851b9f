"""A portal on loopback, and a kpitaps that is connected to it."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from end_to_end import ledgers
from kpitaps_hubspot.sandbox import Sandbox
from kpitaps_hubspot.sandbox_limits import GENEROUS

from kpitaps.app import Runtime, connect, connection_statuses, sync_one
from kpitaps.config import Environment
from kpitaps.http import RetryPolicy
from kpitaps.store import list_connections, open_repairs
from kpitaps.testing import Clock, Story, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kpitaps.sync import SyncResult

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
_homes = count()
NEVER = date(2100, 1, 1)
"""A company that is founded then has no events of its own: only those that are added by hand."""


TOLD_BY = {
    "Deal": ("deals", "customers"),
    "Feedback": ("feedback",),
    "Lead": ("contacts",),
    "Meeting": ("meetings",),
    "Newsletter": ("emails",),
    "Subscriber": ("contacts", "emails"),
    "Ticket": ("tickets",),
}
"""What the names of events are made of → the streams that tell of them."""


@dataclass
class World:
    """A portal and a ledger.

    Attributes:
        sandbox: The portal.
        runtime: The kpitaps process.
    """

    sandbox: Sandbox
    runtime: Runtime

    def sync(self, *streams: str) -> SyncResult:
        """Sync once; what went wrong is in the result."""
        connection = list_connections(self.runtime.ledger.database)[0]
        return sync_one(self.runtime, connection, streams=streams or None)

    def synced(self, *streams: str) -> SyncResult:
        """Sync once and expect that all goes well."""
        result = self.sync(*streams)
        assert result.errors == {}
        return result

    def move_to(self, now: datetime) -> None:
        """Move the portal's clock, which is also that of kpitaps."""
        self.sandbox.clock.set(now)

    def happened(self, *events: Any) -> World:
        """Let events happen in the office, and read the streams that tell of them an hour later."""
        for event in events:
            self.sandbox.story.office.append(event)
        latest = max([event.at for event in events], default=self.sandbox.clock.now())
        self.move_to(max(latest + timedelta(hours=1), self.sandbox.clock.now()))
        names = " ".join(type(event).__name__ for event in events)
        self.synced(*(stream for word, told in TOLD_BY.items() if word in names for stream in told))
        return self

    def measurements(self) -> dict[tuple[str, tuple[tuple[str, str], ...], str, str], tuple[Decimal, Decimal]]:
        """Return numerator and denominator of each measure, labels that are not empty, currency and day."""
        rows = ledgers.content(self.runtime.ledger.database)["measurements"]
        return {
            (
                measure,
                tuple(sorted((name, value) for name, value in json.loads(labels).items() if value)),
                currency,
                date.fromordinal(day).isoformat(),
            ): (Decimal(halves[0]) / 1_000_000, Decimal(halves[1]) / 1_000_000)
            for (measure, labels, currency, day), halves in rows.items()
        }

    def days(self, measure: str) -> dict[str, str]:
        """Return what the ledger has of a measure on each day, over all labels: numerators, as short as can be."""
        found: dict[str, Decimal] = {}
        for (key, _, _, day), (amount, _) in self.measurements().items():
            if key == measure:
                found[day] = found.get(day, Decimal(0)) + amount
        return {day: f"{amount.normalize():f}" for day, amount in sorted(found.items()) if amount}

    def by(self, measure: str, label: str) -> dict[str, dict[str, str]]:
        """Return what the ledger has of a measure by the value of a label and day."""
        found: dict[str, dict[str, Decimal]] = {}
        for (key, labels, _, day), (amount, _) in self.measurements().items():
            if key == measure:
                days = found.setdefault(dict(labels).get(label, ""), {})
                days[day] = days.get(day, Decimal(0)) + amount
        return {
            value: {day: f"{amount.normalize():f}" for day, amount in sorted(days.items()) if amount}
            for value, days in found.items()
        }

    def repairs(self) -> list[str]:
        """Return the codes of what a person must do."""
        return sorted(repair.code for repair in open_repairs(self.runtime.ledger.database))

    def lines(self) -> list[Any]:
        """Return the status of the connection and its streams."""
        return connection_statuses(self.runtime)


@contextmanager
def opened(home: Path, story: Story, now: datetime, settings: dict[str, Any], **options: Any) -> Iterator[World]:
    """Start a portal, open a ledger and connect the two; nothing is synced yet."""
    sandbox = Sandbox(story, Clock(now), **{"allowance": GENEROUS, **options})
    with ExitStack() as stack:
        url = stack.enter_context(serve(sandbox.app))
        stack.callback(sandbox.faults.clear)
        environment = Environment(home=home, routes={sandbox.host: url}, workers=4)
        runtime = Runtime(environment, now=sandbox.clock.now, policy=RetryPolicy.testing(attempts=4))
        stack.enter_context(runtime)
        connect(runtime, "hubspot", {**sandbox.settings, **settings}, consent=sandbox.consent)
        ledgers.use_one_salt(runtime.ledger.database)
        yield World(sandbox, runtime)


@pytest.fixture(scope="module")
def untroubled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Story], Any]:
    """Return what a ledger holds of a story that was read once, and nothing went wrong."""

    def content(story: Story) -> Any:
        with opened(tmp_path_factory.mktemp("untroubled"), story, START, {}) as world:
            world.synced()
            return ledgers.content(world.runtime.ledger.database)

    return content


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Open a portal with the given story, time, settings and options."""
    with ExitStack() as stack:

        def start(
            story: Story | None = None, now: datetime = START, settings: dict[str, Any] | None = None, **options: Any
        ) -> World:
            quiet = story or Story(founded=NEVER)
            return stack.enter_context(opened(tmp_path / f"home{next(_homes)}", quiet, now, settings or {}, **options))

        yield start


@pytest.fixture
def office(portal: Callable[..., World]) -> World:
    """A portal where nothing happens by itself."""
    return portal()
