"""A company's own files, ``kpis.toml`` and ``goals.toml``: their tables, read one by one.

What is wrong with one table says nothing of the others: each is read by itself, and its error names file and line.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from kpitaps.errors import BadDefinition
from kpitaps.kpis.places import InFile, statements, unfinished

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path as FilePath

    from kpitaps.kpis.places import Path, Statement

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a company's file, such as ``[kpi.web_conversion]``.

    Attributes:
        file: The file's name.
        kind: The first word of its header, such as ``kpi``.
        key: The second; empty for a table that has no other beside it, such as ``[defaults]``.
        values: What it says.
        path: Where it is in the document.
        found: Which statement sets each key of the document.
    """

    file: str
    kind: str
    key: str
    values: Mapping[str, Any]
    path: Path = field(repr=False)
    found: Mapping[Path, Statement] = field(repr=False, compare=False)

    def place(self, *keys: str) -> InFile:
        """Return where the table, or a key in it, stands; where the key is absent it is where the table begins."""
        for end in range(len(keys), -1, -1):
            if statement := self.found.get((*self.path, *keys[:end])):
                break
        header = f"[{self.kind}.{self.key}]" if self.key else f"[{self.kind}]"
        return InFile(self.file, header, ".".join(keys), statement)

    def read(self, model: type[Model]) -> Model:
        """Return the table as ``model`` has it.

        Raises:
            BadDefinition: naming each key that is wrong, with its line, and what would be right.
        """
        try:
            return model.model_validate(dict(self.values))
        except ValidationError as error:
            raise BadDefinition(self._told(model, error)) from None

    def read_rest(self, model: type[Model], needed: Collection[str]) -> tuple[Model, BadDefinition | None]:
        """Return the table as ``model`` has it without the keys that are wrong, and what is wrong with them.

        Args:
            model: What it is read as.
            needed: Keys without which the table would mean something else: where one of them is wrong, all of it is.

        Raises:
            BadDefinition: if a needed key is wrong, or what is left is no such table.
        """
        try:
            return model.model_validate(dict(self.values)), None
        except ValidationError as error:
            wrong = {str(each["loc"][0]) if each["loc"] else "" for each in error.errors(include_url=False)}
            told = BadDefinition(self._told(model, error))
        if not wrong <= self.values.keys() - set(needed):
            raise told
        rest = {key: value for key, value in self.values.items() if key not in wrong}
        try:
            return model.model_validate(rest), told
        except ValidationError as error:
            raise BadDefinition(f"{told}; {self._told(model, error)}") from None

    def _told(self, model: type[BaseModel], error: ValidationError) -> str:
        """Return what is wrong, place by place: of several things that a key may be, each says what it is not."""
        problems: dict[str, list[str]] = {}
        for each in error.errors(include_url=False):
            place, said = self._said(model, dict(each))
            problems.setdefault(str(place), []).append(said)
        return "; ".join(f"{place}: {_together(said)}" for place, said in problems.items())

    def _said(self, model: type[BaseModel], error: dict[str, Any]) -> tuple[InFile, str]:
        keys = tuple(str(part) for part in error["loc"] if isinstance(part, str) and part in _keys_of(error, self))
        match error["type"]:
            case "missing":
                return self.place(*keys[:-1]), f"it lacks {'.'.join(map(str, error['loc']))}"
            case "extra_forbidden":
                *above, wrong = (str(part) for part in error["loc"])
                return self.place(*above, wrong), f"there is no such key; {near(wrong, _fields(model, above))}"
        return self.place(*keys), _problem(error)


def near(wrong: str, known: Collection[str]) -> str:
    """Return the way out for a name that does not exist: the one that was meant, or all there are."""
    meant = get_close_matches(wrong, known, n=1)
    return f"did you mean {meant[0]!r}?" if meant else f"there are {', '.join(known) or 'none yet'}"


_SHOULD = " is not right: it should be "


def _together(said: Iterable[str]) -> str:
    """Return what is wrong at one place; what is one of several types, of which none fits, is named once."""
    found: dict[str, list[str]] = {}
    for each in dict.fromkeys(said):
        given, should, expected = each.partition(_SHOULD)
        found.setdefault(given + should, []).append(expected)
    return "; ".join(start + _or(expected) for start, expected in found.items())


def _or(expected: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(expected[:-1]), expected[-1]]))


