"""From exact values to the numbers that are shown: rounded once, at the very end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.units import MICRO, Unit

if TYPE_CHECKING:
    from fractions import Fraction


def shown(value: Fraction, unit: Unit) -> float:
    """Return ``value`` as a JSON number and Prometheus sample.

    Money is rounded to six decimals, half to even; anything else is the nearest float. Whole numbers are ints.
    """
    exact = round(value, 6) if unit is Unit.MONEY else value
    return int(exact) if exact.denominator == 1 else float(exact)


def shown_quotient(over: int, under: int, unit: Unit) -> float:
    """Return what `shown` makes of ``over / under``, as a float, many times faster; ``under`` is above zero."""
    if unit is not Unit.MONEY:
        return over / under
    micros, rest = divmod(over * MICRO, under)
    if 2 * rest > under or (2 * rest == under and micros % 2):
        micros += 1
    return micros / MICRO
