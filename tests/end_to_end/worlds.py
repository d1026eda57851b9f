"""A shop on loopback and a kpitaps that is connected to it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpitaps_shopify.sandbox import Sandbox

from end_to_end import ledgers
from end_to_end.oracle import Oracle
from kpitaps.app import Runtime, connect, sync_all, sync_one
from kpitaps.config import Environment
from kpitaps.http import RetryPolicy
from kpitaps.store import list_connections
from kpitaps.testing import Clock, serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from end_to_end.oracle import Truth
    from kpitaps.store.engine import Database
    from kpitaps.sync import ProgressListener, SyncResult
    from kpitaps.testing import Story

FAST = 100_000
"""Points that come back per second: no test waits for a budget unless that is what it is about."""


@dataclass
class World:
    """A shop and its ledger.

    Attributes:
        sandbox: The shop.
        runtime: The kpitaps process.
        first_sync: When the shop was read for the first time; checkouts that were deleted by then are never known.
    """

    sandbox: Sandbox
    runtime: Runtime
    first_sync: datetime

    @property
    def database(self) -> Database:
        """The ledger's database."""
        return self.runtime.ledger.database

    def sync(self, listener: ProgressListener = lambda _: None) -> SyncResult:
        """Sync once; what went wrong is in the result."""
        return sync_all(self.runtime, listener=listener)[0]

    def synced(self, *streams: str) -> SyncResult:
        """Sync those streams, or all, once, and expect that all goes well."""
        result = sync_one(self.runtime, list_connections(self.database)[0], streams=streams or None)
        assert result.errors == {}
        return result

    def move_to(self, now: datetime) -> None:
        """Move the shop's clock, which is also that of kpitaps."""
        self.sandbox.clock.set(now)

    def truth(self, **known: Any) -> Truth:
        """Return what must be in the ledger by now."""
        story = self.sandbox.story
        return Oracle(story.events(self.sandbox.clock.now()), story.zone, **known).truth()

    def check(self, truth: Truth, **compared: Any) -> int:
        """Compare the ledger with the truth; return how many sums were compared."""
        return ledgers.assert_true(ledgers.sums(self.database), truth, **compared)


class Impatient(Runtime):
    """Gives up on an answer after a fraction of a second, so that a test of it need not take longer."""

    def http(self, *arguments: Any, **keywords: Any) -> Any:
        """Return a client with short bounds."""
        from kpitaps.http.wire import Bounds

        client = super().http(*arguments, **keywords)
        client._wire._bounds = Bounds(connect=5.0, read=0.3, total=5.0)
        return client


@contextmanager
def world(
    home: Path,
    story: Story,
    now: datetime,
    *,
    database_url: str = "",
    kind: type[Runtime] = Runtime,
    workers: int = 4,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> Iterator[World]:
    """Start a shop, open a ledger and connect the two; nothing is synced yet.

    Args:
        home: Where the ledger's key, and the ledger unless a URL is given, are kept.
        story: What happens in the shop.
        now: What time it is.
        database_url: The ledger; by default a file in the home.
        kind: The process, for tests of its edges.
        workers: Slices read at the same time.
        settings: What is set besides what the shop needs.
        options: The sandbox's own.
    """
    sandbox = Sandbox(story, Clock(now), **{"plan": FAST, **options})
    with ExitStack() as stack:
        url = stack.enter_context(serve(sandbox.app))
        environment = Environment(home=home, database_url=database_url, routes={sandbox.host: url}, workers=workers)
        runtime = kind(environment, now=sandbox.clock.now, policy=RetryPolicy.testing(attempts=12))
        stack.enter_context(runtime)
        connect(runtime, "shopify", {**sandbox.settings, **(settings or {})})
        ledgers.use_one_salt(runtime.ledger.database)
        yield World(sandbox, runtime, now)
