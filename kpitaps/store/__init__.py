"""The ledger: SQLAlchemy Core over SQLite or PostgreSQL. Everything else is a projection of it."""

from __future__ import annotations

from kpitaps.store.companies import Company, find_company, list_companies, put_company
from kpitaps.store.connections import Connection, Consent, add_connection, list_connections, note_account
from kpitaps.store.disconnecting import purge_connection, stop_connection
from kpitaps.store.engine import Database
from kpitaps.store.generations import Generation, activate, current_generation, fingerprint, generation_progress
from kpitaps.store.grants import Grants
from kpitaps.store.landing import LandedEntry, LandedRecord, Landing, land_records
from kpitaps.store.ledger import Ledger
from kpitaps.store.listings import end_listing, known_versions, land_listed
from kpitaps.store.owners import connected_taps, list_owners, set_owner
from kpitaps.store.periods import land_days, land_levels
from kpitaps.store.reader import LedgerReader
from kpitaps.store.reading import Coverage, DayTotal, MeasureReader
from kpitaps.store.runs import Repair, Run, latest_runs, log_run, open_repairs, set_repairs
from kpitaps.store.secrets import Vault
from kpitaps.store.series import SeriesBook
from kpitaps.store.spans import read_spans
from kpitaps.store.sweeps import count_records, last_sweep, sweep
from kpitaps.store.windows import LandedWindow, land_windows, windows_over

__all__ = [
    "Company",
    "Connection",
    "Consent",
    "Coverage",
    "Database",
    "DayTotal",
    "Generation",
    "Grants",
    "LandedEntry",
    "LandedRecord",
    "LandedWindow",
    "Landing",
    "Ledger",
    "LedgerReader",
    "MeasureReader",
    "Repair",
    "Run",
    "SeriesBook",
    "Vault",
    "activate",
    "add_connection",
    "connected_taps",
    "count_records",
    "current_generation",
    "end_listing",
    "find_company",
    "fingerprint",
    "generation_progress",
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
    "log_run",
    "note_account",
    "open_repairs",
    "purge_connection",
    "put_company",
    "read_spans",
    "set_owner",
    "set_repairs",
    "stop_connection",
    "sweep",
    "windows_over",
]
