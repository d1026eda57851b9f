"""The rooms wired together: an opened process, and what can be asked of it."""

from __future__ import annotations

from kpitaps.app.boards import company_board, company_boards, company_face
from kpitaps.app.check import Finding, check
from kpitaps.app.connecting import connect
from kpitaps.app.meters import Meters
from kpitaps.app.runtime import Runtime
from kpitaps.app.scheduler import Scheduler
from kpitaps.app.status import ConnectionStatus, StreamStatus, connection_statuses
from kpitaps.app.syncing import sync_all, sync_one

__all__ = [
    "ConnectionStatus",
    "Finding",
    "Meters",
    "Runtime",
    "Scheduler",
    "StreamStatus",
    "check",
    "company_board",
    "company_boards",
    "company_face",
    "connect",
    "connection_statuses",
    "sync_all",
    "sync_one",
]
