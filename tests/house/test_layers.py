"""Rooms import only downwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from house.checkout import PLUGINS, ROOT, package, settings


def test_import_contracts_hold() -> None:
    """import-linter finds no import that a contract in pyproject.toml forbids."""
    check = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    verdict = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_every_plugin_is_checked(plugin: Path) -> None:
    """No tap of the workspace is forgotten by the type checker, the import contracts or coverage."""
    name, tools = package(plugin).name, settings(ROOT)["tool"]
    assert name in tools["mypy"]["packages"]
    assert name in tools["importlinter"]["root_packages"]
    assert name in tools["coverage"]["run"]["source"]
    for contract in tools["importlinter"]["contracts"][1:]:
        assert name in contract["source_modules"] + contract["forbidden_modules"], contract["name"]
