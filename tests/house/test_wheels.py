"""What users install."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from house.checkout import PROJECTS, files, package

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: package(project).name)
def test_wheel_holds_the_whole_package_and_nothing_else(project: Path, tmp_path: Path) -> None:
    """A wheel holds every file of its package, ``py.typed`` among them, and no tests or docs."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    done = subprocess.run(build, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    home = package(project)
    assert f"{home.name}/py.typed" in held
    assert held == {file.relative_to(project).as_posix() for file in files() if file.is_relative_to(home)}
