"""Opening the ledger's database and writing to it one transaction at a time."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kpitaps.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_SECONDS = 60
"""How long a thread waits for one of the pool's connections, and a SQLite writer for another process' transaction."""


class Database:
    """An open database: SQLite in WAL mode, or PostgreSQL.

    Args:
        url: A SQLAlchemy URL, ``sqlite:///path`` or ``postgresql://…``.

    Raises:
        LedgerUnavailable: if the URL cannot be used or the database cannot be reached.
    """

    def __init__(self, url: str) -> None:
        if url.startswith(("postgresql://", "postgres://")):
            url = "postgresql+psycopg://" + url.partition("://")[2]
        try:
            parsed = sa.make_url(url)
            if parsed.get_backend_name() == "sqlite" and parsed.database:
                Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.engine = sa.create_engine(parsed, **_options(parsed))
        except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
            raise LedgerUnavailable(f"the ledger's URL cannot be used: {error} (check KPITAPS_DATABASE_URL)") from None
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite has one writer at a time. Waiting here is fair and instant; waiting in SQLite polls.
        self._writing = threading.Lock()
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Open a transaction that writes; it commits at the end, or leaves no trace.

        Raises:
            LedgerUnavailable: if the database stays locked or cannot be reached.
        """
        with self._guarded():
            if not self.is_sqlite:
                with self.engine.begin() as open_connection:
                    yield open_connection
                return
            with self._writing, self.engine.connect() as open_connection:
                writer = open_connection.execution_options(kpitaps_write=True)
                with writer.begin():
                    yield writer

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a transaction that reads one consistent state.

        Raises:
            LedgerUnavailable: if the database cannot be reached.
        """
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._guarded(), self.engine.connect() as open_connection:
            reader = open_connection.execution_options(**options)
            with reader.begin():
                yield reader

    @contextmanager
    def reserved(self) -> Iterator[sa.Connection]:
        """Open a connection of its own without a transaction; it is closed at the end, and its locks go with it.

        Raises:
            LedgerUnavailable: if the database cannot be reached.
        """
        with self._guarded(), self.engine.connect() as open_connection:
            alone = open_connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.detach()
            yield alone

    def compact(self) -> None:
        """Rewrite SQLite's file without its free pages, where deleted rows still lie; PostgreSQL does so by itself.

        Raises:
            LedgerUnavailable: if other processes do not let go of the file for a minute.
        """
        if not self.is_sqlite:
            return
        with self._writing, closing(self.engine.raw_connection()) as bare:  # neither may be part of a transaction
            try:
                bare.cursor().execute("VACUUM")
                bare.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.OperationalError as error:
                raise LedgerUnavailable(f"the ledger's file cannot be made smaller: {error}") from error

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeout as error:
            busy = f"too many threads use the ledger at once, none let go of it in {BUSY_SECONDS} s"
            raise LedgerUnavailable(f"{busy}: lower KPITAPS_WORKERS") from error
        except DatabaseError as error:
            # The bare class is what SQLite says of a file that is no database; its other children are our mistakes.
            if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
                raise
            where = self.engine.url.render_as_string(hide_password=True)
            why = " ".join(str(error.orig).split())
            raise LedgerUnavailable(f"the ledger at {where} cannot be used: {why}") from error


def _options(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        # Last in, first out: one writer at a time keeps using the connection whose page cache is warm.
        arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        return {"connect_args": arguments, "pool_size": 20, "pool_timeout": BUSY_SECONDS, "pool_use_lifo": True}
    return {"pool_pre_ping": True, "pool_size": 20, "pool_timeout": BUSY_SECONDS}


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Autocommit at the driver, so that BEGIN below is the only one: pysqlite would start transactions of its own.
    connection.isolation_level = None
    _use_wal(connection)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON", "cache_size=-8000"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    # The first switch needs the file for itself, and SQLite does not wait for that as it waits for transactions: of
    # two processes that meet a new file at once, one would be told that it is locked.
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer takes its lock at once: a transaction that reads first and writes later can fail half-way as "busy".
    immediate = connection.get_execution_options().get("kpitaps_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
