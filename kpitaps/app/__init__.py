"""The rooms wired together: an opened process, and what can be asked of it."""

from __future__ import annotations

from kpitaps.app.boards import company_board, company_boards, company_face
from kpitaps.app.check import check
from kpitaps.app.check_finding import Finding, Severity
from kpitaps.app.companies import change_company, find_company_of, named_company
from kpitaps.app.connecting import connect, known_settings
from kpitaps.app.consenting import REDIRECT, Asking
from kpitaps.app.disconnecting import disconnect
from kpitaps.app.flagged import FlagStatus
from kpitaps.app.goals import goal_book, goal_problems
from kpitaps.app.kpi_tables import TableKeeper
from kpitaps.app.live_boards import LiveBoards
from kpitaps.app.meters import Meters
from kpitaps.app.own_kpis import KpiBook, known_measures, kpi_problems, unfed_kpis
from kpitaps.app.owning import EVERYTHING, Overlap, feeders, listed, overlaps, own
from kpitaps.app.rates import (
    RateStatus,
    RateTrouble,
    fetch_rates,
    keep_rates,
    known_rates,
    load_rates,
    rate_status,
    rate_troubles,
)
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
    "KpiBook",
    "LiveBoards",
    "Meters",
    "Overlap",
    "RateStatus",
    "RateTrouble",
    "Runtime",
    "Scheduler",
    "Severity",
    "StreamStatus",
    "TableKeeper",
    "change_company",
    "check",
    "company_board",
    "company_boards",
    "company_face",
    "connect",
    "connection_statuses",
    "disconnect",
    "feeders",
    "fetch_rates",
    "find_company_of",
    "goal_book",
    "goal_problems",
    "keep_rates",
    "known_measures",
    "known_rates",
    "known_settings",
    "kpi_problems",
    "listed",
    "load_rates",
    "named_company",
    "overlaps",
    "own",
    "rate_status",
    "rate_troubles",
    "sync_all",
    "sync_one",
    "unfed_kpis",
]
