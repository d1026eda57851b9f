"""Small: the tail of long modules and functions is what to watch."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from house.checkout import PROJECTS, ROOT, modules

if TYPE_CHECKING:
    from pathlib import Path

MODULE_LINES = 400
FUNCTION_LINES = 60

# "path" or "path:function" → why it may be longer. Empty, and best kept so.
EXCEPTIONS: dict[str, str] = {}

MODULES = [module for project in PROJECTS for module in modules(project)]


def too_long(module: Path) -> dict[str, int]:
    """Return what is too long in a module: name → lines."""
    name, text = module.relative_to(ROOT).as_posix(), module.read_text()
    lengths = {
        f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    found = {function: length for function, length in lengths.items() if length > FUNCTION_LINES}
    if (length := text.count("\n")) > MODULE_LINES:
        found[name] = length
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.relative_to(ROOT).as_posix())
def test_module_and_its_functions_are_short(module: Path) -> None:
    """A module has at most 400 lines and a function at most 60, or a reason."""
    assert {name: length for name, length in too_long(module).items() if name not in EXCEPTIONS} == {}


def test_exceptions_are_needed() -> None:
    """An exception whose code has become short goes."""
    assert set(EXCEPTIONS) <= {name for module in MODULES for name in too_long(module)}
