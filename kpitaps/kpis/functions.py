"""The functions of formulas, as data: how each is written, what it says, and how it is compiled.

A function looks beyond the window or chooses between parts. It refuses, when a KPI is defined, what the kind of a
measure forbids.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.kpis.dimension import PLAIN, Dimension
from kpitaps.kpis.distinct import counts_in
from kpitaps.kpis.means import mean_in
from kpitaps.kpis.nodes import LAST_YEAR, PREVIOUS, Choice, Length, Node, Number, Operation, Take, Term
from kpitaps.units import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kpitaps.errors import BadDefinition

    Refuse = Callable[[str], BadDefinition]
    """Turns a problem into the error that says where in the formula it is."""

    Build = Callable[[Sequence[Node], Refuse], Node]

MOST_MONTHS = 24
"""Months that ``monthly`` goes back at most."""


class Function(NamedTuple):
    """A function: how it is written, how many parts it takes at least and at most, its meaning, its compiler."""

    form: str
    parts: tuple[int, int]
    says: str
    build: Build

    def compiled(self, parts: Sequence[Node], refuse: Refuse) -> Node:
        """Return the node of this function over ``parts``."""
        if not self.parts[0] <= len(parts) <= self.parts[1]:
            raise refuse(f"the function is written {self.form}, and here it has {len(parts)} parts")
        return self.build(parts, refuse)


def _previous(parts: Sequence[Node], _: Refuse) -> Node:
    return parts[0].moved(PREVIOUS)


def _last_year(parts: Sequence[Node], _: Refuse) -> Node:
    return parts[0].moved(LAST_YEAR)


def _monthly(parts: Sequence[Node], refuse: Refuse) -> Node:
    part, months = parts
    if not isinstance(months, Number) or months.number not in range(1, MOST_MONTHS + 1):
        raise refuse(f"monthly() goes back a whole number of months, 1 to {MOST_MONTHS}, such as monthly(x, 3)")
    if any(move > 0 for leaf in part.leaves() for move in leaf.moves):
        raise refuse("monthly() cannot stand inside monthly(); take the mean once")
    if months.number > 1 and (counted := counts_in(part).over):
        key = next(iter(counted.values()))
        raise refuse(
            f"monthly() adds up full months, and {key} counts distinct subjects: who is in two of them would count "
            f"twice; take {key} over a longer window, or a measure that adds up"
        )
    if months.number > 1 and (mean := mean_in(part)):
        raise refuse(
            f"monthly() would weigh months alike, and {mean} is a mean, of more things in one month than in another; "
            f"take {mean} over a longer window"
        )
    each = [part.moved(back) for back in range(1, int(months.number) + 1)]
    together = reduce(lambda left, right: Operation(left, "+", right, part.dimension), each)
    return Operation(together, "/", Number(months.number), part.dimension)


def _start(parts: Sequence[Node], refuse: Refuse) -> Node:
    return _taken("start", parts[0], Take.START, Kind.LEVEL, refuse)


def _mean(parts: Sequence[Node], refuse: Refuse) -> Node:
    return _taken("mean", parts[0], Take.MEAN, Kind.LEVEL, refuse)


def _ever(parts: Sequence[Node], refuse: Refuse) -> Node:
    return _taken("ever", parts[0], Take.EVER, Kind.FLOW, refuse)


def _taken(name: str, part: Node, take: Take, kind: Kind, refuse: Refuse) -> Node:
    if not isinstance(part, Term) or part.take is not Take.WINDOW or part.moves:
        raise refuse(f"{name}() takes one measure; put it on each measure, and other functions around it")
    if part.measure.kind is Kind.DISTINCT:
        raise refuse(
            f"{name}() takes a {kind}, and {part.key} counts distinct subjects: who is there on two days would count "
            f"twice; leave out {name}(), or compare with previous({part.key})"
        )
    if part.measure.kind is not kind:
        raise refuse(f"{name}() takes a {kind}, and {part.key} is a {part.measure.kind}: {_WAY_OUT[take]}")
    return replace(part, take=take)


_WAY_OUT = {
    Take.START: "it is worth nothing at one moment; previous() gives it in the window before",
    Take.MEAN: "it has no value per day to take the mean of; monthly(x, 3) gives the mean of full months",
    Take.EVER: "it cannot be added up over time; leave out ever()",
}


def _max(parts: Sequence[Node], refuse: Refuse) -> Node:
    left, right = parts
    return Operation(left, "max", right, _common("max", parts, refuse))


def _first(parts: Sequence[Node], refuse: Refuse) -> Node:
    return Choice(tuple(parts), _common("first", parts, refuse))


def _common(name: str, parts: Sequence[Node], refuse: Refuse) -> Dimension:
    """Return the dimension of all parts; zero is zero in each of them."""
    dimensions = {part.dimension: None for part in parts if not (isinstance(part, Number) and not part.number)}
    if len(dimensions) > 1:
        raise refuse(f"{name}() takes parts of one unit, not {' and '.join(map(str, dimensions))}")
    return next(iter(dimensions), PLAIN)


def _length(_: Sequence[Node], __: Refuse) -> Node:
    return Length()


_MANY = 9

FUNCTIONS = {
    "previous": Function("previous(x)", (1, 1), "x in the previous comparable window", _previous),
    "last_year": Function("last_year(x)", (1, 1), "x in the same window a year before", _last_year),
    "start": Function("start(x)", (1, 1), "the level x just before the window", _start),
    "mean": Function("mean(x)", (1, 1), "the mean of the level x over the window's days", _mean),
    "ever": Function("ever(x)", (1, 1), "the flow x over all days up to the window's end", _ever),
    "monthly": Function(
        "monthly(x, 3)", (2, 2), "the mean of x in the last three calendar months that are full", _monthly
    ),
    "length": Function("length()", (0, 0), "the window's length in seconds, at 24 hours a day", _length),
    "max": Function("max(0, x)", (2, 2), "the larger of two", _max),
    "first": Function("first(x, y)", (2, _MANY), "x where its measures are fed, else y", _first),
}
"""Every function by its name."""
