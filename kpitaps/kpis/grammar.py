"""The language of formulas, and the compiler that finds their mistakes.

    order_revenue{sales_channel="web"} / (orders + 1.5 * previous(other_kpi))

Numbers, durations such as ``4h`` and ``1y``, measures with optional label filters, other KPIs, ``+ - * /``, a minus
sign, parentheses, and the functions of `kpitaps.kpis.functions`. Where a measure and a KPI have the same name, the
measure is meant. The catalogue imports this module only when there is a formula to compile, because it needs lark.
"""

from __future__ import annotations

from difflib import get_close_matches
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from lark import Token, Tree

from kpitaps.calendar import parse_duration
from kpitaps.errors import BadDefinition
from kpitaps.kpis.dimension import TIME
from kpitaps.kpis.distinct import summed
from kpitaps.kpis.formula import Formula
from kpitaps.kpis.functions import FUNCTIONS
from kpitaps.kpis.means import added
from kpitaps.kpis.nodes import Node, Number, Operation, Term
from kpitaps.kpis.syntax import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from kpitaps.kpis.places import Place
    from kpitaps.measures import Measure

LONGEST = 1_000
"""Characters a formula may have; what is longer is better read as several KPIs."""

DEEPEST = 100
"""Operations that may lie inside each other; evaluation walks the tree, and Python's stack has an end."""


def compile_formula(
    text: str,
    *,
    what: Place,
    measures: Mapping[str, Measure],
    kpis: Collection[str] = (),
    reference: Callable[[str], Formula | None] | None = None,
) -> Formula:
    """Return the formula that ``text`` writes.

    Args:
        text: The formula.
        what: Where it stands, which errors begin with.
        measures: The measures it may use.
        kpis: The keys of the KPIs it may use.
        reference: Returns the formula of the KPI with a key; None if that is not valid itself.

    Raises:
        BadDefinition: with line and column, what is wrong there, and what would be right.
    """
    compiler = _Compiler(what, measures, kpis, reference)
    if len(text) > LONGEST:
        raise BadDefinition(f"{what}: its formula is longer than {LONGEST} characters; split it into several KPIs")
    formula = Formula.of(text, compiler.node(parsed(text, what=what)))
    if not formula.terms:
        raise BadDefinition(f"{what}: {text!r} uses no measure; a KPI needs at least one")
    return formula


class _Compiler:
    def __init__(
        self,
        what: Place,
        measures: Mapping[str, Measure],
        kpis: Collection[str],
        reference: Callable[[str], Formula | None] | None,
    ) -> None:
        self._what = what
        self._measures = measures
        self._kpis = kpis
        self._reference = reference

    def node(self, tree: Tree[Token], depth: int = 1) -> Node:
        if depth > DEEPEST:
            raise BadDefinition(f"{self._what}: its formula is nested too deeply; split it into several KPIs")
        match tree.data, tree.children:
            case "operation", [Tree() as left, Token() as sign, Tree() as right]:
                return self._operation(self.node(left, depth + 1), sign, self.node(right, depth + 1))
            case "negation", [Tree() as part]:
                turned = self.node(part, depth + 1)
                return Operation(Number(Fraction(0), turned.dimension), "-", turned, turned.dimension)
            case "number", [Token() as number]:
                return Number(Fraction(str(number)))
            case "duration", [Token() as duration]:
                return Number(Fraction(parse_duration(str(duration)).total_seconds()), TIME)
            case "name", [Token() as name, *filters]:
                pairs = [_pair(one) for one in filters if isinstance(one, Tree)]
                return self._named(name, pairs)
            case "call", [Token() as name, *parts]:
                return self._called(name, [self.node(part, depth + 1) for part in parts if isinstance(part, Tree)])
        raise AssertionError(f"the grammar has no rule {tree.data}")

    def _operation(self, left: Node, sign: Token, right: Node) -> Node:
        if sign in ("*", "/"):
            dimension = left.dimension.times(right.dimension, 1 if sign == "*" else -1)
        elif left.dimension == right.dimension:
            dimension = left.dimension
        else:
            verb = "add" if sign == "+" else "subtract"
            raise self._error(
                sign, f"cannot {verb} {left.dimension} and {right.dimension}; both sides need the same unit"
            )
        if sign in ("+", "-") and (pair := summed(left, sign, right)):
            raise self._error(sign, _twice(*pair))
        if sign in ("+", "-") and (mean := added(left, sign, right)):
            raise self._error(
                sign,
                f"{mean} is a mean, and the sum of two is none: the parts are of unequally many; take {mean} without a "
                f"filter or over the longer window, or multiply each mean by the number of things it is of",
            )
        return Operation(left, str(sign), right, dimension)

    def _called(self, name: Token, parts: list[Node]) -> Node:
        if function := FUNCTIONS.get(name):
            return function.compiled(parts, partial(self._error, name))
        near = get_close_matches(name, FUNCTIONS, n=1)
        way_out = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(FUNCTIONS)}"
        raise self._error(name, f"there is no function {str(name)!r}; {way_out}")

    def _named(self, name: Token, filters: list[tuple[Token, str]]) -> Node:
        if measure := self._measures.get(name):
            return Term(measure.key, self._where(measure, filters), measure)
        if name not in self._kpis or self._reference is None:
            near = get_close_matches(name, [*self._measures, *self._kpis], n=1)
            way_out = f"did you mean {near[0]!r}?" if near else "`kpitaps measures` lists them"
            raise self._error(name, f"there is no measure or KPI {str(name)!r}; {way_out}")
        if filters:
            raise self._error(
                filters[0][0], f"{name} is a KPI, and only a measure takes a filter; put it on the measures"
            )
        if (formula := self._reference(str(name))) is None:
            raise self._error(name, f"the KPI {name} is not valid itself; mend that one first")
        return formula.node

    def _where(self, measure: Measure, filters: list[tuple[Token, str]]) -> tuple[tuple[str, str], ...]:
        where: dict[str, str] = {}
        for label, value in filters:
            if label not in measure.labels:
                declared = ", ".join(measure.labels) or "none"
                meant = get_close_matches(label, measure.labels, n=1)
                way_out = f"; did you mean {meant[0]!r}?" if meant else ""
                raise self._error(label, f"{measure.key} has no label {str(label)!r}: declared are {declared}{way_out}")
            if label in where:
                raise self._error(label, f"label {str(label)!r} is filtered twice; keep one of the two")
            where[str(label)] = value
        return tuple(sorted(where.items()))

    def _error(self, token: Token, problem: str) -> BadDefinition:
        assert token.line is not None
        assert token.column is not None
        return BadDefinition(f"{self._what.at(token.line, token.column)}: {problem}")


def _twice(one: str, other: str) -> str:
    if one == other:
        return (
            f"{one} counts distinct subjects, so its parts do not add up: who is in both would count twice; take {one} "
            "without a filter or over the longer window, or a measure that adds up"
        )
    return (
        f"{one} and {other} count distinct subjects: who is in both would count twice in their sum; make a KPI of "
        "each, or take measures that add up"
    )


def _pair(tree: Tree[Token]) -> tuple[Token, str]:
    label, text = tree.children
    assert isinstance(label, Token)
    return label, str(text)[1:-1].replace('\\"', '"').replace("\\\\", "\\")
