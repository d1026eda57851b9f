"""PromQL as it stands in dashboards and rules: Grafana's variables filled in, and what an expression asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import promql_parser as promql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLACEHOLDERS = {
    "__interval": "1m",
    "__interval_ms": "60000",
    "__rate_interval": "4m",
    "__range": "30d",
    "__range_s": "2592000",
    "__range_ms": "2592000000",
    "__from": "0",
    "__to": "0",
}
"""What Grafana's own variables may be: enough to parse an expression."""

_VARIABLE = re.compile(r"\$\{(?P<braced>\w+)(?::\w+)?\}|\$(?P<bare>\w+)|\[\[(?P<old>\w+)(?::\w+)?\]\]")

COUNTED_BY = frozenset({"rate", "irate", "increase"})
"""Functions that know that a counter may start again at 0."""


class UnknownVariableError(Exception):
    """A text uses a variable that nobody declared."""


@dataclass(frozen=True)
class Selected:
    """What one selector of an expression asks for.

    Attributes:
        name: The metric; empty where a matcher chooses it.
        matchers: Label, operator (`Equal`, `NotEqual`, `Re`, `NotRe`) and value of each matcher.
        seconds: The length of its range; None for an instant.
        function: The function that is applied to it; empty for none.
    """

    name: str
    matchers: tuple[tuple[str, str, str], ...]
    seconds: float | None
    function: str


def used(text: str) -> Iterator[str]:
    """Yield the names of the variables in a text."""
    for found in _VARIABLE.finditer(text):
        yield _name(found)


def interpolated(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables filled in, as Grafana does before it asks.

    Raises:
        UnknownVariableError: if there is one that is not among them.
    """

    def value(found: re.Match[str]) -> str:
        name = _name(found)
        if name not in values:
            raise UnknownVariableError(f"${name} in {text!r}")
        return values[name]

    return _VARIABLE.sub(value, text)


def selections(expression: str) -> list[Selected]:
    """Return what an expression without variables selects.

    Raises:
        ValueError: if it is no PromQL.
    """
    return list(_walk(promql.parse(expression), ""))


def _name(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group is not None)


def _walk(node: promql.Expr, function: str) -> Iterator[Selected]:
    match node:
        case promql.VectorSelector():
            yield _selected(node, None, function)
        case promql.MatrixSelector():
            yield _selected(node.vector_selector, node.range.total_seconds(), function)
        case promql.Call():
            for argument in node.args:
                yield from _walk(argument, node.func.name)
        case promql.BinaryExpr():
            yield from _walk(node.lhs, "")
            yield from _walk(node.rhs, "")
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield from _walk(node.expr, "")


def _selected(node: promql.VectorSelector, seconds: float | None, function: str) -> Selected:
    matchers = tuple((each.name, str(each.op).removeprefix("MatchOp."), each.value) for each in node.matchers.matchers)
    name = next((value for label, _, value in matchers if label == "__name__"), node.name or "")
    return Selected(name, matchers, seconds, function)
