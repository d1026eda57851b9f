"""What sources and checks say against figures, once per reason and with its days, as people read it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from kpitaps.store import open_flags
from kpitaps.store.flags import united
from kpitaps.units import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpitaps.store import LandedFlag
    from kpitaps.store.engine import Database

_SPANS = 3
"""Spans of days that are told of one reason."""

MOST_FLAGS = 10
"""Reasons that are told of one stream or check."""


@dataclass(frozen=True, slots=True)
class FlagStatus:
    """One reason why figures of a connection are not what they seem.

    Attributes:
        connection_id: Of which connection.
        origin: The stream or the check that says so.
        quality: How far the figures may be trusted.
        measures: The measures it is about, in the order of their names.
        spans: The first and last days it is about, the newest first.
        reason: What is the matter.
        fix: What a person can do about it; empty where there is nothing.
    """

    connection_id: int
    origin: str
    quality: Quality
    measures: tuple[str, ...]
    spans: tuple[tuple[date, date], ...]
    reason: str
    fix: str

    def days(self, today: date) -> str:
        """Return the days in words: ``1–14 March``; the year is told where it is another than today's."""
        told = [_spoken(first, last, today) for first, last in self.spans[:_SPANS]]
        more = len(self.spans) - len(told)
        return ", ".join(told) + (f" and {more} times more" if more else "")

    def sentence(self, today: date) -> str:
        """Return all of it in one line, without what to do about it."""
        are = "is" if len(self.measures) == 1 else "are"
        return f"{', '.join(self.measures)} {are} {self.quality}, {self.days(today)}: {self.reason.rstrip('.')}"


def flag_statuses(database: Database) -> list[FlagStatus]:
    """Return the flags that hold: by connection and origin, in each the newest first."""
    met: dict[tuple[int, str, str, str, str], list[LandedFlag]] = defaultdict(list)
    for connection_id, origin, flag in open_flags(database):
        met[connection_id, origin, flag.quality, flag.reason, flag.fix].append(flag)
    found = [
        FlagStatus(
            connection_id,
            origin,
            Quality(quality),
            tuple(sorted({flag.measure for flag in flags})),
            _days(flags),
            reason,
            fix,
        )
        for (connection_id, origin, quality, reason, fix), flags in met.items()
    ]
    return sorted(found, key=lambda each: (each.connection_id, each.origin, -each.spans[0][1].toordinal()))


def _days(flags: Iterable[LandedFlag]) -> tuple[tuple[date, date], ...]:
    spans = united((flag.first, flag.last) for flag in flags)
    return tuple((date.fromordinal(first), date.fromordinal(last)) for first, last in reversed(spans))


def _spoken(first: date, last: date, today: date) -> str:
    if last >= today > first:
        return f"since {_day(first, today)}"
    if first == last:
        return _day(last, today)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last, today)}"
    return f"{f'{first.day} {first:%B}' if first.year == last.year else _day(first, last)}–{_day(last, today)}"


def _day(day: date, today: date) -> str:
    return f"{day.day} {day:%B}" + ("" if day.year == today.year else f" {day.year}")
