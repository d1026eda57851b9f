"""Sync: history newest first in slices, then increments; each slice lands in one short transaction."""

from __future__ import annotations

from kpitaps.sync.connection import SyncResult, ask_account, refused, sync_connection
from kpitaps.sync.progress import Progress, ProgressListener

__all__ = ["Progress", "ProgressListener", "SyncResult", "ask_account", "refused", "sync_connection"]
