"""The dashboards against the types that Grafana publishes of them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from parts.contracts import FetchError
from parts.needs import missing, need
from parts.npm import SCHEMA, install

from grafana.committed import Committed, committed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def compiler() -> tuple[Path, Path]:
    """Node and TypeScript's compiler."""
    node = need("node", "TypeScript's compiler runs on it", names=["nodejs"])
    try:
        modules = install(SCHEMA)
    except FetchError as reason:
        missing(str(reason))
    return node, modules / "typescript/bin/tsc"


def complaints(compiler: tuple[Path, Path], folder: Path, lines: list[str]) -> str:
    """Return what the compiler says of these lines."""
    (folder / "dashboards.ts").write_text(
        "\n".join([f"import type {{ Model, Panels, Query }} from {json.dumps(str(SCHEMA / 'types'))};", *lines])
    )
    project = {"extends": str(SCHEMA / "tsconfig.json"), "files": ["dashboards.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(project))
    done = subprocess.run(
        [*compiler, "--project", folder],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def typed(dashboard: Committed) -> list[str]:
    """Return a dashboard and each of its panels as constants of the type that it is said to have."""
    lines = [_constant("Model", dashboard.model, dashboard)]
    for panel in dashboard.shown:
        kind, where = panel["type"], f"{dashboard}: {panel['title']}"
        custom = panel.get("fieldConfig", {}).get("defaults", {}).get("custom", {})
        lines += [
            _constant(f"Panels['{kind}']['options']", panel.get("options", {}), where),
            _constant(f"Panels['{kind}']['custom']", custom, where),
            *(_constant("Query", query, where) for query in panel.get("targets", ())),
        ]
    return lines


def _constant(kind: str, value: Any, where: object) -> str:
    return f"{{ const _: {kind} = {json.dumps(value)}; }} // {where}"


def test_dashboards_have_the_published_types(compiler: tuple[Path, Path], tmp_path: Path) -> None:
    """Every dashboard, the options of every panel and every query are as Grafana says they are."""
    assert committed()
    assert complaints(compiler, tmp_path, [line for each in committed() for line in typed(each)]) == ""


def test_compiler_would_complain(compiler: tuple[Path, Path], tmp_path: Path) -> None:
    """An option that Grafana does not know is found, and so is a property of the wrong type."""
    lines = ["const a: Panels['stat']['options'] = {'colorMode': 'purple'};", "const b: Model = {'uid': 5};"]
    said = complaints(compiler, tmp_path, lines)
    assert "purple" in said
    assert "number" in said
