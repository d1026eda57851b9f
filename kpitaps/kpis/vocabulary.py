"""The KPIs that ship, as data: one row per KPI, in one module per domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.kpis.commerce import COMMERCE
from kpitaps.kpis.finance import FINANCE
from kpitaps.kpis.marketing import MARKETING
from kpitaps.kpis.operations import OPERATIONS
from kpitaps.kpis.sales import SALES
from kpitaps.kpis.service import SERVICE

if TYPE_CHECKING:
    from kpitaps.kpis.kpi import Kpi

KPIS: tuple[Kpi, ...] = (*FINANCE, *SALES, *COMMERCE, *MARKETING, *SERVICE, *OPERATIONS)
"""Every KPI that a company has where its measures are fed, in the order in which they are shown."""
