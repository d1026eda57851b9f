"""What is known of a window's days: the difference between zero, provisional, incomplete and unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar import day_end, day_start, local_day
from kpitaps.units import Kind, Quality

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from kpitaps.calendar import DaySpan
    from kpitaps.kpis.company import CompanyFace
    from kpitaps.store.reading import Coverage, Doubt

_DAY = timedelta(days=1)


MOST_REASONS = 5
"""Reasons that are told of one measure in one window, the worst and newest first: a year may have one per day."""

_BADNESS = {quality: rank for rank, quality in enumerate(Quality)}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of some days.

    Attributes:
        known: Whether there may be a value at all.
        quality: How far the value may be trusted.
        days_known: How many of the days were read.
        reasons: Why it is not better, in sentences.
    """

    known: bool
    quality: Quality
    days_known: int
    reasons: tuple[str, ...] = ()


def worst_quality(qualities: Iterable[Quality]) -> Quality:
    """Return the quality of a value that is made of parts with ``qualities``."""
    return max(qualities, key=_BADNESS.__getitem__)


def worst(parts: Iterable[Knowledge]) -> Knowledge:
    """Return what is known of a value that is made of ``parts``: no more than of the worst of them."""
    known = list(parts)
    return Knowledge(
        known=all(part.known for part in known),
        quality=worst_quality(part.quality for part in known),
        days_known=min(part.days_known for part in known),
        reasons=tuple(dict.fromkeys(reason for part in known for reason in part.reasons)),
    )


def doubted(known: Knowledge, doubts: Iterable[Doubt]) -> Knowledge:
    """Return what is known of some days in the light of what is said against them."""
    worst_first = sorted(doubts, key=lambda doubt: (-_BADNESS[doubt.quality], -doubt.last.toordinal()))
    if not worst_first:
        return known
    reasons = [*dict.fromkeys(doubt.reason for doubt in worst_first)]
    more = len(reasons) - MOST_REASONS
    kept = reasons[:MOST_REASONS] + ([f"There are {more} reasons more: kpitaps check tells them."] if more > 0 else [])
    quality = worst_quality((known.quality, worst_first[0].quality))
    return replace(known, quality=quality, reasons=(*known.reasons, *kept))


class Reach(NamedTuple):
    """Which windows can be known, as far as reading has come.

    Attributes:
        first: The first day that was read to its end.
        last: The last day of which enough has been read.
        begun: Of a window that starts after this day, nothing has been read.
        by_last: Whether only a window's last day must not lie before ``first``, rather than all of them.
    """

    first: date
    last: date
    begun: date
    by_last: bool


class Clock:
    """The present: where it is which day, and what a source that was read up to an instant can know."""

    def __init__(self, company: CompanyFace, now: datetime) -> None:
        self._zones = (company.calendar.zone, *company.account_zones)
        self.todays = frozenset(local_day(now, zone) for zone in self._zones)
        self.today = company.calendar.today(now)
        self._reaches: dict[tuple[Coverage, Kind, bool], Reach | None] = {}

    def judge(self, coverage: Coverage, span: DaySpan, kind: Kind, *, each_day: bool = False) -> Knowledge:
        """Return what ``coverage`` says of the days of ``span``.

        - *Unknown* are days before the first one that was read, and days after the last instant that was read. Today,
          the company's or an account's, is exempt, because it is always read only in part. But where nothing of the
          window has been read, there is no value either: right after midnight, today is unknown rather than zero.
        - *Incomplete* are days that the source keeps from us. A level adds up all days so far, hence it is incomplete
          as soon as any of them is; so is a flow that follows from all days so far, as new customers do.
        - *Provisional* is a window with a day that is not over, or that was not over, or had not settled, when it was
          last read.

        For a level only the last day counts, unless ``each_day`` asks for its mean: the changes of all days before it
        are part of what was read. They are only once everything was read: while history is loading, what is missing
        at the start is missing in every balance. A level that only has a now holds for a while after it was read.
        """
        reach = self.reach(coverage, kind, each_day=each_day)
        if reach is None or coverage.through is None:
            return _unknown(0, coverage.reasons or ("Nothing has been read yet.",))
        days_known = max(0, (min(span.last, reach.last) - max(span.first, reach.first)).days + 1)
        needs_whole = _needs_whole(coverage, kind)
        if needs_whole and not coverage.is_whole:
            return _unknown(days_known, ("History is still being read.", *coverage.reasons))
        if (span.last if reach.by_last else span.first) < reach.first:
            return _unknown(days_known, (f"Days before {reach.first} have not been read.", *coverage.reasons))
        if span.last > reach.last or span.first > reach.begun:
            return _unknown(days_known, ("The source has not been read since.", *coverage.reasons))
        if coverage.incomplete_before and (needs_whole or span.first < coverage.incomplete_before):
            return Knowledge(known=True, quality=Quality.INCOMPLETE, days_known=days_known, reasons=coverage.reasons)
        is_closed = (coverage.settled or coverage.through) >= self._end(span.last) and not any(
            map(span.has, self.todays)
        )
        quality = Quality.FINAL if is_closed else Quality.PROVISIONAL
        return Knowledge(known=True, quality=quality, days_known=days_known)

    def known_in(self, coverage: Coverage, kind: Kind, *, each_day: bool = False) -> Reach | None:
        """Return which windows `judge` takes for known; None for none at all."""
        is_lacking = _needs_whole(coverage, kind) and not coverage.is_whole
        return None if is_lacking else self.reach(coverage, kind, each_day=each_day)

    def reach(self, coverage: Coverage, kind: Kind, *, each_day: bool = False) -> Reach | None:
        """Return how far reading has come; None where nothing has been read."""
        key = (coverage, kind, each_day)
        if key not in self._reaches:
            self._reaches[key] = self._reach(*key)
        return self._reaches[key]

    def _reach(self, coverage: Coverage, kind: Kind, each_day: bool) -> Reach | None:
        if coverage.first_day is None or coverage.through is None:
            return None
        last = self._read_to(coverage.through)
        if kind is not Kind.LEVEL:
            return Reach(coverage.first_day, last, self._begun(coverage.through), by_last=False)
        if coverage.holds_to is not None:
            last = max(last, local_day(coverage.holds_to, self._zones[0]))
        return Reach(coverage.first_day, last, date.max, by_last=not each_day)

    def _begun(self, through: datetime) -> date:
        """Return the last day that began before ``through``."""
        day = max(local_day(through, zone) for zone in self._zones)
        while self._start(day) >= through:
            day -= _DAY
        return day

    def _read_to(self, through: datetime) -> date:
        """Return the last day of which enough has been read: today follows the day that was read last."""
        day = local_day(through, self._zones[0])
        while day + _DAY in self.todays:
            day += _DAY
        return day

    def _start(self, day: date) -> datetime:
        return min(day_start(day, zone) for zone in self._zones)

    def _end(self, day: date) -> datetime:
        return max(day_end(day, zone) for zone in self._zones)


def _needs_whole(coverage: Coverage, kind: Kind) -> bool:
    """Return whether a value follows from all days so far."""
    return kind is Kind.LEVEL or coverage.needs_whole


def _unknown(days_known: int, reasons: tuple[str, ...]) -> Knowledge:
    return Knowledge(known=False, quality=Quality.INCOMPLETE, days_known=days_known, reasons=reasons)
