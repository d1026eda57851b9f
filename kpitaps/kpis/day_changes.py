"""Which days of a KPI may have become others since its days were last looked at.

What was read is compared, not what was written: a day is looked at again if any day that its formula reaches has other
sums, or if more, or less, is known of them than before.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar import local_day
from kpitaps.kpis.daily import labels_of
from kpitaps.kpis.nodes import Take
from kpitaps.units import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from kpitaps.calendar import DaySpan
    from kpitaps.kpis.catalogue import Definition
    from kpitaps.kpis.daily import Days
    from kpitaps.kpis.memory import Past
    from kpitaps.kpis.nodes import Term
    from kpitaps.store.reading import Coverage, DayCounts, Doubt

RECENT = timedelta(days=35)
"""Of what a source counts window by window, days so young are looked at whenever it said anything new."""

_DAY = timedelta(days=1)
_NEVER = date.max.toordinal() + 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What days were last made of.

    Attributes:
        past: What the board was made of.
        start: The first day on which there was anything.
        doubts: What was said against each measure.
        counts: Each distinct measure's days.
    """

    past: Past
    start: date | None
    doubts: dict[str, frozenset[Doubt]]
    counts: dict[str, DayCounts]

    @classmethod
    def of(cls, days: Days, before: Seen | None) -> Seen:
        """Return what ``days`` are made of; what has not changed since ``before`` is not asked again."""
        doubts: dict[str, frozenset[Doubt]] = {}
        counts: dict[str, DayCounts] = {}
        terms = {term.key: term for definition in days.definitions for term in definition.formula.terms}
        for key, term in terms.items():
            is_same = (
                before is not None and key in before.doubts and _edition(days.past, key) == _edition(before.past, key)
            )
            doubts[key] = before.doubts[key] if before and is_same else frozenset(_all_doubts(days, key))
            if term.measure.kind is Kind.DISTINCT:
                counts[key] = before.counts[key] if before and is_same else days.reader.counts(key)
        return cls(days.past, days.start, doubts, counts)


class _Change(NamedTuple):
    """What changed of a measure: from which day on more or less is known, and if it is distinct, its days."""

    since: int
    counts: tuple[int, ...] = ()


