"""Changing ``goals.toml``: what people wrote around a change, comments included, stays as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from kpitaps.app.goals import company_keys
from kpitaps.errors import BadDefinition, BadUse
from kpitaps.kpis.files import near
from kpitaps.kpis.goals import read_goals
from kpitaps.kpis.goals.book import FILE, KIND
from kpitaps.kpis.goals.table import GoalTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tomlkit import TOMLDocument
    from tomlkit.items import Table

    from kpitaps.app.runtime import Runtime
    from kpitaps.store import Company

_TEXTS = frozenset(field.alias or name for name, field in GoalTable.model_fields.items() if field.annotation is str)
"""Keys whose value is a text, whatever it looks like."""


def add_goal(runtime: Runtime, company: Company, key: str, texts: Mapping[str, str]) -> None:
    """Write a new goal to the end of the file, which is made if there is none.

    Args:
        runtime: The process.
        company: Whose goal it is.
        key: Its name.
        texts: Its keys and values, as people type them.

    Raises:
        BadUse: if there is a goal of that name.
        BadDefinition: if it is not valid; nothing is written then.
    """
    import tomlkit  # noqa: PLC0415 - only what writes needs it

    document = _document(runtime)
    goals = document.setdefault(KIND, tomlkit.table(is_super_table=True))
    if key in goals:
        raise BadUse(f"there is a goal {key!r} already: change it with kpitaps goals set {key}")
    table = tomlkit.table()
    if len(company_keys(runtime)) > 1:
        table["company"] = company.key
    _put(table, texts)
    table.add(tomlkit.nl())
    goals[key] = table
    _write(runtime, company, key, document)


def set_goal(runtime: Runtime, company: Company, key: str, texts: Mapping[str, str]) -> None:
    """Change keys of a goal; an empty text takes the key away.

    Raises:
        BadUse: if there is no goal of that name.
        BadDefinition: if it would not be valid; nothing is written then.
    """
    document = _document(runtime)
    _put(_goal(runtime, document, company, key), texts)
    _write(runtime, company, key, document)


def remove_goal(runtime: Runtime, company: Company, key: str) -> None:
    """Take a goal out of the file; how it stood on past days stays in the ledger.

    Raises:
        BadUse: if there is no goal of that name.
    """
    document = _document(runtime)
    _goal(runtime, document, company, key)
    del document[KIND][key]
    _replace(runtime.goals.path, document.as_string())


def _document(runtime: Runtime) -> TOMLDocument:
    import tomlkit  # noqa: PLC0415
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        return tomlkit.parse(runtime.goals.path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError, OSError) as error:
        raise BadDefinition(f"{runtime.goals.path}: {error}; mend it before it can be changed from here") from None


def _goal(runtime: Runtime, document: TOMLDocument, company: Company, key: str) -> Table:
    goals: Any = document.get(KIND, {})
    if key not in goals:
        known = near(key, list(goals)) if goals else "there are none yet"
        raise BadUse(f"there is no goal {key!r} in {FILE}; {known}")
    table: Any = goals[key]
    if isinstance(table, list):
        raise BadUse(f"there are several goals {key!r} in {FILE}: change them there")
    whose = table.get("company") or next(iter(company_keys(runtime)), company.key)
    if whose != company.key:
        raise BadUse(f"the goal {key!r} is of company {whose!r}: name it with --company")
    return table  # type: ignore[no-any-return]


def _put(table: Table, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        if text.strip():
            table[name] = _value(name, text)
        elif name in table:
            del table[name]


def _value(name: str, text: str) -> Any:
    """Return a text as TOML would have it: 250_000 is a number, 2026-12-31 a date, '4 h' a text."""
    if name in _TEXTS:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text


def _write(runtime: Runtime, company: Company, key: str, document: TOMLDocument) -> None:
    text = document.as_string()
    with TemporaryDirectory() as folder:
        draft = Path(folder) / runtime.goals.path.name
        draft.write_text(text, encoding="utf-8")
        book = read_goals(
            draft,
            {definition.kpi.key: definition for definition in runtime.kpis.of(company).catalogue.definitions},
            company=company.key,
            currency=company.currency,
            companies=company_keys(runtime),
        )
    wrong = [problem for problem in book.problems if f"[{KIND}.{key}]" in str(problem) or not book.is_readable]
    if wrong and all(goal.key != key for goal in book.goals):
        raise wrong[0]
    _replace(runtime.goals.path, text)


def _replace(path: Path, text: str) -> None:
    """Write the file as a whole or not at all: whoever reads it meanwhile sees the one or the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
