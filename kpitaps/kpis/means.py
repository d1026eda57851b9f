"""What formulas must not do with means, such as a mean time: the sum of a measure's means is no mean of the whole.

A mean of one label and a mean of another, or of two months, are made of unequally many things. What they have together
is known only to the measure itself, which keeps sums and numbers apart and divides last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.kpis.nodes import Choice, Operation, Term
from kpitaps.units import Kind

if TYPE_CHECKING:
    from kpitaps.kpis.nodes import Node

_Signed = frozenset[tuple[str, bool]]
"""The measures whose means a part adds up, and whether it takes them away."""

_NONE: _Signed = frozenset()


def mean_in(node: Node) -> str | None:
    """Return the key of a measure whose mean a part is, or adds up; None if there is none."""
    return next((key for key, _ in sorted(_means(node))), None)


def added(left: Node, sign: str, right: Node) -> str | None:
    """Return the key of a measure of which ``left + right``, or ``left - right``, would add up two means."""
    ours, theirs = _means(left), _means(right)
    both = ours & (_turned(theirs) if sign == "-" else theirs)
    return next((key for key, _ in sorted(both)), None)


def _means(node: Node) -> _Signed:
    match node:
        case Term(measure=measure):
            is_mean = measure.kind in (Kind.DURATION, Kind.RATIO)
            return frozenset({(measure.key, False)}) if is_mean else _NONE
        case Choice(options=options):
            return _NONE.union(*map(_means, options))
        case Operation(left=left, sign="-", right=right):
            return _means(left) | _turned(_means(right))
        case Operation(left=left, sign="*" | "/" as sign, right=right):
            return _product(left, sign, right)
        case Operation(left=left, right=right):
            return _means(left) | _means(right)
    return _NONE


def _product(left: Node, sign: str, right: Node) -> _Signed:
    """Return the means in a product or quotient; a mean times how many there are is a sum, and sums add up."""
    if next(right.leaves(), None) is None:
        return _scaled(_means(left), right)
    return _scaled(_means(right), left) if sign == "*" and next(left.leaves(), None) is None else _NONE


def _scaled(means: _Signed, by: Node) -> _Signed:
    number = by.value({})
    return _turned(means) if number is not None and number < 0 else means


def _turned(means: _Signed) -> _Signed:
    return frozenset((key, not is_taken) for key, is_taken in means)
