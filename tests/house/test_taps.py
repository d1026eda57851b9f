"""What holds for every tap of the workspace: small modules, and nothing but what a third party may use."""

from __future__ import annotations

import ast
import sys
from statistics import median
from typing import TYPE_CHECKING

import pytest

import kpitaps
from house.checkout import PLUGINS, modules, package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEDIAN_LINES = 120
EVERYWHERE = {*sys.stdlib_module_names, "pydantic", "pydantic_core"}

taps = pytest.mark.parametrize("tap", PLUGINS, ids=lambda tap: tap.name)


def imported(module: Path) -> Iterator[tuple[str, str]]:
    """Yield module and name of every import, those for type checkers included; a plain import has no name."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (("." * node.level + (node.module or ""), alias.name) for alias in node.names)


def is_allowed(tap: str, module: Path, source: str, name: str) -> bool:
    """Return whether a tap's module may import this."""
    if source == "kpitaps":
        return name in kpitaps.__all__ or (name == "testing" and module.stem.startswith("sandbox"))
    if source.startswith("kpitaps.testing"):
        return module.stem.startswith("sandbox")
    return source.partition(".")[0] in {tap, *EVERYWHERE}


@taps
def test_median_module_is_short(tap: Path) -> None:
    """Half of a tap's modules have at most 120 lines, its sandbox included."""
    lengths = [module.read_text().count("\n") for module in modules(tap)]
    assert median(lengths) <= MEDIAN_LINES, sorted(lengths)


@taps
def test_tap_imports_what_anybody_may(tap: Path) -> None:
    """The author API, pydantic and the standard library; its sandbox also ``kpitaps.testing``."""
    found = {
        (module.name, source, name)
        for module in modules(tap)
        for source, name in imported(module)
        if not is_allowed(package(tap).name, module, source, name)
    }
    assert sorted(found) == []
