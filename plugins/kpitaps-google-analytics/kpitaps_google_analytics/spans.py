"""The days that a span of time is about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps import DaySpan

if TYPE_CHECKING:
    from kpitaps import Context, Span

SPAN = "span"
"""The name of a report's only date range."""


def days_of(ctx: Context, span: Span) -> DaySpan:
    """Return the property's days that ``span`` touches."""
    return DaySpan(ctx.day(span.start), ctx.day(span.end - timedelta(microseconds=1)))
