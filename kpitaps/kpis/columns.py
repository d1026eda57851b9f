"""Formulas over columns: the value of a formula on many days at once, exactly, with integers alone.

The same arithmetic as `kpitaps.kpis.nodes` has for one value, without bringing each step to lowest terms: that is what
takes longest where thousands of values are needed and each is rounded in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.kpis.day_sums import quotient
from kpitaps.kpis.nodes import Length, Number, Operation, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpitaps.kpis.day_sums import Column, Quotient
    from kpitaps.kpis.nodes import Leaf, Node

    _Operate = Callable[[Quotient, Quotient], Quotient | None]


def column(node: Node, leaves: Mapping[Leaf, Column], days: int) -> Column:
    """Return a formula's value on each day.

    Args:
        node: The formula's tree, whose choices have been made.
        leaves: The values of its leaves.
        days: How many days there are.
    """
    match node:
        case Term() | Length():
            return leaves[node]
        case Number(number=number):
            return [(number.numerator, number.denominator)] * days
        case Operation(left=left, sign=sign, right=right):
            operate = _OPERATIONS[sign]
            pairs = zip(column(left, leaves, days), column(right, leaves, days), strict=True)
            return [None if one is None or two is None else operate(one, two) for one, two in pairs]
    raise AssertionError("a choice has no value before it is made")


def _add(one: Quotient, two: Quotient) -> Quotient:
    if one[1] == two[1]:
        return one[0] + two[0], one[1]
    return one[0] * two[1] + two[0] * one[1], one[1] * two[1]


def _subtract(one: Quotient, two: Quotient) -> Quotient:
    return _add(one, (-two[0], two[1]))


def _multiply(one: Quotient, two: Quotient) -> Quotient:
    return one[0] * two[0], one[1] * two[1]


def _divide(one: Quotient, two: Quotient) -> Quotient | None:
    return quotient(one[0] * two[1], one[1] * two[0])


def _larger(one: Quotient, two: Quotient) -> Quotient:
    return one if one[0] * two[1] >= two[0] * one[1] else two


_OPERATIONS: dict[str, _Operate] = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide, "max": _larger}
