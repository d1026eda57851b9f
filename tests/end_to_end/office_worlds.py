"""A company on loopback, as one of its systems shows it, and a kpitaps that is connected to it."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from end_to_end.oracle_books import Books, ExactOracle
from end_to_end.oracle_office import OfficeOracle
from end_to_end.oracle_site import SiteOracle
from kpitaps.app import Runtime, connect, sync_all
from kpitaps.config import Environment
from kpitaps.http import RetryPolicy
from kpitaps.store.tables import generation, measurement, series
from kpitaps.testing import Clock, Sandbox, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from end_to_end.oracle_office import Place, Truth
    from kpitaps.store.engine import Database
    from kpitaps.sync import SyncResult
    from kpitaps.testing import Story

DERIVED = ("new_customers", "customers", "customers_lost")
ONLY_NOW = ("time_budgeted", "subscribers")


@dataclass
class OfficeWorld:
    """An office and its ledger.

    Attributes:
        tap: The CRM.
        sandbox: What stands in for it.
        runtime: The kpitaps process.
    """

    tap: str
    sandbox: Sandbox
    runtime: Runtime

    @property
    def database(self) -> Database:
        """The ledger's database."""
        return self.runtime.ledger.database

    def sync(self) -> SyncResult:
        """Sync once; what went wrong is in the result."""
        return sync_all(self.runtime)[0]

    def synced(self) -> SyncResult:
        """Sync once, and expect that all goes well."""
        result = self.sync()
        assert result.errors == {}
        return result

    def move_to(self, now: datetime) -> None:
        """Move the clock of the CRM, which is also that of kpitaps."""
        self.sandbox.clock.set(now)

    def truth(self) -> Truth:
        """Return what must be in the ledger by now."""
        return truth_of(self.tap, self.sandbox.story, self.sandbox.clock.now())

    def check(self) -> int:
        """Compare the ledger with the truth, every sum of every day; return how many were compared."""
        truth = self.truth()
        _same("sums", sums(self.database), truth.sums)
        _same("levels of now", self._levels(), truth.now)
        _same("customers", self._derived(), {key: days for key, days in truth.days.items() if days})
        assert truth.sums, "nothing was compared"
        return len(truth.sums)

    def _derived(self) -> dict[str, dict[int, int]]:
        reader = self.runtime.ledger.reader(1)
        found = {key: {row.day: row.numerator for row in reader.day_totals(key) if row.numerator} for key in DERIVED}
        return {key: days for key, days in found.items() if days}

    def _levels(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], int]:
        reader = self.runtime.ledger.reader(1)
        found: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
        for key, label in (("time_budgeted", "project"), ("subscribers", None)):
            for row in reader.day_totals(key, by=label):
                place = (key, ((label, row.label),) if label else ())
                found[place] = found.get(place, 0) + row.numerator
        return {place: amount for place, amount in found.items() if amount}


def truth_of(tap: str, story: Story, now: datetime) -> Truth:
    """Return what must be in the ledger of a tap's connection when it was read at an instant."""
    if tap == "google_analytics":
        return SiteOracle(story.website.events(now), now, story.zone, story.currency).truth()
    office = OfficeOracle(story.office.events(now), story.zone, story.currency)
    if tap == "exact_online":
        return ExactOracle(Books(story.bookkeeping.events(now)), office).truth()
    truth: Truth = getattr(office, tap)()
    return truth


def sums(database: Database) -> dict[Place, tuple[int, int]]:
    """Return what the active generations add up to, without what is nothing and what only has a now."""
    columns = (series.c.measure, series.c.labels, series.c.currency, measurement.c.day)
    query = (
        # Two streams may feed a measure on one day: invoices and credit notes.
        sa.select(*columns, sa.func.sum(measurement.c.numerator), sa.func.sum(measurement.c.denominator))
        .join(series, series.c.id == measurement.c.series_id)
        .join(generation, generation.c.id == series.c.generation_id)
        .where(generation.c.state == "active", series.c.measure.not_in((*ONLY_NOW, *DERIVED)))
        .group_by(*columns)
    )
    with database.read() as read:
        return {
            (measure, tuple(sorted(json.loads(labels).items())), currency, day): (int(first), int(second))
            for measure, labels, currency, day, first, second in read.execute(query)
            if first or second
        }


def _same(what: str, ours: dict[Any, Any], theirs: dict[Any, Any]) -> None:
    wrong = sorted((key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)), key=str)
    measures = sorted({str(key[0] if isinstance(key, tuple) else key) for key in wrong})
    shown = "\n".join(f"{key}: {ours.get(key)} is in the ledger, {theirs.get(key)} is true" for key in wrong[:8])
    assert not wrong, f"{len(wrong)} of {len(theirs)} {what} are wrong, of {', '.join(measures)}:\n{shown}"


@contextmanager
def office_world(
    home: Path,
    tap: str,
    story: Story,
    now: datetime,
    *,
    database_url: str = "",
    workers: int = 4,
    clock: Clock | None = None,
    policy: RetryPolicy | None = None,
    **options: Any,
) -> Iterator[OfficeWorld]:
    """Start a CRM, open a ledger and connect the two; nothing is synced yet.

    Args:
        home: Where the ledger's key, and the ledger unless a URL is given, are kept.
        tap: Which CRM.
        story: What happens in the office.
        now: What time it is.
        database_url: The ledger; by default a file in the home.
        workers: Slices read at the same time.
        clock: What tells the time; by default one that stands still at ``now``.
        policy: How requests are repeated; by default often and at once.
        options: The sandbox's own.
    """
    sandbox: Any = import_module(f"kpitaps_{tap}.sandbox").Sandbox(story, clock or Clock(now), **options)
    with ExitStack() as stack:
        url = stack.enter_context(serve(sandbox.app))
        routes = dict.fromkeys(getattr(sandbox, "hosts", (sandbox.host,)), url)
        environment = Environment(home=home, database_url=database_url, routes=routes, workers=workers)
        runtime = Runtime(environment, now=sandbox.clock.now, policy=policy or RetryPolicy.testing(attempts=12))
        stack.enter_context(runtime)
        connect(runtime, tap, dict(sandbox.settings), consent=sandbox.consent)
        yield OfficeWorld(tap, sandbox, runtime)
