"""Compiled formulas: frozen trees of exact arithmetic.

The windows' sums are put in last, so a ratio is a ratio of sums, never a sum of ratios.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kpitaps.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    from kpitaps.measures import Measure


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

DIMENSIONS = {
    Unit.MONEY: Dimension(money=1),
    Unit.DURATION: Dimension(time=1),
    Unit.COUNT: Dimension(things=1),
    Unit.RATIO: Dimension(),
    Unit.SCORE: Dimension(),
}


class Node(Protocol):
    """A part of a formula."""

    @property
    def dimension(self) -> Dimension:
        """What its value is measured in."""

    def value(self, values: Mapping[Term, Fraction | None]) -> Fraction | None:
        """Return its value, given those of its terms; None where a term has none or a divisor is zero."""

    def terms(self) -> Iterator[Term]:
        """Yield its terms from left to right."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written."""

    number: Fraction

    @property
    def dimension(self) -> Dimension:
        """Nothing: a plain number."""
        return Dimension()

    def value(self, values: Mapping[Term, Fraction | None]) -> Fraction | None:  # noqa: ARG002 - a number needs none
        """Return the number."""
        return self.number

    def terms(self) -> Iterator[Term]:
        """Yield nothing."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Term:
    """A measure, of which ``where`` may select a part."""

    key: str
    where: tuple[tuple[str, str], ...]
    measure: Measure = field(compare=False, repr=False)

    @property
    def dimension(self) -> Dimension:
        """What the measure is measured in."""
        return DIMENSIONS[self.measure.unit]

    def value(self, values: Mapping[Term, Fraction | None]) -> Fraction | None:
        """Return the measure's value."""
        return values[self]

    def terms(self) -> Iterator[Term]:
        """Yield itself."""
        yield self


@dataclass(frozen=True, slots=True)
class Negation:
    """A part with its sign turned."""

    part: Node

    @property
    def dimension(self) -> Dimension:
        """What the part is measured in."""
        return self.part.dimension

    def value(self, values: Mapping[Term, Fraction | None]) -> Fraction | None:
        """Return the part's value with its sign turned."""
        inner = self.part.value(values)
        return None if inner is None else -inner

    def terms(self) -> Iterator[Term]:
        """Yield the part's terms."""
        return self.part.terms()


@dataclass(frozen=True, slots=True)
class Operation:
    """Two parts, and one of ``+ - * /`` between them."""

    left: Node
    sign: str
    right: Node
    dimension: Dimension

    def value(self, values: Mapping[Term, Fraction | None]) -> Fraction | None:
        """Return the result; None if either part has no value or the divisor is zero."""
        left, right = self.left.value(values), self.right.value(values)
        if left is None or right is None:
            return None
        match self.sign:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case _:
                return left / right if right else None

    def terms(self) -> Iterator[Term]:
        """Yield the terms of both parts."""
        yield from self.left.terms()
        yield from self.right.terms()


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was found valid.

    Attributes:
        text: As it was written.
        node: The tree it compiles to; references to other KPIs are already put in.
        terms: The measures it needs, each once, in the order in which they appear.
    """

    text: str
    node: Node
    terms: tuple[Term, ...]

    def value(self, values: Mapping[Term, Fraction | None]) -> Fraction | None:
        """Return the exact value, given those of the terms; None where there is none."""
        return self.node.value(values)
