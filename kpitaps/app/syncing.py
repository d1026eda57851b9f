"""Syncing connections of an opened process."""

from __future__ import annotations

import math
import time
from threading import Event, Lock
from typing import TYPE_CHECKING

from kpitaps.app.connecting import every_connection
from kpitaps.app.rates import keep_rates
from kpitaps.errors import BadUse, KpitapsError
from kpitaps.store import list_connections
from kpitaps.sync import SyncResult, reading_pool, refused, sync_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from kpitaps.app.runtime import Runtime
    from kpitaps.store import Connection
    from kpitaps.sync import Progress, ProgressListener

_AT_ONCE = 8
"""Connections that are read at the same time at most."""


def sync_all(
    runtime: Runtime, names: Sequence[str] = (), *, listener: ProgressListener = lambda _: None
) -> list[SyncResult]:
    """Sync the connections with those names, or all, side by side: nobody waits for another vendor's limits.

    One that fails leaves the others alone. The listener is told by one at a time.

    Raises:
        BadUse: if a name is not the name of a connection.
        LedgerUnavailable: if the ledger cannot be written.
    """
    connections = list_connections(runtime.ledger.database)
    known = {connection.name for connection in connections}
    if unknown := [name for name in names if name not in known]:
        raise BadUse(f"there is no connection {unknown[0]!r}: there are {', '.join(sorted(known)) or 'none yet'}")
    chosen = [connection for connection in connections if not names or connection.name in names]
    tell = _Telling(listener)
    with reading_pool(_AT_ONCE, "sync") as pool:
        rates = pool.submit(keep_rates, runtime)
        syncs = [pool.submit(sync_one, runtime, connection, listener=tell) for connection in chosen]
        try:
            results = [sync.result() for sync in syncs]
            rates.result()
            # Foreign money that was met for the first time needs them now.
            keep_rates(runtime)
        except BaseException:
            tell.stopped.set()
            raise
    return results


class _Telling:
    """Tells a listener what several connections report, one at a time, and ends them once somebody has stopped."""

    def __init__(self, listener: ProgressListener) -> None:
        self.stopped = Event()
        self._listener = listener
        self._lock = Lock()

    def __call__(self, progress: Progress) -> None:
        if self.stopped.is_set():
            raise KeyboardInterrupt  # nothing takes that for a failure of the source
        with self._lock:
            self._listener(progress)


def sync_one(
    runtime: Runtime,
    connection: Connection,
    *,
    streams: Collection[str] | None = None,
    portion: float = math.inf,
    monotonic: Callable[[], float] = time.monotonic,
    listener: ProgressListener = lambda _: None,
) -> SyncResult:
    """Sync one connection; what goes wrong is in the result, in the run log and among the repairs.

    Args:
        runtime: The process.
        connection: Which connection.
        streams: Names of the streams to read; by default all.
        portion: Seconds of history after which the rest is left to the next sync, which begins with what is new again.
        monotonic: Seconds on a clock that never goes back.
        listener: Is told the progress.

    Raises:
        LedgerUnavailable: if the ledger cannot be written.
    """
    try:
        tap = runtime.plugins.tap(connection.tap)
        settings = runtime.settings(tap, connection.values(runtime.ledger.vault))
        key = f"connection:{connection.id}"
        http = runtime.http(tap, settings, key=key, connection=connection, grant=connection.grant_key)
    except KpitapsError as error:
        return refused(runtime.ledger, connection, error, runtime.now())
    try:
        with http:
            return sync_connection(
                runtime.ledger,
                tap,
                connection,
                settings,
                http,
                now=runtime.now,
                workers=runtime.environment.workers,
                streams=streams,
                portion=portion,
                monotonic=monotonic,
                listener=listener,
            )
    except Exception:
        if any(each.id == connection.id for each in every_connection(runtime)):
            raise
        return SyncResult(connection, (), {})  # purged meanwhile: there is nothing to write into
