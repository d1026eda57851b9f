"""The ledger: SQLAlchemy Core over SQLite or PostgreSQL. Everything else is a projection of it."""

from __future__ import annotations

from kpitaps.store.alone import alone
from kpitaps.store.companies import Company, find_company, list_companies, put_company
from kpitaps.store.connections import (
    Connection,
    Consent,
    add_connection,
    list_connections,
    note_account,
    withheld_streams,
)
from kpitaps.store.digests import Letter, Sending, list_sendings, restated_days
from kpitaps.store.disconnecting import purge_connection, stop_connection
from kpitaps.store.engine import Database
from kpitaps.store.flags import LandedFlag, OpenFlag, flag_checked, flagging_checks, mendable_flags, open_flags
from kpitaps.store.generations import Generation, activate, current_generation, fingerprint, generation_progress
from kpitaps.store.grants import Grants
from kpitaps.store.kpi_days import KpiDay, KpiDays, KpiFigure, KpiSeries, KpiTables
from kpitaps.store.landing import LandedEntry, LandedRecord, Landing, land_records
from kpitaps.store.ledger import Ledger
from kpitaps.store.listings import end_listing, known_versions, land_listed
from kpitaps.store.owners import connected_taps, list_owners, set_owner
from kpitaps.store.periods import land_days, land_levels
from kpitaps.store.reader import LedgerReader
from kpitaps.store.reading import Coverage, DayCounts, DayReader, DayTotal, Doubt, MeasureReader
from kpitaps.store.runs import Repair, Run, latest_runs, log_run, open_repairs, set_repairs
from kpitaps.store.secrets import Vault
from kpitaps.store.series import SeriesBook
from kpitaps.store.spans import read_spans
from kpitaps.store.sweeps import count_records, highest_number, last_sweep, sweep
from kpitaps.store.totals import ConnectionTotals
from kpitaps.store.windows import LandedWindow, land_windows, windows_over

__all__ = [
    "Company",
    "Connection",
    "ConnectionTotals",
    "Consent",
    "Coverage",
    "Database",
    "DayCounts",
    "DayReader",
    "DayTotal",
    "Doubt",
    "Generation",
    "Grants",
    "KpiDay",
    "KpiDays",
    "KpiFigure",
    "KpiSeries",
    "KpiTables",
    "LandedEntry",
    "LandedFlag",
    "LandedRecord",
    "LandedWindow",
    "Landing",
    "Ledger",
    "LedgerReader",
    "Letter",
    "MeasureReader",
    "OpenFlag",
    "Repair",
    "Run",
    "Sending",
    "SeriesBook",
    "Vault",
    "activate",
    "add_connection",
    "alone",
    "connected_taps",
    "count_records",
    "current_generation",
    "end_listing",
    "find_company",
    "fingerprint",
    "flag_checked",
    "flagging_checks",
    "generation_progress",
    "highest_number",
    "known_versions",
    "land_days",
    "land_levels",
    "land_listed",
    "land_records",
    "land_windows",
    "last_sweep",
    "latest_runs",
    "list_companies",
    "list_connections",
    "list_owners",
    "list_sendings",
    "log_run",
    "mendable_flags",
    "note_account",
    "open_flags",
    "open_repairs",
    "purge_connection",
    "put_company",
    "read_spans",
    "restated_days",
    "set_owner",
    "set_repairs",
    "stop_connection",
    "sweep",
    "windows_over",
    "withheld_streams",
]
