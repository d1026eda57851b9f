"""Who is a customer when: what records say of one customer is united, and three measures follow from it.

A record says that somebody is a customer from one day through another. Of all records of a stream, the days on which
that begins (+1) and is over (-1) are kept per customer: somebody is a customer while their sum so far is above zero.
When records change, the measures of exactly their customers are worked out before and after, and the difference is
added in the same transaction. So reading them costs no more than reading any other measure.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kpitaps.measures import Measure, Names
from kpitaps.store import bulk
from kpitaps.units import MICRO, Good, Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import sqlalchemy as sa

    from kpitaps.store.series import SeriesBook, SeriesKey

FED = ("new_customers", "customers", "customers_lost")
"""The measures that follow from who is a customer when."""


def _edge(key: str) -> Measure:
    nameless = Names("", "")
    return Measure(key, Unit.COUNT, Kind.DISTINCT, (), Good.UP, "", nameless, nameless)


# A colon, which no author's measure can have.
CUSTOMER_FROM = _edge("customers:from")
"""Whom a record makes a customer, on the first day."""
CUSTOMER_UNTIL = _edge("customers:until")
"""Whom a record makes a customer no longer, on the day after the last."""

EDGES = {CUSTOMER_FROM.key: 1, CUSTOMER_UNTIL.key: -1}
"""What each of them adds to the number of reasons for which somebody is a customer."""

Tenures = dict[tuple[bytes, int], int]
"""By customer and ordinal day: how many more reasons begin than are over."""

_SERIES: dict[str, SeriesKey] = {key: (key, (), "") for key in FED}


def edge_measures() -> dict[str, Measure]:
    """Return the measures that a record's word about customers is kept under; no KPI sees them."""
    return {edge.key: edge for edge in (CUSTOMER_FROM, CUSTOMER_UNTIL)}


def customer_changes(days: Mapping[int, int]) -> Iterator[tuple[str, int, int]]:
    """Yield (measure, ordinal day, change) of one customer, of whom ``days`` says how many reasons begin or end.

    New is a customer once, on the first day of all; lost each time that no reason is left.
    """
    reasons, is_new = 0, True
    for day in sorted(days):
        was, reasons = reasons, reasons + days[day]
        if was <= 0 < reasons:
            yield "customers", day, 1
            if is_new:
                yield "new_customers", day, 1
            is_new = False
        elif reasons <= 0 < was:
            yield "customers", day, -1
            yield "customers_lost", day, 1


def restate_customers(
    connection: sa.Connection, book: SeriesBook, changes: Tenures
) -> Iterator[tuple[tuple[int, int], int]]:
    """Apply ``changes``, and yield what that adds to (series, day), in millionths.

    Called inside a transaction that has locked the generation, so that what is stored cannot change meanwhile.
    """
    touched = {place: change for place, change in changes.items() if change}
    if not touched:
        return
    numbers = book.numbers(connection, _SERIES.values())
    before: defaultdict[bytes, dict[int, int]] = defaultdict(dict)
    for subject, day, change in bulk.stored_tenures(connection, book.generation, sorted({who for who, _ in touched})):
        before[bytes(subject)][day] = change
    after = {who: dict(before[who]) for who, _ in touched}
    for (who, day), change in touched.items():
        after[who][day] = after[who].get(day, 0) + change
    bulk.put_tenures(connection, [(book.generation, who, day, after[who][day]) for who, day in touched])
    for who, days in after.items():
        for sign, state in ((-1, before[who]), (1, days)):
            for key, day, change in customer_changes(state):
                yield (numbers[_SERIES[key]], day), sign * change * MICRO
