"""Where a definition stands, for errors that lead a person to the very character.

tomllib tells no positions. But a valid document is a row of statements, each of which is a small document itself: what
`tomllib` makes of one says which keys it sets, without a second reader of TOML.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Path = tuple[str | int, ...]
    """Keys from the document's root on; the number of an element where tables are listed (``[[kpi.x]]``)."""


class Place(Protocol):
    """Where a definition stands."""

    def __str__(self) -> str:
        """Return it as errors begin."""

    def at(self, line: int, column: int) -> str:
        """Return where in the definition's text, both from 1."""


@dataclass(frozen=True, slots=True)
class InProgram:
    """The place of a definition that ships: only its name tells where it is."""

    what: str

    def __str__(self) -> str:
        return self.what

    def at(self, line: int, column: int) -> str:
        """Return where in the definition's text, both from 1."""
        return f"{self.what}, line {line}, column {column}"


class Statement(NamedTuple):
    """One statement of a TOML document: where it begins, from 1, and its text."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class InFile:
    """The place of a table, or of one key of it, in a file.

    Attributes:
        file: The file's name.
        table: The table as its header names it, such as ``[kpi.web_conversion]``.
        key: The key; empty for the whole table.
        statement: The statement that sets it; None where that was not found.
    """

    file: str
    table: str
    key: str = ""
    statement: Statement | None = None

    def __str__(self) -> str:
        return self._said(f"line {self.statement.line}" if self.statement else "")

    def at(self, line: int, column: int) -> str:
        """Return where in the file the character ``line`` and ``column`` of the key's text stands."""
        where = _in_file(self.statement, self.key, line, column) if self.statement else None
        if where is None:
            return f"{self}, line {line}, column {column} of its text"
        return self._said(f"line {where[0]}, column {where[1]}")

    def _said(self, where: str) -> str:
        return ", ".join(part for part in (self.file, where, f"{self.table} {self.key}".strip()) if part)


def statements(text: str) -> Mapping[Path, Statement]:
    """Return which statement of a valid TOML document sets each key and opens each table."""
    found: dict[Path, Statement] = {}
    listed: dict[Path, int] = {}
    header: Path = ()
    for statement, values in _parsed(text):
        if statement.text.lstrip().startswith("["):
            header = _header(values, listed)
            found.setdefault(header, statement)
            continue
        for path in _paths(values):
            found.setdefault((*header, *path), statement)
    return found


def _parsed(text: str) -> Iterator[tuple[Statement, dict[str, Any]]]:
    pending: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        pending.append(line)
        together = "\n".join(pending)
        try:
            values = tomllib.loads(together)
        except tomllib.TOMLDecodeError:
            # a text or a list that goes on in the next line
            continue
        yield Statement(number - len(pending) + 1, together), values
        pending = []


def unfinished(text: str) -> int:
    """Return the line, from 1, in which the statement begins that a document breaks off in."""
    return sum(statement.text.count("\n") + 1 for statement, _ in _parsed(text)) + 1


def _header(values: dict[str, Any], listed: dict[Path, int]) -> Path:
    """Return the table that a header opens; each ``[[…]]`` of one name opens the next of its tables."""
    path: Path = ()
    inside: Any = values
    while inside and isinstance(inside, dict):
        ((key, inside),) = inside.items()
        path = (*path, key)
        if isinstance(inside, list):
            listed[path] = listed.get(path, -1) + 1
        if path in listed:
            path = (*path, listed[path])
    return path


def _paths(values: dict[str, Any]) -> Iterator[Path]:
    for key, value in values.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *path) for path in _paths(value))


_ESCAPED = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[ \t]*\n\s*|.)|.", re.DOTALL)


def _in_file(statement: Statement, key: str, line: int, column: int) -> tuple[int, int] | None:
    """Return line and column in the file of a character of the text that ``statement`` gives to ``key``."""
    opening = re.search(rf"(?<![\w-])[\"']?{re.escape(key)}[\"']?\s*=\s*(\"\"\"\n?|'''\n?|\"|')", statement.text)
    if opening is None:
        return None
    offset, quote = opening.end(), opening[1].rstrip("\n")
    line_now, column_now = 1, 1
    while (line_now, column_now) != (line, column):
        if offset >= len(statement.text) or statement.text.startswith(quote, offset):
            return None
        piece = statement.text[offset]
        if quote[0] == '"' and (escaped := _ESCAPED.match(statement.text, offset)):
            piece = escaped[0]
        offset += len(piece)
        if re.fullmatch(r"\\\s+", piece):
            continue
        is_new_line = piece in ("\n", "\\n")
        line_now, column_now = (line_now + 1, 1) if is_new_line else (line_now, column_now + 1)
    before = statement.text[:offset]
    return statement.line + before.count("\n"), offset - (before.rfind("\n") + 1) + 1