class DayChanges:
    """The days that may be others than they were.

    Args:
        before: What days were last made of; None if they never were.
        seen: What they are made of now.
        days: The days as they are now.
    """

    def __init__(self, before: Seen | None, seen: Seen, days: Days) -> None:
        self._before = before
        self._seen = seen
        self._days = days
        self._changes: dict[str, _Change] = {}
        self._sums: dict[tuple[Term, str | None, tuple[str, ...]], tuple[int, ...]] = {}

    def of(self, definition: Definition) -> list[date] | None:
        """Return the days on which a KPI may have another figure than before, oldest first; None for all days."""
        before = self._before
        if before is None or before.start != self._seen.start:
            return None
        if before.past.ground.company != self._seen.past.ground.company:
            return None
        made, now = before.past.made.get(definition.kpi.key), self._days.labels(definition)
        if made is None or made.definition != definition or labels_of(before.past, definition) != now:
            return None
        changed: set[date] = set()
        for term in definition.formula.terms:
            changed.update(self._touched(term, definition))
        return sorted(changed)

    def _touched(self, term: Term, definition: Definition) -> list[date]:
        change = self._change(term)
        days = change.counts if term.measure.kind is Kind.DISTINCT else self._changed_sums(term, definition)
        first = self._days.first(definition)
        if first is None or (not days and change.since >= _NEVER):
            return []
        return [
            day for day in self._days.between(first, self._days.today) if self._is_touched(term, definition, day, days)
        ]

    def _is_touched(self, term: Term, definition: Definition, day: date, days: Sequence[int]) -> bool:
        since = self._change(term).since
        # also where the formula looks elsewhere: whether a day was read to its end is told of the day itself
        if day.toordinal() >= since:
            return True
        first, last = _taken(term, self._days.frames.reached(self._days.frame(day, definition), term.moves))
        at = bisect_left(days, first)
        return last >= since or (at < len(days) and days[at] <= last)

    def _change(self, term: Term) -> _Change:
        if term.key not in self._changes:
            self._changes[term.key] = self._changed(term)
        return self._changes[term.key]

    def _changed(self, term: Term) -> _Change:
        before, now = self._before, self._seen
        assert before is not None
        key = term.key
        if key not in before.past.sources or key not in before.doubts:
            return _Change(1)
        company = now.past.ground.company
        zones = (company.calendar.zone, *company.account_zones)
        since = [_known_since(before.past.sources[key].coverage, now.past.sources[key].coverage, zones)]
        since += [doubt.first.toordinal() for doubt in before.doubts[key] ^ now.doubts[key]]
        if before.past.ground.days != now.past.ground.days:
            since.append((min(before.past.ground.days) - _DAY).toordinal())
        if term.measure.kind is not Kind.DISTINCT or _edition(before.past, key) == _edition(now.past, key):
            return _Change(min(since))
        since.append((self._days.today - RECENT).toordinal())
        return _Change(min(since), _changed_counts(before.counts.get(key), now.counts[key]))

    def _changed_sums(self, term: Term, definition: Definition) -> tuple[int, ...]:
        """Return the days on which the term's series have other values, of those labels that the KPI shows."""
        by = definition.kpi.by
        shown = tuple(labels[0][1] for labels in self._days.labels(definition) if labels)
        key = (term, by, shown)
        if key not in self._sums:
            self._sums[key] = tuple(self._compared(term, by, shown))
        return self._sums[key]

    def _compared(self, term: Term, by: str | None, shown: tuple[str, ...]) -> list[int]:
        assert self._before is not None
        if self._days.start is None:
            return []
        # what lies before adds up to one more day
        start, today = self._days.start.toordinal() - 1, self._days.today.toordinal()
        old = self._before.past.read.sheets.get(((term.key, term.where), by))
        new = self._days.sheet(term, by)
        if old is new and self._before.past.ground.exchange == self._seen.past.ground.exchange:
            return []
        if old is None:
            return [*range(1, today + 1)]
        spans = [(1, start), *((day, day) for day in range(start, today + 1))]
        return [
            span[1]
            for span in spans
            if old.total(*span) != new.total(*span)
            or any(old.of(label, *span) != new.of(label, *span) for label in shown)
        ]


def _edition(past: Past, key: str) -> object:
    source = past.sources.get(key)
    return None if source is None else source.edition


def _all_doubts(days: Days, key: str) -> Sequence[Doubt]:
    return days.reader.doubts(key, date.min, date.max)


def _taken(term: Term, span: DaySpan) -> tuple[int, int]:
    """Return the ordinal days that a term is made of in ``span``."""
    first, last = span.first.toordinal(), span.last.toordinal()
    match term.take:
        case Take.START:
            return first - 1, first - 1
        case Take.EVER:
            return 1, last
        case Take.MEAN:
            return first, last
    return (last, last) if term.measure.kind is Kind.LEVEL else (first, last)


def _known_since(old: Coverage | None, new: Coverage | None, zones: Sequence[ZoneInfo]) -> int:
    """Return the first ordinal day of which more, or less, is known."""
    if old == new:
        return _NEVER
    if old is None or new is None or old.through is None or new.through is None:
        return 1
    up_to = (
        min(old.through, new.through),
        *(each for each in (old.settled, new.settled, old.holds_to, new.holds_to) if each),
    )
    if replace(old, through=new.through, settled=new.settled, holds_to=new.holds_to) != new:
        return 1
    return min(local_day(instant, zone) for instant in up_to for zone in zones).toordinal() - 1


def _changed_counts(old: DayCounts | None, new: DayCounts) -> tuple[int, ...]:
    if old is None:
        return tuple(sorted(new.days))
    return tuple(sorted(day for day in old.days.keys() | new.days.keys() if old.on(day) != new.on(day)))
