"""From exact values to the numbers that are shown: rounded once, at the very end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.units import Unit

if TYPE_CHECKING:
    from fractions import Fraction


def shown(value: Fraction, unit: Unit) -> float:
    """Return ``value`` as a JSON number and Prometheus sample.

    Money is rounded to six decimals, half to even; anything else is the nearest float. Whole numbers are ints.
    """
    exact = round(value, 6) if unit is Unit.MONEY else value
    return int(exact) if exact.denominator == 1 else float(exact)
