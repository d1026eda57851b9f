"""Local days, spans of time and the windows of a company's calendar."""

from __future__ import annotations

from kpitaps.calendar.days import day_end, day_start, is_zone, local_day, utc
from kpitaps.calendar.durations import parse_duration
from kpitaps.calendar.spans import Span, Spans
from kpitaps.calendar.windows import AS_USUAL, WINDOWS, CompanyCalendar, Comparing, DaySpan

__all__ = [
    "AS_USUAL",
    "WINDOWS",
    "CompanyCalendar",
    "Comparing",
    "DaySpan",
    "Span",
    "Spans",
    "day_end",
    "day_start",
    "is_zone",
    "local_day",
    "parse_duration",
    "utc",
]
