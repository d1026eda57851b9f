"""Outages of the ledger: told once for all who meet them at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.errors import LedgerUnavailable

if TYPE_CHECKING:
    from kpitaps.app.runtime import Runtime


def is_outage(runtime: Runtime, error: Exception) -> bool:
    """Return whether an error means that the ledger is gone: the scheduler tells of that, and of its end."""
    return isinstance(error, LedgerUnavailable) and not runtime.ledger.answers()