def _problem(error: Mapping[str, Any]) -> str:
    said, given = str(error["msg"]).removeprefix("Value error, ").rstrip("."), error["input"]
    if error["type"] not in ("enum", "literal_error"):
        return said.replace("Input should be ", f"{given!r:.60}{_SHOULD}", 1)
    expected = str(error["ctx"]["expected"])
    meant = get_close_matches(str(given), expected.replace("'", "").replace(" or ", ", ").split(", "), n=1)
    return f"{given!r:.60} is none of {expected}" + (f"; did you mean {meant[0]!r}?" if meant else "")


def _keys_of(error: Mapping[str, Any], table: Table) -> frozenset[str]:
    """Return the parts of an error's place that are keys: pydantic adds the names of the types that it tried."""
    if error["type"] == "missing":
        return frozenset(map(str, error["loc"]))
    return frozenset(str(part) for path in table.found for part in path[len(table.path) :])


def _fields(model: type[BaseModel], above: Collection[str]) -> list[str]:
    fields: Any = model
    for key in above:
        fields = next(
            (each for each in _models(fields.model_fields[key].annotation) if key in fields.model_fields), BaseModel
        )
    return [field.alias or name for name, field in fields.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    options = getattr(annotation, "__args__", (annotation,))
    return (each for each in options if isinstance(each, type) and issubclass(each, BaseModel))


def read_tables(path: FilePath, kind: str, *, others: Collection[str] = ()) -> tuple[Table, ...]:
    """Return the tables ``[<kind>.<key>]`` of a company's file; none where there is no file.

    Args:
        path: The file, in UTF-8.
        kind: The first word of their headers. ``[[<kind>.<key>]]`` writes several with one key.
        others: First words of tables that are there for somebody else.

    Raises:
        BadDefinition: if the file cannot be read, is no TOML, or holds something else; with line and column.
    """
    values, found = _document(path)
    if strange := next((key for key in values if key != kind and key not in others), None):
        place = InFile(path.name, strange, statement=found.get((strange,)) or _first(found, strange))
        raise BadDefinition(f"{place}: what stands in this file are tables such as [{kind}.my_{kind}]; mend its name")
    return tuple(_tables(path.name, kind, values.get(kind, {}), found))


def read_table(path: FilePath, kind: str) -> Table | None:
    """Return the table ``[<kind>]`` of a company's file, of which there is one at most.

    Raises:
        BadDefinition: if the file cannot be read, is no TOML, or has something else of that name.
    """
    values, found = _document(path)
    if (table := values.get(kind)) is None:
        return None
    if not isinstance(table, dict):
        raise BadDefinition(f"{InFile(path.name, kind, '', _first(found, kind))}: it is no table; write [{kind}]")
    return Table(path.name, kind, "", table, (kind,), found)


def _document(path: FilePath) -> tuple[dict[str, Any], Mapping[Path, Statement]]:
    """Return what a file says, and which statement sets each key; nothing where there is no file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}, {}
    except OSError as error:
        raise BadDefinition(f"{path.name} cannot be read: {error.strerror}; let kpitaps read it") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        said = f"{path.name}, line {line}: byte {error.start + 1} is not UTF-8; save the file as UTF-8"
        raise BadDefinition(said) from None
    try:
        return tomllib.loads(text), statements(text)
    except tomllib.TOMLDecodeError as error:
        where = f": what begins in line {unfinished(text)} does not end"
        said = _lowered(str(error)).replace(" (at end of document)", where)
        raise BadDefinition(f"{path.name} is not valid TOML: {said}; mend it there") from None


def _tables(file: str, kind: str, values: Any, found: Mapping[Path, Statement]) -> Iterator[Table]:
    if not isinstance(values, dict):
        raise BadDefinition(f"{InFile(file, kind, '', _first(found, kind))}: it is no table; write [{kind}.my_{kind}]")
    for key, value in values.items():
        listed = value if isinstance(value, list) else [value]
        for number, each in enumerate(listed):
            path: Path = (kind, key, number) if isinstance(value, list) else (kind, key)
            if not isinstance(each, dict):
                place = InFile(file, f"[{kind}]", key, found.get((kind, key)))
                raise BadDefinition(f"{place}: it is no table; write [{kind}.{key}] above its keys")
            yield Table(file, kind, key, each, path, found)


def _first(found: Mapping[Path, Statement], key: str) -> Statement | None:
    return next((statement for path, statement in found.items() if path[0] == key), None)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
