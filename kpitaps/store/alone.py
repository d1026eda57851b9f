"""A task that one process at a time may do: the lock goes with the process that holds it, however that ends."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.errors import LedgerUnavailable, RetryLater

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.store.engine import Database


@contextmanager
def alone(database: Database, task: str) -> Iterator[None]:
    """Do a task that no other process with the same ledger does meanwhile.

    No transaction is open for it: others read and write the ledger as ever.

    Args:
        database: The ledger's database.
        task: What is done: ``backfill http://127.0.0.1:8428``.

    Raises:
        RetryLater: if somebody is doing it.
        LedgerUnavailable: if the lock cannot be taken at all.
    """
    digest = blake2b(task.encode(), digest_size=8).digest()
    with _locked_file(database, digest) if database.is_sqlite else _locked(database, digest) as is_ours:
        if not is_ours:
            raise RetryLater(f"{task}: another process is at it; run this again when that one has ended")
        yield


@contextmanager
def _locked(database: Database, digest: bytes) -> Iterator[bool]:
    key = int.from_bytes(digest, signed=True)
    with database.reserved() as open_connection:
        yield bool(open_connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))))


@contextmanager
def _locked_file(database: Database, digest: bytes) -> Iterator[bool]:
    """Lock an empty SQLite database beside the ledger: in the ledger itself, nobody else could write meanwhile."""
    path = f"{database.engine.url.database}.{digest.hex()}.lock"
    try:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as base:
            yield _took(base)
    except sqlite3.OperationalError as error:
        raise LedgerUnavailable(f"{path} cannot be locked: {error}") from None


def _took(base: sqlite3.Connection) -> bool:
    try:
        base.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True
