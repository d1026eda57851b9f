"""Hysteresis: a status gets better at once, and worse only when that is no passing dip."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from kpitaps.kpis.goals.figure import Status

if TYPE_CHECKING:
    from datetime import date

HOLD = 3
"""Days in a row that must say worse before the status does."""

MARGIN = Fraction(5, 100)
"""How far below its threshold an attainment shows at once."""

SETTLED = Fraction(1, 10)
"""The part of a period before which nothing shows at once: the first days say little."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A status over several days.

    Attributes:
        status: What is shown.
        since: The day from which on it has been shown.
        judged: What the last day itself said.
        judged_since: The day from which on the days have said worse than what is shown; else the last day.
    """

    status: Status
    since: date
    judged: Status
    judged_since: date


def stepped(before: Standing | None, day: date, judged: Status, *, hold: int, at_once: bool) -> Standing:
    """Return what is shown at the end of ``day``.

    Args:
        before: What was shown the day before; None if nothing was.
        day: The day.
        judged: What it says by itself.
        hold: Days in a row that must say worse, this one included.
        at_once: Whether it is so much worse that there is no waiting.
    """
    if before is None or Status.UNKNOWN in (judged, before.status):
        since = day if before is None or before.status is not judged else before.since
        return Standing(judged, since, judged, day)
    if not judged.is_worse_than(before.status):
        since = before.since if judged is before.status else day
        return Standing(judged, since, judged, day)
    has_been_worse = before.judged.is_worse_than(before.status)
    judged_since = before.judged_since if has_been_worse else day
    if at_once or (day - judged_since).days + 1 >= hold:
        return Standing(judged, day, judged, day)
    return Standing(before.status, before.since, judged, judged_since)
