"""Sync: history newest first in slices, then increments; each slice lands in one short transaction."""

from __future__ import annotations

from kpitaps.sync.checks import CheckResult, check_is_due, feeding_streams
from kpitaps.sync.connection import SyncResult, ask_account, refused, sync_connection
from kpitaps.sync.pool import reading_pool
from kpitaps.sync.progress import Progress, ProgressListener

__all__ = [
    "CheckResult",
    "Progress",
    "ProgressListener",
    "SyncResult",
    "ask_account",
    "check_is_due",
    "feeding_streams",
    "reading_pool",
    "refused",
    "sync_connection",
]
