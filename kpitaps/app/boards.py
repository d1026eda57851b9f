"""Boards: every company's KPIs as they stand now."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.app.goals import with_goals
from kpitaps.app.rates import known_rates
from kpitaps.calendar import CompanyCalendar
from kpitaps.kpis import Board, CompanyFace, Memory, evaluate
from kpitaps.store import list_companies, list_connections

if TYPE_CHECKING:
    from kpitaps.app.runtime import Runtime
    from kpitaps.kpis import Catalogue
    from kpitaps.store import Company


def catalogue(runtime: Runtime, company: Company) -> Catalogue:
    """Return the KPIs that a company has where their measures are fed; the same object as long as nothing changed.

    What is wrong with its own KPIs is logged.
    """
    return runtime.kpis.told(company).catalogue


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


def company_board(runtime: Runtime, company: Company, memory: Memory | None = None) -> Board:
    """Return a company's figures, as of now and of what has been read; with a memory, only what changed costs time."""
    reader = runtime.ledger.reader(company.id)
    rates, memory = known_rates(runtime), memory or Memory()
    face, kpis = company_face(runtime, company), catalogue(runtime, company)
    board = evaluate(face, kpis, reader, runtime.now(), rates=rates, memory=memory)
    return with_goals(runtime, company, board, rates, memory)


def company_boards(runtime: Runtime) -> list[Board]:
    """Return the boards of all companies."""
    return [company_board(runtime, company) for company in list_companies(runtime.ledger.database)]
