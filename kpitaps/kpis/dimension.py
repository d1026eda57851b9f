"""What a part of a formula is measured in."""

from __future__ import annotations

from typing import NamedTuple

from kpitaps.units import Unit


class Dimension(NamedTuple):
    """Powers of money, time and things counted: what may be added, and what a quotient is measured in."""

    money: int = 0
    time: int = 0
    things: int = 0

    def times(self, other: Dimension, power: int = 1) -> Dimension:
        """Return the dimension of a product, or for a ``power`` of -1 of a quotient."""
        return Dimension(*(mine + power * theirs for mine, theirs in zip(self, other, strict=True)))

    def fits(self, unit: Unit) -> bool:
        """Return whether a value of this dimension may be shown in ``unit``; money per order is money."""
        if unit in (Unit.MONEY, Unit.DURATION):
            return self[:2] == DIMENSIONS[unit][:2] and self.things <= 0
        return self == DIMENSIONS[unit]

    def __str__(self) -> str:
        over = [name for name, power in zip(_WORDS, self, strict=True) for _ in range(power)]
        under = [name for name, power in zip(_WORDS, self, strict=True) for _ in range(-power)]
        return (" times ".join(over) or "a plain number") + "".join(f" per {name}" for name in under)


_WORDS = ("money", "duration", "count")

PLAIN = Dimension()
TIME = Dimension(time=1)

DIMENSIONS = {
    Unit.MONEY: Dimension(money=1),
    Unit.DURATION: TIME,
    Unit.COUNT: Dimension(things=1),
    Unit.RATIO: PLAIN,
    Unit.SCORE: PLAIN,
}
