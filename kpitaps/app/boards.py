"""Boards: every company's KPIs as they stand now."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.calendar import CompanyCalendar
from kpitaps.kpis import KPIS, Board, CompanyFace, define, evaluate
from kpitaps.store import list_companies, list_connections

if TYPE_CHECKING:
    from kpitaps.app.runtime import Runtime
    from kpitaps.kpis import Catalogue
    from kpitaps.store import Company


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return the KPIs that every company has where its measures are fed."""
    return define(KPIS)


def company_face(runtime: Runtime, company: Company) -> CompanyFace:
    """Return what the KPI engine needs to know of a company."""
    zone = ZoneInfo(company.time_zone)
    zones = {connection.time_zone for connection in list_connections(runtime.ledger.database, company.id)}
    return CompanyFace(
        company.key,
        company.name,
        company.currency,
        CompanyCalendar(zone, company.week_start, company.fiscal_year_start),
        tuple(ZoneInfo(name) for name in sorted(zones - {company.time_zone})),
    )


def company_board(runtime: Runtime, company: Company) -> Board:
    """Return a company's figures, as of now and of what has been read."""
    reader = runtime.ledger.reader(company.id)
    return evaluate(company_face(runtime, company), catalogue(), reader, runtime.now())


def company_boards(runtime: Runtime) -> list[Board]:
    """Return the boards of all companies."""
    return [company_board(runtime, company) for company in list_companies(runtime.ledger.database)]
