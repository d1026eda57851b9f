"""What a test cannot run without."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


def missing(reason: str) -> NoReturn:
    """Skip the test for this reason, or fail it where everything is promised to be there.

    Raises:
        pytest.skip.Exception: on a developer's machine.
        pytest.fail.Exception: under ``CI=true``.
    """
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (a skip on a developer's machine, a failure under CI=true)", pytrace=False)
    pytest.skip(reason)


def need(tool: str, why: str, *, also: Iterable[Path] = (), names: Iterable[str] = ()) -> Path:
    """Return where ``tool`` is.

    Args:
        tool: The program's name.
        why: What the test does with it, for the reason of a skip.
        also: Folders to look in before PATH, best first.
        names: Other names the program goes by.
    """
    places = os.pathsep.join([*map(str, also), os.environ.get("PATH", os.defpath)])
    for name in (tool, *names):
        if found := shutil.which(name, path=places):
            return Path(found)
    missing(f"{tool} is not installed: {why}")
