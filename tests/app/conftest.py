"""What tests of digests share."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from app.digest_world import World, read_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def digest_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has read a shop; tests work on copies."""
    home = tmp_path_factory.mktemp("digest") / "home"
    read_shop(home)
    return home


@pytest.fixture
def digest_world(digest_home: Path, tmp_path: Path) -> Iterator[World]:
    """A company that has read its shop, half an hour after its digest was due."""
    shutil.copytree(digest_home, tmp_path / "home")
    with ExitStack() as stack:
        yield World(tmp_path / "home", stack)
