"""Values in requests, as OData 2 writes them: ``datetime'2026-03-01'``, ``guid'…'``, ``12L``, ``'text'``.

https://www.odata.org/documentation/odata-version-2-0/overview/#AbstractTypeSystem
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kpitaps_exact_online.sandbox_wire import Kind, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<datetime>datetime'[^']*') | (?P<guid>guid'[^']*') | (?P<string>'(?:[^']|'')*')
        | (?P<long>-?\d+L) | (?P<number>-?\d+\.\d+[dDmM]?|-?\d+[dDmM]) | (?P<whole>-?\d+)
        | (?P<word>[A-Za-z_][A-Za-z0-9_]*) | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
_WHOLE_LIMIT = 2**31


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a request; ``kind`` None is null."""

    kind: Kind | None
    value: Any


def literals(text: str) -> list[Literal]:
    """Return the values in a list with commas.

    Raises:
        Refused: for anything else.
    """
    return [literal_of(*token) for token in tokens_of(text) if token != ("mark", ",")]


def tokens_of(text: str) -> list[tuple[str, str]]:
    """Return the kind and the text of each token.

    Raises:
        Refused: for what is no token.
    """
    tokens, place = [], 0
    while place < len(text.rstrip()):
        if (match := _TOKEN.match(text, place)) is None:
            raise Refused(400, f"Syntax error at position {place} in '{text}'.")
        tokens.append((str(match.lastgroup), match[match.lastgroup or 0]))
        place = match.end()
    return tokens


def literal_of(group: str, token: str) -> Literal:
    """Return the value that a token stands for.

    Raises:
        Refused: if it stands for none.
    """
    if group in _READERS:
        kind, read = _READERS[group]
        try:
            return Literal(kind, read(token))
        except ValueError:
            raise Refused(400, f"Unrecognized '{kind.value}' literal '{token}'.") from None
    if group != "word" or token not in WORDS:
        raise Refused(400, f"Syntax error at '{token}'.")
    return WORDS[token]


def _inner(token: str) -> str:
    return token[token.find("'") + 1 : -1]


def _whole(token: str) -> int:
    if abs(int(token)) >= _WHOLE_LIMIT:
        raise ValueError(token)  # an Int64 ends with an L
    return int(token)


_READERS: dict[str, tuple[Kind, Callable[[str], Any]]] = {
    "datetime": (Kind.DATE, lambda token: datetime.fromisoformat(_inner(token)).replace(tzinfo=None)),
    "guid": (Kind.GUID, lambda token: _inner(token).lower()),
    "string": (Kind.TEXT, lambda token: _inner(token).replace("''", "'")),
    "long": (Kind.LONG, lambda token: int(token[:-1])),
    "number": (Kind.NUMBER, lambda token: float(token.rstrip("dDmM"))),
    "whole": (Kind.WHOLE, _whole),
}
WORDS = {"null": Literal(None, None), "true": Literal(Kind.FLAG, True), "false": Literal(Kind.FLAG, False)}  # noqa: FBT003 - values


def written(kind: Kind, value: Any) -> str:
    """Return a value as it stands in a request."""
    if value is None:
        return "null"
    match kind:
        case Kind.DATE:
            return f"datetime'{value.isoformat(timespec='milliseconds' if value.microsecond else 'seconds')}'"
        case Kind.GUID:
            return f"guid'{value}'"
        case Kind.LONG:
            return f"{value}L"
        case Kind.TEXT:
            doubled = value.replace("'", "''")
            return f"'{doubled}'"
    return str(value).lower() if kind is Kind.FLAG else str(value)
