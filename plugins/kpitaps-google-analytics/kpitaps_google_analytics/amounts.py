"""Google's texts as exact amounts and days."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal

_MILLIONTH = Decimal("0.000001")
# Averages come with some 17 digits; times a number of sessions nothing is lost.
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def amount(value: str) -> Decimal:
    """Return a metric's value, to the millionth: Google computes with floats, so 12.30 may read 12.300000000000001."""
    return Decimal(value).quantize(_MILLIONTH, context=_WIDE)


def product(value: str, times: str) -> Decimal:
    """Return what an average is the average of, to the millionth: averages are all that Google tells of durations."""
    return _WIDE.multiply(Decimal(value), Decimal(times)).quantize(_MILLIONTH, context=_WIDE)


def day(value: str) -> date | None:
    """Return the day of ``20260731``; None for what Google puts in its place, such as ``(other)``."""
    try:
        return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007 - a day of the property's zone
    except ValueError:
        return None
