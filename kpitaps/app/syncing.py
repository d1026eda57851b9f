"""Syncing connections of an opened process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.errors import BadUse, KpitapsError
from kpitaps.store import list_connections
from kpitaps.sync import SyncResult, refused, sync_connection

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kpitaps.app.runtime import Runtime
    from kpitaps.store import Connection
    from kpitaps.sync import ProgressListener


def sync_all(
    runtime: Runtime, names: Sequence[str] = (), *, listener: ProgressListener = lambda _: None
) -> list[SyncResult]:
    """Sync the connections with those names, or all; one that fails leaves the others alone.

    Raises:
        BadUse: if a name is not the name of a connection.
        LedgerUnavailable: if the ledger cannot be written.
    """
    connections = list_connections(runtime.ledger.database)
    known = {connection.name for connection in connections}
    if unknown := [name for name in names if name not in known]:
        raise BadUse(f"there is no connection {unknown[0]!r}: there are {', '.join(sorted(known)) or 'none yet'}")
    chosen = [connection for connection in connections if not names or connection.name in names]
    return [sync_one(runtime, connection, listener=listener) for connection in chosen]


def sync_one(
    runtime: Runtime,
    connection: Connection,
    *,
    streams: Collection[str] | None = None,
    listener: ProgressListener = lambda _: None,
) -> SyncResult:
    """Sync one connection; what goes wrong is in the result, in the run log and among the repairs.

    Raises:
        LedgerUnavailable: if the ledger cannot be written.
    """
    try:
        tap = runtime.plugins.tap(connection.tap)
        settings = runtime.settings(tap, connection.values(runtime.ledger.vault))
        http = runtime.http(tap, settings, key=f"connection:{connection.id}")
    except KpitapsError as error:
        return refused(runtime.ledger, connection, error, runtime.now())
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
            listener=listener,
        )
