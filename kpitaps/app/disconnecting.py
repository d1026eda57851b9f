"""Disconnecting an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.app.companies import find_company_of
from kpitaps.app.connecting import every_connection
from kpitaps.errors import BadUse
from kpitaps.store import purge_connection, stop_connection

if TYPE_CHECKING:
    from kpitaps.app.runtime import Runtime
    from kpitaps.store import Connection


def disconnect(runtime: Runtime, name: str, *, company: str = "", purge: bool = False) -> Connection:
    """Stop reading a connection and forget its secrets; what was read stays, unless it is purged.

    A grant that another connection uses is left alone.

    Args:
        runtime: The process.
        name: What the connection is called.
        company: Key of the company it belongs to, where several have one of that name.
        purge: Delete all that was read as well; then a connection may be named that was disconnected before.

    Raises:
        BadUse: if there is no such connection, or several.
        LedgerUnavailable: if the ledger cannot be written.
    """
    connection = _found(runtime, name, company)
    if purge:
        purge_connection(runtime.ledger.database, connection)
    elif connection.stopped_at:
        raise BadUse(f"{name!r} is disconnected already: --purge deletes what was read of it")
    else:
        stop_connection(runtime.ledger.database, runtime.ledger.vault, connection, now=runtime.now())
    return connection


def _found(runtime: Runtime, name: str, company: str) -> Connection:
    everything = [(each, find_company_of(runtime, each).key) for each in every_connection(runtime)]
    found = [(each, key) for each, key in everything if each.name == name and company in ("", key)]
    if not found:
        names = ", ".join(sorted({each.name for each, key in everything if company in ("", key)}))
        raise BadUse(f"there is no connection {name!r}: there are {names or 'none yet'}")
    if len(found) > 1:
        keys = ", ".join(key for _, key in found)
        raise BadUse(f"several companies have a connection {name!r}: say which one with --company ({keys})")
    return found[0][0]
