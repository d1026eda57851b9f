"""How one row of the KPI tables is written."""

from __future__ import annotations

from kpitaps.kpis.kpi import Kpi
from kpitaps.measures import Names
from kpitaps.units import Good, Unit


def row(
    domain: str,
    key: str,
    formula: str,
    what: tuple[Unit, Good],
    leading: bool,
    *texts: str,
    by: str | None = None,
    month_or_longer: bool = False,
) -> Kpi:
    """Return a KPI.

    Args:
        domain: The part of the business that a table is of.
        key: Its name.
        formula: How it is computed.
        what: Unit and good direction, which the tables name in one word.
        leading: Whether it tells of what is coming; the tables say `LEADING` or `LAGGING`.
        texts: English name and definition, Dutch name and definition.
        by: The one label that it is broken down by.
        month_or_longer: Whether it says nothing in windows that are shorter than a month.
    """
    name_en, definition_en, name_nl, definition_nl = texts
    names = Names(name_en, definition_en), Names(name_nl, definition_nl)
    return Kpi(key, domain, formula, *what, leading, by, *names, month_or_longer)


LEADING = True
LAGGING = False

MONEY_UP = (Unit.MONEY, Good.UP)
MONEY_DOWN = (Unit.MONEY, Good.DOWN)
COUNT_UP = (Unit.COUNT, Good.UP)
COUNT_DOWN = (Unit.COUNT, Good.DOWN)
RATIO_UP = (Unit.RATIO, Good.UP)
RATIO_DOWN = (Unit.RATIO, Good.DOWN)
TIME_UP = (Unit.DURATION, Good.UP)
TIME_DOWN = (Unit.DURATION, Good.DOWN)
SCORE_UP = (Unit.SCORE, Good.UP)
