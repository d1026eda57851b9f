"""What is known of a window's days: the difference between zero, provisional, incomplete and unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from kpitaps.calendar import day_end, day_start, local_day
from kpitaps.units import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from kpitaps.calendar import DaySpan
    from kpitaps.kpis.company import CompanyFace
    from kpitaps.store.reading import Coverage

_DAY = timedelta(days=1)


class Quality(StrEnum):
    """How far a number may be trusted, best first."""

    FINAL = "final"
    PROVISIONAL = "provisional"
    SAMPLED = "sampled"
    THRESHOLDED = "thresholded"
    TRUNCATED = "truncated"
    INCOMPLETE = "incomplete"


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


class Clock:
    """The present: where it is which day, and what a source that was read up to an instant can know."""

    def __init__(self, company: CompanyFace, now: datetime) -> None:
        self._zones = (company.calendar.zone, *company.account_zones)
        self._todays = frozenset(local_day(now, zone) for zone in self._zones)
        self.today = company.calendar.today(now)

    def judge(self, coverage: Coverage, span: DaySpan, kind: Kind) -> Knowledge:
        """Return what ``coverage`` says of the days of ``span``.

        - *Unknown* are days before the first one that was read, and days after the last instant that was read. Today,
          the company's or an account's, is exempt, because it is always read only in part. But where nothing of the
          window has been read, there is no value either: right after midnight, today is unknown rather than zero.
        - *Incomplete* are days that the source keeps from us. A level adds up all days so far, hence it is incomplete
          as soon as any of them is.
        - *Provisional* is a window with a day that is not over, or was not over when it was last read.

        For a level only the last day counts: the changes of all days before it are part of what was read.
        """
        if coverage.first_day is None or coverage.through is None:
            return _unknown(0, coverage.reasons or ("Nothing has been read yet.",))
        read_to = self._read_to(coverage.through)
        days_known = max(0, (min(span.last, read_to) - max(span.first, coverage.first_day)).days + 1)
        if (span.last if kind is Kind.LEVEL else span.first) < coverage.first_day:
            return _unknown(days_known, (f"Days before {coverage.first_day} have not been read.", *coverage.reasons))
        if span.last > read_to or (kind is not Kind.LEVEL and coverage.through <= self._start(span.first)):
            return _unknown(days_known, ("The source has not been read since.", *coverage.reasons))
        if _is_withheld(coverage.incomplete_before, span, kind):
            return Knowledge(known=True, quality=Quality.INCOMPLETE, days_known=days_known, reasons=coverage.reasons)
        is_closed = coverage.through >= self._end(span.last) and not any(map(span.has, self._todays))
        quality = Quality.FINAL if is_closed else Quality.PROVISIONAL
        return Knowledge(known=True, quality=quality, days_known=days_known)

    def _read_to(self, through: datetime) -> date:
        """Return the last day of which enough has been read: today follows the day that was read last."""
        day = local_day(through, self._zones[0])
        while day + _DAY in self._todays:
            day += _DAY
        return day

    def _start(self, day: date) -> datetime:
        return min(day_start(day, zone) for zone in self._zones)

    def _end(self, day: date) -> datetime:
        return max(day_end(day, zone) for zone in self._zones)


def _is_withheld(before: date | None, span: DaySpan, kind: Kind) -> bool:
    return before is not None and (kind is Kind.LEVEL or span.first < before)


def _unknown(days_known: int, reasons: tuple[str, ...]) -> Knowledge:
    return Knowledge(known=False, quality=Quality.INCOMPLETE, days_known=days_known, reasons=reasons)
