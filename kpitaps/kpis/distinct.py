"""What formulas must not do with distinct counts: who is in two of them would count twice in their sum.

A quotient or a difference of such counts is sound: revenue per visitor, visitors that are not new, the change since the
window before. A sum is not, over days, windows and labels alike, nor of two measures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kpitaps.kpis.nodes import Choice, Operation, Term
from kpitaps.units import Kind

if TYPE_CHECKING:
    from kpitaps.kpis.nodes import Node

_Signed = dict[int, str]
"""The measure of a distinct count that enters with sign 1, and of one that enters with sign -1."""


class Counts(NamedTuple):
    """The distinct counts in a part of a formula: above the line, and below it."""

    over: _Signed
    under: _Signed


def counts_in(node: Node) -> Counts:
    """Return which distinct counts a part is made of."""
    match node:
        case Term(measure=measure):
            return Counts({1: measure.key} if measure.kind is Kind.DISTINCT else {}, {})
        case Choice(options=options):
            parts = [counts_in(option) for option in options]
            return Counts(_united(*(part.over for part in parts)), _united(*(part.under for part in parts)))
        case Operation(left=left, sign=sign, right=right):
            return _joined(left, sign, right)
    return Counts({}, {})


def summed(left: Node, sign: str, right: Node) -> tuple[str, str] | None:
    """Return two distinct counts that ``left + right``, or ``left - right``, would add up; None if there are none."""
    ours, theirs = counts_in(left).over, counts_in(right).over
    if sign == "-":
        theirs = _turned(theirs)
    return next(((ours[way], theirs[way]) for way in (1, -1) if way in ours and way in theirs), None)


def _joined(left: Node, sign: str, right: Node) -> Counts:
    ours, theirs = counts_in(left), counts_in(right)
    match sign:
        case "-":
            return Counts(_united(ours.over, _turned(theirs.over)), _united(ours.under, theirs.under))
        case "*" | "/":
            if _is_negative(right):
                ours = Counts(_turned(ours.over), ours.under)
            if _is_negative(left):
                theirs = Counts(_turned(theirs.over), theirs.under)
            if sign == "/":
                theirs = Counts(theirs.under, theirs.over)
    return Counts(_united(ours.over, theirs.over), _united(ours.under, theirs.under))


def _is_negative(node: Node) -> bool:
    """Return whether a part is a negative number; what is measured is taken to be none."""
    if next(node.leaves(), None) is not None:
        return False
    value = node.value({})
    return value is not None and value < 0


def _turned(signed: _Signed) -> _Signed:
    return {-way: key for way, key in signed.items()}


def _united(*signed: _Signed) -> _Signed:
    return {way: key for each in reversed(signed) for way, key in each.items()}
