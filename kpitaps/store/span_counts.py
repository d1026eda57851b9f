"""Distinct subjects in many windows at once: what `LedgerReader.distinct` says of each, without a query per window."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from kpitaps.store.tables import member, published, series
from kpitaps.tap import StreamKind
from kpitaps.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_AT_ONCE = 5_000
"""Rows that are fetched at once: of millions, not all need be there twice."""


class Feed(Protocol):
    """A generation that feeds the measure."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def kind(self) -> str:
        """How its stream is read."""

    @property
    def ends(self) -> int | None:
        """The first ordinal day that it says nothing of; None while it is connected."""


@dataclass(frozen=True, slots=True)
class Meetings:
    """Which subjects were met on which days.

    Attributes:
        days: Ordinals, in order.
        subjects: Numbers of the subjects, as many as days.
    """

    days: array[int]
    subjects: array[int]

    def within(self, firsts: Sequence[int], lasts: Sequence[int]) -> Iterator[int]:
        """Yield how many subjects there are in each span; spans that only move on are counted in one go."""
        days, subjects = self.days, self.subjects
        met: Counter[int] = Counter()
        start = end = 0
        reached: tuple[int, int] | None = None
        for first, last in zip(firsts, lasts, strict=True):
            if reached is None or first < reached[0] or last < reached[1]:
                start = bisect_left(days, first)
                end = max(start, bisect_right(days, last))
                met = Counter(subjects[start:end])
            reached = first, last
            while end < len(days) and days[end] <= last:
                met[subjects[end]] += 1
                end += 1
            while start < end and days[start] < first:
                subject = subjects[start]
                met[subject] -= 1
                if not met[subject]:
                    del met[subject]
                start += 1
            yield len(met)


@dataclass(frozen=True, slots=True)
class Published:
    """What a source counted itself.

    Attributes:
        amounts: By window: its first and last ordinal day.
        ends: The first day that a connection which was disconnected says nothing of; None while it is connected.
    """

    amounts: Mapping[tuple[int, int], int]
    ends: int | None = None

    def on(self, first: int, last: int) -> int | None:
        """Return how many there are in a window; None if the source was not asked for it."""
        if self.ends is not None and self.ends <= first:
            return 0
        return self.amounts.get((first, last))


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """The subjects of one measure, of all that feeds it.

    Attributes:
        met: Those that the ledger knows one by one.
        published: Those that sources count.
    """

    met: Meetings
    published: tuple[Published, ...] = ()

    def __len__(self) -> int:
        """Return how many meetings and windows it is made of."""
        return len(self.met.days) + sum(len(each.amounts) for each in self.published)

    def within(self, firsts: Sequence[int], lasts: Sequence[int]) -> Iterator[int | None]:
        """Yield how many subjects there are in each span of ordinal days; None where a source was not asked."""
        for first, last, met in zip(firsts, lasts, self.met.within(firsts, lasts), strict=True):
            counted = [each.on(first, last) for each in self.published]
            known = [count for count in counted if count is not None]
            yield met + sum(known) if len(known) == len(counted) else None


def span_counts(
    connection: sa.Connection, feeds: Iterable[Feed], measure: str, labels: str, picked: sa.ColumnElement[bool]
) -> LedgerCounts:
    """Return how many subjects a measure counts in any window.

    Args:
        connection: An open transaction.
        feeds: What counts for the measure.
        measure: Its key.
        labels: The labels that are asked for, as canonical JSON.
        picked: Which rows of `member` and `series` count.
    """
    asked = [feed for feed in feeds if feed.kind == StreamKind.WINDOWS]
    windows = (Published(_published(connection, feed.id, measure, labels), feed.ends) for feed in asked)
    return LedgerCounts(_meetings(connection, picked), tuple(windows))


def _meetings(connection: sa.Connection, picked: sa.ColumnElement[bool]) -> Meetings:
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(
        sa.select(member.c.day, series.c.generation_id, member.c.subject)
        .join(series, series.c.id == member.c.series_id)
        .where(picked)
        .distinct()
        .order_by(member.c.day)
    )
    days, subjects = array("q"), array("q")
    # subjects of two connections are two, whatever they are called
    numbers: dict[tuple[int, bytes], int] = {}
    for day, generation, subject in rows:
        days.append(day)
        subjects.append(numbers.setdefault((generation, bytes(subject)), len(numbers)))
    return Meetings(days, subjects)


def _published(connection: sa.Connection, generation: int, measure: str, labels: str) -> dict[tuple[int, int], int]:
    """Return what a source has published, by window, as `published_amount` does for one."""
    rows = connection.execute(
        sa.select(published.c.first_day, published.c.last_day, published.c.as_of, series.c.labels, published.c.amount)
        .join(series, series.c.id == published.c.series_id)
        .where(series.c.generation_id == generation, series.c.measure == measure)
    ).all()
    latest = max((row.as_of for row in rows), default=0)
    windows: defaultdict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row.as_of > row.last_day or row.as_of == latest:
            windows[row.first_day, row.last_day][row.labels] = row.amount
    found = {}
    for window, amounts in windows.items():
        nothing = 0 if labels != "{}" and amounts.keys() - {"{}"} else None
        amount = amounts.get(labels, nothing)
        if amount is not None:
            found[window] = amount // MICRO
    return found
