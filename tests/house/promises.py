"""What the code promises to users, found in the code itself."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from typing import TYPE_CHECKING, Any

import typer

import kpitaps
from house.checkout import ROOT, modules
from kpitaps.config import Environment
from kpitaps.errors import KpitapsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

REFERENCE = ROOT / "docs" / "reference"


def described() -> str:
    """Return all that the reference pages set as code: the only place where a name counts as mentioned."""
    text = "\n".join(page.read_text() for page in sorted(REFERENCE.rglob("*.md")))
    fenced = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return "\n".join([*fenced, *inline])


def undescribed(names: set[str]) -> list[str]:
    """Return the names that the reference does not mention.

    Raises:
        AssertionError: if there are no names, because then nothing would be tested.
    """
    assert names, "nothing was found to look for"
    text = described()
    return sorted(name for name in names if not re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text))


def error_classes() -> set[str]:
    """Return the names of the root error and of all that descend from it."""
    found, waiting = set(), [KpitapsError]
    while waiting:
        error = waiting.pop()
        found.add(error.__name__)
        waiting += error.__subclasses__()
    return found


def hooks() -> set[str]:
    """Return the names of the hooks that plugins may implement."""
    specifications = (vars(module) for module in _modules_of("plugins"))
    functions = (value for names in specifications for value in names.values() if inspect.isfunction(value))
    return {function.__name__ for function in functions if hasattr(function, "kpitaps_spec")}


def commands() -> set[str]:
    """Return every command as it is typed: ``kpitaps goals add``."""
    apps = {id(value): value for module in _modules_of("cli") for value in vars(module).values() if _is_app(value)}
    inner = {id(group.typer_instance) for app in apps.values() for group in app.registered_groups}
    roots = [app for key, app in apps.items() if key not in inner]
    return {f"kpitaps {path}" for app in roots for path in _leaves(typer.main.get_command(app))}


def self_metrics() -> set[str]:
    """Return the names of the metrics that kpitaps keeps about itself."""
    return {text for text in _texts("exposition") if re.fullmatch(r"kpitaps_[a-z0-9_]+[a-z0-9]", text)}


def variables() -> set[str]:
    """Return the environment variables that are read, declared in the environment's model or by their whole name."""
    declared = {f"KPITAPS_{name}".upper() for name in Environment.model_fields}
    return declared | {text for text in _texts("") if re.fullmatch(r"KPITAPS_[A-Z_]+[A-Z]", text)}


def author_names() -> set[str]:
    """Return the names that a tap may import from ``kpitaps``."""
    return set(kpitaps.__all__) - {"__version__"}


def _modules_of(room: str) -> Iterator[ModuleType]:
    package = importlib.import_module(f"kpitaps.{room}")
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def _is_app(value: object) -> bool:
    return isinstance(value, typer.Typer)


def _leaves(command: Any) -> Iterator[str]:
    for name, inner in getattr(command, "commands", {}).items():
        if inner.hidden:
            continue
        if hasattr(inner, "commands"):
            yield from (f"{name} {path}" for path in _leaves(inner))
        else:
            yield name


def _texts(room: str) -> Iterator[str]:
    """Yield every piece of text in a room's modules, docstrings included."""
    for module in modules(ROOT):
        if module.is_relative_to(ROOT / "kpitaps" / room):
            nodes = ast.walk(ast.parse(module.read_text()))
            yield from (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
