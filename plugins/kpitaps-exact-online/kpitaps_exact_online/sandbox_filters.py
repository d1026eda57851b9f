"""What `$filter` means: a small part of OData 2's grammar, refused where Exact Online would refuse it.

https://www.odata.org/documentation/odata-version-2-0/uri-conventions/
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpitaps_exact_online.sandbox_literals import WORDS, Literal, literal_of, tokens_of
from kpitaps_exact_online.sandbox_wire import Kind, Refused

if TYPE_CHECKING:
    from kpitaps_exact_online.sandbox_wire import Fields

Test = Callable[[Any, Any], bool]
"""Whether a condition holds for what the division holds and one of its things."""

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TURNED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_FITS: dict[Kind, tuple[Kind, ...]] = {
    Kind.GUID: (Kind.GUID,),
    Kind.TEXT: (Kind.TEXT,),
    Kind.WHOLE: (Kind.WHOLE, Kind.LONG, Kind.NUMBER),
    Kind.LONG: (Kind.WHOLE, Kind.LONG),
    Kind.NUMBER: (Kind.WHOLE, Kind.LONG, Kind.NUMBER),
    Kind.DATE: (Kind.DATE,),
    Kind.FLAG: (Kind.FLAG,),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """What a filter asks for.

    Attributes:
        test: Whether it holds.
        least: A version below which it never holds.
        fields: What it looks at.
    """

    test: Test
    least: int = 0
    fields: frozenset[str] = frozenset()


def condition(text: str, fields: Fields) -> Condition:
    """Return what a filter asks for.

    Raises:
        Refused: if it is not well formed, or compares what cannot be compared.
    """
    parser = _Parser(tokens_of(text), fields)
    found = parser.either()
    parser.end()
    return found


class _Parser:
    """Reads tokens from left to right: ``or`` binds least, then ``and``, then ``not``."""

    def __init__(self, tokens: list[tuple[str, str]], fields: Fields) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._fields = fields

    def either(self) -> Condition:
        left = self._both()
        while self._takes("word", "or"):
            left = _either(left, self._both())
        return left

    def end(self) -> None:
        if self._tokens[0][0] != "end":
            raise Refused(400, f"Syntax error at '{self._tokens[0][1]}'.")

    def _both(self) -> Condition:
        left = self._one()
        while self._takes("word", "and"):
            left = _both(left, self._one())
        return left

    def _one(self) -> Condition:
        if self._takes("word", "not"):
            inner = self._one()
            return Condition(lambda books, thing: not inner.test(books, thing), fields=inner.fields)
        if self._takes("mark", "("):
            inner = self.either()
            if not self._takes("mark", ")"):
                raise Refused(400, f"')' expected at '{self._tokens[0][1]}'.")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        first, (group, name), second = self._operand(), self._next(), self._operand()
        if group != "word" or name not in _OPERATORS:
            raise Refused(400, f"Syntax error at '{name}'.")
        if isinstance(first, Literal) and isinstance(second, str):
            first, name, second = second, _TURNED.get(name, name), first
        if not isinstance(first, str) or not isinstance(second, Literal):
            raise Refused(400, "A property is compared with a value.")
        return self._compared(first, name, second)

    def _compared(self, name: str, symbol: str, literal: Literal) -> Condition:
        field = self._fields[name]
        if literal.kind is not None and literal.kind not in _FITS[field.kind]:
            raise Refused(
                400,
                f"Operator '{symbol}' incompatible with operand types '{field.kind.value}' and '{literal.kind.value}'.",
            )
        compare, value, read = _OPERATORS[symbol], literal.value, field.read

        def test(books: Any, thing: Any) -> bool:
            held = read(books, thing)
            if held is None or value is None:
                return compare(held, value) if symbol in ("eq", "ne") else False
            return compare(held, value)

        is_version = field.kind is Kind.LONG and symbol in ("gt", "ge", "eq")
        return Condition(test, value if is_version else 0, frozenset({name}))

    def _operand(self) -> str | Literal:
        group, token = self._next()
        if group == "word" and token not in WORDS:
            if token not in self._fields:
                raise Refused(400, f"No property '{token}' exists in this type at position 0.")
            return token
        return literal_of(group, token)

    def _next(self) -> tuple[str, str]:
        if self._tokens[0][0] == "end":
            raise Refused(400, "The filter ends too early.")
        return self._tokens.pop(0)

    def _takes(self, group: str, token: str) -> bool:
        if self._tokens[0] != (group, token):
            return False
        self._tokens.pop(0)
        return True


def _both(one: Condition, other: Condition) -> Condition:
    least = max(one.least, other.least)
    return Condition(lambda b, t: one.test(b, t) and other.test(b, t), least, one.fields | other.fields)


def _either(one: Condition, other: Condition) -> Condition:
    least = min(one.least, other.least)
    return Condition(lambda b, t: one.test(b, t) or other.test(b, t), least, one.fields | other.fields)
