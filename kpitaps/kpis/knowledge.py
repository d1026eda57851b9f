"""What is known of a window's days: the difference between zero, provisional, incomplete and unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.calendar import day_end, day_start, local_day
from kpitaps.units import Kind, Quality

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

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


class Clock:
    """The present: where it is which day, and what a source that was read up to an instant can know."""

    def __init__(self, company: CompanyFace, now: datetime) -> None:
        self._zones = (company.calendar.zone, *company.account_zones)
        self.todays = frozenset(local_day(now, zone) for zone in self._zones)
        self.today = company.calendar.today(now)

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
        if coverage.first_day is None or coverage.through is None:
            return _unknown(0, coverage.reasons or ("Nothing has been read yet.",))
        is_level, needs_whole = kind is Kind.LEVEL, kind is Kind.LEVEL or coverage.needs_whole
        read_to = self._read_to(coverage.through)
        if is_level and coverage.holds_to is not None:
            read_to = max(read_to, local_day(coverage.holds_to, self._zones[0]))
        days_known = max(0, (min(span.last, read_to) - max(span.first, coverage.first_day)).days + 1)
        if needs_whole and not coverage.is_whole:
            return _unknown(days_known, ("History is still being read.", *coverage.reasons))
        if (span.last if is_level and not each_day else span.first) < coverage.first_day:
            return _unknown(days_known, (f"Days before {coverage.first_day} have not been read.", *coverage.reasons))
        if span.last > read_to or (not is_level and coverage.through <= self._start(span.first)):
            return _unknown(days_known, ("The source has not been read since.", *coverage.reasons))
        if coverage.incomplete_before and (needs_whole or span.first < coverage.incomplete_before):
            return Knowledge(known=True, quality=Quality.INCOMPLETE, days_known=days_known, reasons=coverage.reasons)
        is_closed = (coverage.settled or coverage.through) >= self._end(span.last) and not any(
            map(span.has, self.todays)
        )
        quality = Quality.FINAL if is_closed else Quality.PROVISIONAL
        return Knowledge(known=True, quality=quality, days_known=days_known)

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


def _unknown(days_known: int, reasons: tuple[str, ...]) -> Knowledge:
    return Knowledge(known=False, quality=Quality.INCOMPLETE, days_known=days_known, reasons=reasons)
