"""KPIs: formulas over measures, evaluated per company and window into a board of figures."""

from __future__ import annotations

from kpitaps.kpis.board import Board
from kpitaps.kpis.catalogue import Catalogue, Definition, define
from kpitaps.kpis.commerce import COMMERCE
from kpitaps.kpis.company import CompanyFace
from kpitaps.kpis.engine import evaluate
from kpitaps.kpis.figure import Figure
from kpitaps.kpis.kpi import MULTIPLES, Kpi
from kpitaps.kpis.memory import Memory, Past
from kpitaps.kpis.rates import RateOn, Rates, ReferenceRates, SameCurrency
from kpitaps.kpis.vocabulary import KPIS

__all__ = [
    "COMMERCE",
    "KPIS",
    "MULTIPLES",
    "Board",
    "Catalogue",
    "CompanyFace",
    "Definition",
    "Figure",
    "Kpi",
    "Memory",
    "Past",
    "RateOn",
    "Rates",
    "ReferenceRates",
    "SameCurrency",
    "define",
    "evaluate",
]
