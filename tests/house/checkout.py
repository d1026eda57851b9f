"""The checkout these tests judge: its files, its projects, its modules."""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from parts.needs import need

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(file.parent for file in ROOT.glob("plugins/*/pyproject.toml"))
PROJECTS = (ROOT, *PLUGINS)


@cache
def files() -> tuple[Path, ...]:
    """Return every file that is committed, or would be by ``git add --all``."""
    git = need("git", "it knows which files belong to the checkout")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(file for file in found if file.is_file())


def settings(project: Path) -> dict[str, Any]:
    """Return a project's pyproject.toml."""
    return tomllib.loads((project / "pyproject.toml").read_text())


def package(project: Path) -> Path:
    """Return the folder of the package that a project ships."""
    name: str = settings(project)["project"]["name"]
    return project / name.replace("-", "_")


def modules(project: Path) -> list[Path]:
    """Return the modules that people write in a project's package: migrations are generated."""
    inside = (file for file in files() if file.suffix == ".py" and file.is_relative_to(package(project)))
    return [file for file in inside if "versions" not in file.parts]
