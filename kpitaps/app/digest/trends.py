"""How KPIs went in the last closed periods: the engine asked again as of days gone by."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from kpitaps.app.digest.period import earlier_days
from kpitaps.calendar import utc
from kpitaps.kpis import Catalogue, evaluate
from kpitaps.kpis.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Collection
    from fractions import Fraction

    from kpitaps.app.digest.period import Period
    from kpitaps.kpis import CompanyFace, Rates
    from kpitaps.store import MeasureReader

NUMBER = 13
"""A quarter of weeks; a year of months, and the same month of the year before."""


def trends(
    company: CompanyFace,
    catalogue: Catalogue,
    reader: MeasureReader,
    period: Period,
    keys: Collection[str],
    *,
    rates: Rates | None,
    number: int = NUMBER,
) -> dict[str, tuple[Fraction | None, ...]]:
    """Return the values of KPIs in the last ``number`` closed weeks or months, oldest first.

    Args:
        company: Whose they are.
        catalogue: All KPIs.
        reader: Reads the company's measures.
        period: The period that a digest is about; the trend ends with it, or before it while it is open.
        keys: The KPIs.
        rates: Exchange rates.
        number: How many periods.
    """
    wanted = Catalogue(tuple(each for each in catalogue.definitions if each.kpi.key in keys))
    # of all periods the same measures are read, once
    memory = Memory()
    window, days = earlier_days(company.calendar, period, number)
    values: dict[str, list[Fraction | None]] = {key: [] for key in keys}
    for day in days:
        # at noon there is no doubt which day it is, in whichever zone its accounts are
        noon = utc(datetime.combine(day, time(12), company.calendar.zone))
        board = evaluate(company, wanted, reader, noon, rates=rates, memory=memory)
        found = {each.kpi: each.value for each in board.figures if each.window == window and not each.labels}
        for key, known in values.items():
            known.append(found.get(key))
    return {key: tuple(known) for key, known in values.items()}
