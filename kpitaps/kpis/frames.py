"""Where a leaf of a formula is read: the days that its moves lead to from a window."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar import AS_USUAL, CompanyCalendar, Comparing, DaySpan
from kpitaps.kpis.nodes import LAST_YEAR, PREVIOUS, Move

if TYPE_CHECKING:
    from datetime import date

_DAY = timedelta(days=1)


class Frame(NamedTuple):
    """Days that are compared as the window of that name is."""

    window: str
    span: DaySpan
    how: Comparing = AS_USUAL


class Frames:
    """The windows of a company as of one day, and the ways from them to other days."""

    def __init__(self, calendar: CompanyCalendar, today: date) -> None:
        self._calendar = calendar
        self._today = today
        self._reached: dict[tuple[Frame, tuple[Move, ...]], DaySpan] = {}

    def now(self, window: str, how: Comparing = AS_USUAL) -> Frame:
        """Return the window itself, which is compared as ``how`` says."""
        return Frame(window, self._calendar.window(window, self._today), how)

    def last_year(self, frame: Frame) -> Frame:
        """Return the same days a year before."""
        return frame._replace(span=self._calendar.last_year(frame.window, self._asked(frame), frame.how))

    def previous(self, frame: Frame) -> Frame:
        """Return the comparable days before."""
        return frame._replace(span=self._calendar.previous(frame.window, self._asked(frame), frame.how))

    def _asked(self, frame: Frame) -> date:
        """Return the day as of which the window is ``frame``."""
        # A window ends on the day it is asked for, or on the day before at the latest.
        return frame.span.last if self._calendar.is_open(frame.window, self._today) else frame.span.last + _DAY

    def reached(self, frame: Frame, moves: tuple[Move, ...]) -> DaySpan:
        """Return the days that ``moves`` lead to, the first one first."""
        if not moves:
            return frame.span
        if (frame, moves) not in self._reached:
            place = frame
            for move in moves:
                place = self._step(place, move)
            self._reached[frame, moves] = place.span
        return self._reached[frame, moves]

    def _step(self, frame: Frame, move: Move) -> Frame:
        if move == PREVIOUS:
            return self.previous(frame)
        return self.last_year(frame) if move == LAST_YEAR else self._month(frame, move)

    def _month(self, frame: Frame, back: int) -> Frame:
        """Return the calendar month that is the ``back``-th full one at the end of the days; a day must be over."""
        over = min(frame.span.last + _DAY, self._today)
        return Frame("last_month", self._calendar.full_month(over, back))
