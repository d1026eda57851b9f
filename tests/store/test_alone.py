"""A task that one process at a time may do, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from store.shelf import a_connection

from kpitaps.errors import LedgerUnavailable, RetryLater
from kpitaps.store import Database, Ledger, alone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDS = """
import sys
from kpitaps.store import Database, alone
with alone(Database(sys.argv[1]), "task"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """The same database, as another process has it."""
    opened = Database(database_url)
    yield opened
    opened.close()


def test_a_second_one_is_refused(ledger: Ledger, other: Database) -> None:
    """While one does the task nobody else may begin it; other tasks, and writing, go on."""
    with alone(ledger.database, "task"):
        with pytest.raises(RetryLater, match=r"^task: another process is at it"), alone(other, "task"):
            pass
        with alone(other, "another task"):
            a_connection(ledger)
    with alone(other, "task"):
        pass


def test_who_fails_lets_go(ledger: Ledger, other: Database) -> None:
    """A task that ends in an error may be begun again, and the error is the task's own."""
    with pytest.raises(ZeroDivisionError), alone(ledger.database, "task"):
        raise ZeroDivisionError
    with alone(other, "task"):
        pass


@pytest.mark.slow
def test_a_process_that_is_killed_lets_go(ledger: Ledger, database_url: str) -> None:
    """Nothing has to be cleared away after it."""
    command = [sys.executable, "-c", HOLDS, database_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(RetryLater), alone(ledger.database, "task"):
            pass
        process.kill()
    with alone(ledger.database, "task"):
        pass


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """A lock that cannot be made is an error of the ledger's place."""
    database = Database(f"sqlite:///{tmp_path / 'home/kpitaps.db'}")
    (tmp_path / "home").rmdir()
    with pytest.raises(LedgerUnavailable, match="cannot be locked: unable to open"), alone(database, "task"):
        pass
