"""Distinct subjects day by day: all days in one query, where a window at a time would cost one per day."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from kpitaps.store.reading import DayCounts
from kpitaps.store.tables import member, published, series
from kpitaps.tap import StreamKind
from kpitaps.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Feed(Protocol):
    """A generation that feeds the measure."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def ends(self) -> int | None: ...


def day_counts(connection: sa.Connection, feeds: Iterable[_Feed], measure: str) -> DayCounts:
    """Return how many subjects a measure counts on each day, as `LedgerReader.distinct` does for a day.

    Of sources that count windows themselves those days are known that were published: once they were over, or on the
    latest day on which anything was.
    """
    total: defaultdict[int, int] = defaultdict(int)
    asked: list[tuple[dict[int, int], int | None]] = []
    for feed in feeds:
        if feed.kind == StreamKind.WINDOWS:
            asked.append((_published(connection, feed.id, measure), feed.ends))
            continue
        for day, subjects in _counted(connection, feed.id, measure):
            if feed.ends is None or day < feed.ends:
                total[day] += subjects
    if not asked:
        return DayCounts(dict(total), elsewhere=0)
    days = {day for counts, _ in asked for day in counts}
    known = {day for day in days if all(day in counts for counts, ends in asked if ends is None or day < ends)}
    return DayCounts(
        {
            day: total[day] + sum(counts[day] for counts, ends in asked if ends is None or day < ends)
            for day in sorted(known)
        }
    )


def _counted(connection: sa.Connection, generation: int, measure: str) -> Iterable[tuple[int, int]]:
    rows = connection.execute(
        sa.select(member.c.day, sa.func.count(member.c.subject.distinct()))
        .join(series, series.c.id == member.c.series_id)
        .where(series.c.generation_id == generation, series.c.measure == measure)
        .group_by(member.c.day)
    )
    return [(day, subjects) for day, subjects in rows]


def _published(connection: sa.Connection, generation: int, measure: str) -> dict[int, int]:
    mine = sa.and_(series.c.generation_id == generation, series.c.measure == measure)
    joined = sa.select(published).join(series, series.c.id == published.c.series_id).where(mine)
    latest = connection.execute(joined.with_only_columns(sa.func.max(published.c.as_of))).scalar()
    rows = connection.execute(
        joined.with_only_columns(published.c.first_day, published.c.amount, published.c.as_of).where(
            published.c.first_day == published.c.last_day, series.c.labels == "{}"
        )
    )
    return {day: amount // MICRO for day, amount, as_of in rows if as_of > day or as_of == latest}
