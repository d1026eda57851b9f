"""The parts of compiled formulas: frozen trees of exact arithmetic.

Whatever looks beyond the window, such as ``previous(…)``, was pushed down to the leaves by the compiler: a leaf
knows in which days it is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kpitaps.kpis.dimension import DIMENSIONS, PLAIN, TIME, Dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from fractions import Fraction
    from typing import TypeAlias

    from kpitaps.measures import Measure

    Leaf: TypeAlias = "Term | Length"
    """A part whose value comes from outside the formula."""

    Values: TypeAlias = Mapping[Leaf, Fraction | None]
    """The values of a formula's leaves."""

Move = int
"""A step from a window to other days: `PREVIOUS`, `LAST_YEAR`, or n for the n-th full month back."""

PREVIOUS: Move = 0
"""To the previous comparable window."""

LAST_YEAR: Move = -1
"""To the same window a year before."""


class Take(StrEnum):
    """What is taken of a measure in a window."""

    WINDOW = "window"
    """A flow's sum over the window, a level on its last day."""
    START = "start"
    """A level just before the window."""
    MEAN = "mean"
    """The mean of a level over the window's days."""
    EVER = "ever"
    """A flow's sum over all days up to the window's end."""


class Node(Protocol):
    """A part of a formula."""

    @property
    def dimension(self) -> Dimension:
        """What its value is measured in."""

    def value(self, values: Values) -> Fraction | None:
        """Return its value, given those of its leaves; None where a leaf has none or a divisor is zero."""

    def leaves(self) -> Iterator[Leaf]:
        """Yield its leaves from left to right."""

    def moved(self, move: Move) -> Node:
        """Return the same of the days that ``move`` leads to."""

    def chosen(self, is_fed: Callable[[str], bool]) -> Node | None:
        """Return it with each choice made by what is fed; None if it needs a measure that is not."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written; a duration counts seconds."""

    number: Fraction
    dimension: Dimension = PLAIN

    def value(self, values: Values) -> Fraction | None:  # noqa: ARG002 - a number needs none
        """Return the number."""
        return self.number

    def leaves(self) -> Iterator[Leaf]:
        """Yield nothing."""
        return iter(())

    def moved(self, move: Move) -> Node:  # noqa: ARG002 - a number is the same everywhere
        """Return itself."""
        return self

    def chosen(self, is_fed: Callable[[str], bool]) -> Node | None:  # noqa: ARG002 - a number needs no source
        """Return itself."""
        return self


@dataclass(frozen=True, slots=True)
class Term:
    """A measure, of which ``where`` may select a part; ``moves`` lead to the days in which it is read."""

    key: str
    where: tuple[tuple[str, str], ...]
    measure: Measure = field(compare=False, repr=False)
    take: Take = Take.WINDOW
    moves: tuple[Move, ...] = ()

    @property
    def dimension(self) -> Dimension:
        """What the measure is measured in."""
        return DIMENSIONS[self.measure.unit]

    def value(self, values: Values) -> Fraction | None:
        """Return the measure's value."""
        return values[self]

    def leaves(self) -> Iterator[Leaf]:
        """Yield itself."""
        yield self

    def moved(self, move: Move) -> Node:
        """Return the same measure, read elsewhere."""
        return replace(self, moves=(move, *self.moves))

    def chosen(self, is_fed: Callable[[str], bool]) -> Node | None:
        """Return itself if it is fed."""
        return self if is_fed(self.key) else None


@dataclass(frozen=True, slots=True)
class Length:
    """How long the window is, in seconds; a day has 24 hours here, also where the clock changes."""

    moves: tuple[Move, ...] = ()
    dimension: Dimension = TIME

    def value(self, values: Values) -> Fraction | None:
        """Return the length."""
        return values[self]

    def leaves(self) -> Iterator[Leaf]:
        """Yield itself."""
        yield self

    def moved(self, move: Move) -> Node:
        """Return the length of other days."""
        return replace(self, moves=(move, *self.moves))

    def chosen(self, is_fed: Callable[[str], bool]) -> Node | None:  # noqa: ARG002 - a length needs no source
        """Return itself."""
        return self


@dataclass(frozen=True, slots=True)
class Operation:
    """Two parts, and one of ``+ - * / max`` between them."""

    left: Node
    sign: str
    right: Node
    dimension: Dimension

    def value(self, values: Values) -> Fraction | None:
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
            case "max":
                return max(left, right)
            case _:
                return left / right if right else None

    def leaves(self) -> Iterator[Leaf]:
        """Yield the leaves of both parts."""
        yield from self.left.leaves()
        yield from self.right.leaves()

    def moved(self, move: Move) -> Node:
        """Return the same operation on other days."""
        return replace(self, left=self.left.moved(move), right=self.right.moved(move))

    def chosen(self, is_fed: Callable[[str], bool]) -> Node | None:
        """Return the operation with the choices of both parts made; None if either part is not fed."""
        left, right = self.left.chosen(is_fed), self.right.chosen(is_fed)
        return None if left is None or right is None else replace(self, left=left, right=right)


@dataclass(frozen=True, slots=True)
class Choice:
    """Several ways to the same figure, the best first: a company takes the first whose measures are all fed."""

    options: tuple[Node, ...]
    dimension: Dimension

    def value(self, values: Values) -> Fraction | None:  # noqa: ARG002 - there is none
        """Never return: the choice is made when it is known what is fed, before there are values."""
        raise AssertionError("a choice has no value before it is made")

    def leaves(self) -> Iterator[Leaf]:
        """Yield the leaves of all options."""
        for option in self.options:
            yield from option.leaves()

    def moved(self, move: Move) -> Node:
        """Return the same choice on other days."""
        return replace(self, options=tuple(option.moved(move) for option in self.options))

    def chosen(self, is_fed: Callable[[str], bool]) -> Node | None:
        """Return the first option that is fed."""
        return next(filter(None, (option.chosen(is_fed) for option in self.options)), None)
