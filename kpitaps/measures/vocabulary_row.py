"""How one row of the vocabulary is written."""

from __future__ import annotations

from kpitaps.measures.measure import Measure, Names
from kpitaps.units import Good, Kind, Unit


def row(key: str, what: tuple[Unit, Kind, Good], labels: str, dated_by: str, *texts: str) -> Measure:
    """Return a measure.

    Args:
        key: Its name.
        what: Unit, kind and good direction, which the tables name in one word each.
        labels: Label names, separated by spaces.
        dated_by: The event whose local day a contribution falls on.
        texts: English name and definition, Dutch name and definition.
    """
    name_en, definition_en, name_nl, definition_nl = texts
    names = Names(name_en, definition_en), Names(name_nl, definition_nl)
    return Measure(key, what[0], what[1], tuple(labels.split()), what[2], dated_by, *names)


MONEY_UP = (Unit.MONEY, Kind.FLOW, Good.UP)
MONEY_DOWN = (Unit.MONEY, Kind.FLOW, Good.DOWN)
BALANCE_UP = (Unit.MONEY, Kind.LEVEL, Good.UP)
BALANCE_DOWN = (Unit.MONEY, Kind.LEVEL, Good.DOWN)
COUNT_UP = (Unit.COUNT, Kind.FLOW, Good.UP)
COUNT_DOWN = (Unit.COUNT, Kind.FLOW, Good.DOWN)
STOCK_UP = (Unit.COUNT, Kind.LEVEL, Good.UP)
STOCK_DOWN = (Unit.COUNT, Kind.LEVEL, Good.DOWN)
DISTINCT_UP = (Unit.COUNT, Kind.DISTINCT, Good.UP)
MEAN_TIME_UP = (Unit.DURATION, Kind.DURATION, Good.UP)
MEAN_TIME_DOWN = (Unit.DURATION, Kind.DURATION, Good.DOWN)
TIME_UP = (Unit.DURATION, Kind.FLOW, Good.UP)
TIME_DOWN = (Unit.DURATION, Kind.FLOW, Good.DOWN)
TIME_STOCK = (Unit.DURATION, Kind.LEVEL, Good.UP)
