"""How the days of a KPI are put together by tools that know nothing of measures: told with each row.

A quotient of sums is kept as its two sides, which add up over days; dividing them last gives what the engine gives.
What follows from the last day, as a level does, is that day's value. Nothing else may be put together at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from kpitaps.kpis.nodes import Number, Operation, Take, Term
from kpitaps.units import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.kpis.formula import Formula
    from kpitaps.kpis.nodes import Leaf, Node
    from kpitaps.kpis.series import Sums


class RollUp(StrEnum):
    """What the value of several days is made of."""

    SUM = "sum"
    """The sum of the days' values."""
    DIVIDE = "divide"
    """The sum of the days' numerators, divided by that of their denominators."""
    LAST = "last"
    """The value of the last day."""
    NONE = "none"
    """Only the window itself knows: read `kpi_window`."""


@dataclass(frozen=True, slots=True)
class Side:
    """The numerator, or else the denominator, of a measure that is a quotient itself: seconds, or over how many."""

    term: Term
    is_upper: bool


Addends: TypeAlias = "Mapping[Term | Side, int | Fraction]"
"""What adds up over days, in millionths: of flows the day's sum, of quotients each side."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sum of things that add up over days, each times a number."""

    parts: tuple[tuple[Term | Side, int | Fraction], ...]

    @classmethod
    def of(cls, part: Term | Side) -> Line:
        """Return the sum of one thing."""
        return cls(((part, 1),))

    def plus(self, other: Line, times: int | Fraction = 1) -> Line:
        """Return this sum and ``times`` the other."""
        parts = dict(self.parts)
        for part, factor in other.parts:
            parts[part] = parts.get(part, 0) + factor * times
        return Line(tuple((part, _whole(factor)) for part, factor in parts.items() if factor))

    def times(self, number: int | Fraction) -> Line:
        """Return ``number`` times the sum."""
        return Line(tuple((part, _whole(factor * number)) for part, factor in self.parts if number))

    def value(self, addends: Addends) -> int | Fraction:
        """Return what the sum comes to, in millionths."""
        return sum(factor * addends[part] for part, factor in self.parts)


def _whole(number: int | Fraction) -> int | Fraction:
    """Return a whole number as what it is: sums of them are many times faster."""
    return int(number) if number == int(number) else number


class Quotient(NamedTuple):
    """A sum over another; ``under`` is None for a plain sum."""

    over: Line
    under: Line | None = None


def quotient(formula: Formula) -> Quotient | None:
    """Return the formula as sums that add up over days; None if it is nothing of the kind."""
    found = _read(formula.node)
    return found if isinstance(found, Quotient) else None


def roll_up(formula: Formula) -> RollUp:
    """Return how days of the formula are put together."""
    found = quotient(formula)
    if found is not None:
        return RollUp.SUM if found.under is None else RollUp.DIVIDE
    leaves = formula.leaves
    return RollUp.LAST if leaves and all(map(_is_of_last_day, leaves)) else RollUp.NONE


def addends(term: Term, sums: Sums) -> dict[Term | Side, int | Fraction]:
    """Return what a day's sums of a measure are to a `Line`."""
    if term.measure.kind in _QUOTIENTS:
        return {Side(term, is_upper=True): sums.numerator, Side(term, is_upper=False): sums.denominator}
    return {term: sums.numerator}


_QUOTIENTS = (Kind.DURATION, Kind.RATIO)

_Read: TypeAlias = "Quotient | Fraction | None"
"""What a part of a formula is: sums, a plain number, or neither."""


def _read(node: Node) -> _Read:
    match node:
        case Number(number=number):
            return number
        case Term(take=Take.WINDOW, moves=()) if node.measure.kind is Kind.FLOW:
            return Quotient(Line.of(node))
        case Term(take=Take.WINDOW, moves=()) if node.measure.kind in _QUOTIENTS:
            return Quotient(Line.of(Side(node, is_upper=True)), Line.of(Side(node, is_upper=False)))
        case Operation(left=left, sign=sign, right=right):
            return _joined(_read(left), sign, _read(right))
    return None


def _joined(left: _Read, sign: str, right: _Read) -> _Read:
    if left is None or right is None:
        return None
    match sign:
        case "+" | "-":
            return _added(left, right, Fraction(1 if sign == "+" else -1))
        case "*":
            return _multiplied(left, right)
        case "/":
            return _divided(left, right)
    return None


def _multiplied(left: Quotient | Fraction, right: Quotient | Fraction) -> _Read:
    if isinstance(left, Fraction):
        return left * right if isinstance(right, Fraction) else _scaled(right, left)
    return _scaled(left, right) if isinstance(right, Fraction) else None


def _divided(left: Quotient | Fraction, right: Quotient | Fraction) -> _Read:
    if isinstance(right, Fraction):
        return _multiplied(left, 1 / right) if right else None
    is_plain = isinstance(left, Quotient) and left.under is None and right.under is None
    return Quotient(left.over, right.over) if isinstance(left, Quotient) and is_plain else None


def _added(left: Quotient | Fraction, right: Quotient | Fraction, sign: Fraction) -> _Read:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left + sign * right
    if isinstance(left, Fraction) and isinstance(right, Quotient):
        return _shifted(_scaled(right, sign), left)
    if isinstance(right, Fraction) and isinstance(left, Quotient):
        return _shifted(left, sign * right)
    assert isinstance(left, Quotient)
    assert isinstance(right, Quotient)
    if left.under != right.under:
        return None
    return Quotient(left.over.plus(right.over, sign), left.under)


def _shifted(part: Quotient, number: Fraction) -> Quotient | None:
    """Return the quotient and a number: that is a quotient, too; of a sum it is none, as every day would add it."""
    if part.under is None:
        return part if not number else None
    return Quotient(part.over.plus(part.under, number), part.under)


def _scaled(part: Quotient, number: Fraction) -> Quotient:
    return Quotient(part.over.times(number), part.under)


def _is_of_last_day(leaf: Leaf) -> bool:
    """Return whether a leaf is the same in all windows that end on one day."""
    if not isinstance(leaf, Term):
        return False
    if leaf.moves:
        # full months before a day
        return leaf.moves[0] > 0
    return leaf.take is Take.EVER or (leaf.take is Take.WINDOW and leaf.measure.kind is Kind.LEVEL)
