"""How formulas are written: the grammar, and what its parser says of text that does not follow it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from kpitaps.errors import BadDefinition

if TYPE_CHECKING:
    from kpitaps.kpis.places import Place

_GRAMMAR = r"""
?start: sum
?sum: product | sum (PLUS | MINUS) product -> operation
?product: unary | product (TIMES | OVER) unary -> operation
?unary: atom | "-" unary -> negation
?atom: "(" sum ")"
     | NUMBER -> number
     | DURATION -> duration
     | NAME ["{" [filter ("," filter)* [","]] "}"] -> name
     | NAME "(" [sum ("," sum)*] ")" -> call
filter: NAME "=" TEXT
PLUS: "+"
MINUS: "-"
TIMES: "*"
OVER: "/"
NAME: /[a-z][a-z0-9_]*/
DURATION.2: /[0-9]{1,6}[smhdwy]\b/
NUMBER: /[0-9]+(\.[0-9]+)?/
TEXT: /"([^"\\\n]|\\["\\])*"/
%ignore /[ \t\r\n]+/
"""

_EXPECTED = {
    "NUMBER": "a number",
    "NAME": "a measure or KPI",
    "TEXT": 'a label value such as "web"',
    "LPAR": "'('",
    "RPAR": "')'",
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "COMMA": "','",
    "EQUAL": "'='",
    "PLUS": "'+'",
    "MINUS": "'-'",
    "TIMES": "'*'",
    "OVER": "'/'",
    "$END": "the end",
}


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parsed(text: str, *, what: Place) -> Tree[Token]:
    """Return the tree of ``text``, which stands in the place ``what``.

    Raises:
        BadDefinition: with line and column, what cannot stand there, and what could.
    """
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        raise _misplaced(what, text, error) from None


def _misplaced(what: Place, text: str, error: UnexpectedInput) -> BadDefinition:
    line, column = error.line, error.column
    found, expected = "this", set[str]()
    if isinstance(error, UnexpectedCharacters):
        found, expected = repr(error.char), error.allowed
    elif isinstance(error, UnexpectedToken):
        found, expected = repr(str(error.token)), error.accepts or error.expected
        if error.token.type == "$END":
            # the parser reports the last token; what is missing belongs after it
            lines = text.rstrip().split("\n")
            found, line, column = "the end", len(lines), len(lines[-1]) + 1
    names = [name for terminal, name in _EXPECTED.items() if terminal in expected]
    return BadDefinition(f"{what.at(line, column)}: {found} cannot stand here; expected {' or '.join(names)}")
