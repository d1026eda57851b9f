"""The rooms wired together: an opened process, and what can be asked of it."""

from __future__ import annotations

from kpitaps.app.boards import company_board, company_boards, company_face
from kpitaps.app.check import Finding, check
from kpitaps.app.companies import change_company, find_company_of, named_company
from kpitaps.app.connecting import connect, known_settings
from kpitaps.app.consenting import REDIRECT, Asking
from kpitaps.app.disconnecting import disconnect
from kpitaps.app.flagged import FlagStatus
from kpitaps.app.meters import Meters
from kpitaps.app.owning import EVERYTHING, Overlap, listed, overlaps, own
from kpitaps.app.runtime import Runtime
from kpitaps.app.scheduler import Scheduler
from kpitaps.app.status import CheckStatus, ConnectionStatus, StreamStatus, connection_statuses
from kpitaps.app.syncing import sync_all, sync_one

__all__ = [
    "EVERYTHING",
    "REDIRECT",
    "Asking",
    "CheckStatus",
    "ConnectionStatus",
    "Finding",
    "FlagStatus",
    "Meters",
    "Overlap",
    "Runtime",
    "Scheduler",
    "StreamStatus",
    "change_company",
    "check",
    "company_board",
    "company_boards",
    "company_face",
    "connect",
    "connection_statuses",
    "disconnect",
    "find_company_of",
    "known_settings",
    "listed",
    "named_company",
    "overlaps",
    "own",
    "sync_all",
    "sync_one",
]
