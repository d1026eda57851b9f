"""A sync that is killed, again and again, at whatever it is doing: the next one ends where it would have anyway."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from signal import SIGKILL
from typing import TYPE_CHECKING, Any

import pytest

from end_to_end import ledgers
from end_to_end.commands import Commands
from end_to_end.oracle import Oracle
from kpitaps.testing import Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KILLS = 50
LONGEST = 2.6
"""Seconds after which a run is killed at the latest; most of the first one goes into starting Python."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@contextmanager
def _shop(founded: date, now: datetime) -> Iterator[dict[str, Any]]:
    """Run a shop in a process of its own, its clock standing still."""
    command = [sys.executable, "-m", "kpitaps.testing", "kpitaps_shopify.sandbox:Sandbox"]
    command += ["--founded", founded.isoformat(), "--now", now.isoformat(), "--orders-per-day", "6"]
    command += ["--options", '{"plan": 20000}']
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


class Homes:
    """Fresh homes, one after another, each connected to the shop."""

    def __init__(self, folder: Path, shop: dict[str, Any], new_ledger: Callable[[], str]) -> None:
        self.folder, self.shop, self.new_ledger, self.numbers = folder, shop, new_ledger, count()

    def fresh(self) -> Commands:
        """Return a home in which nothing has been read yet."""
        home = self.folder / str(next(self.numbers))
        commands = Commands(home, self.shop["host"], self.shop["url"], self.new_ledger())
        assert commands.connect(self.shop["settings"]).returncode == 0
        with commands.database() as database:
            ledgers.use_one_salt(database)
        return commands


def _killed(commands: Commands, after: float) -> bool:
    """Start a sync and kill it after so many seconds; return False if it had ended by then, all well."""
    process = subprocess.Popen(
        commands.line("sync", "--json"), env=commands.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(after)
    process.send_signal(SIGKILL)
    code = process.wait()
    assert code in (-SIGKILL, 0)
    return code == -SIGKILL


def _contents(commands: Commands) -> tuple[dict[str, Any], dict[Any, int]]:
    with commands.database() as database:
        ledgers.assert_consistent(database)
        return ledgers.content(database), ledgers.sums(database)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_ledger(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Gives the URL of an empty ledger each time; the empty one means a file in the home."""
    if request.param == "sqlite":
        return lambda: ""
    make: Callable[[], str] = request.getfixturevalue("new_postgres_database")
    return make


def test_fifty_kills_leave_no_trace(tmp_path: Path, new_ledger: Callable[[], str]) -> None:
    """After each kill the ledger adds up; after the last one, one undisturbed run makes it true and whole."""
    dice, now = random.Random(1), datetime.now(UTC).replace(microsecond=0)
    founded = now.date() - timedelta(days=700)
    truth = Oracle(Story(7, founded, orders_per_day=6).events(now), "Europe/Amsterdam").truth()
    known = {"orders": founded.toordinal(), "checkouts": (now.date() - timedelta(days=80)).toordinal()}
    kills, partial = 0, 0
    with _shop(founded, now) as shop:
        homes = Homes(tmp_path, shop, new_ledger)
        undisturbed = homes.fresh()
        assert undisturbed.run("sync").returncode == 0
        whole, _ = _contents(undisturbed)
        commands = homes.fresh()
        while kills < KILLS:
            killed = _killed(commands, dice.uniform(0.3, LONGEST))
            kills += killed
            found, _ = _contents(commands)
            partial += 0 < len(found["contributions"]) < len(whole["contributions"])
            if not killed:
                assert found == whole
                commands = homes.fresh()
        assert commands.run("sync").returncode == 0
        found, sums = _contents(commands)
    assert partial >= KILLS // 3, f"only {partial} kills hit a load that was under way"
    assert found == whole
    _assert_true(sums, truth, known)


def _assert_true(sums: dict[Any, int], truth: Any, known: dict[str, int]) -> None:
    checkouts = frozenset({"checkouts_abandoned"})
    ledgers.assert_true(sums, truth, since=known["checkouts"], only=checkouts)
    others = frozenset(place[0] for place in truth.sums) - checkouts
    assert ledgers.assert_true(sums, truth, since=known["orders"], only=others) > 30_000
