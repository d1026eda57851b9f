"""requirements.lock: every dependency of the workspace, pinned with hashes."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from house.checkout import PROJECTS, ROOT, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = (ROOT / "requirements.lock").read_text()
PINNED = dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", LOCK, re.MULTILINE))
OURS = {settings(project)["project"]["name"] for project in PROJECTS}


def wanted() -> Iterator[str]:
    """Yield every requirement that a project of the workspace states."""
    for project in PROJECTS:
        said = settings(project)
        yield from said["build-system"]["requires"]
        yield from said["project"]["dependencies"]
        yield from chain.from_iterable(said["project"].get("optional-dependencies", {}).values())
        yield from chain.from_iterable(said.get("dependency-groups", {}).values())


@pytest.mark.parametrize("text", sorted(set(wanted())))
def test_requirement_is_locked(text: str) -> None:
    """What a pyproject.toml asks for is what the lock gives; if not, ``make lock`` was forgotten."""
    requirement = Requirement(text)
    name = canonicalize_name(requirement.name)
    if name in OURS or (requirement.marker and not requirement.marker.evaluate()):
        return
    assert name in PINNED, "run make lock"
    assert requirement.specifier.contains(PINNED[name], prereleases=True), "run make lock"


def test_every_pin_has_a_hash() -> None:
    """pip and uv refuse a file that is not the one we locked."""
    pins = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_lock_says_nothing_of_where_packages_come_from() -> None:
    """The lock holds neither an index nor a path nor one of our own packages."""
    assert not re.search(r"://|^--|^-e|file:", LOCK, re.MULTILINE)
    assert OURS.isdisjoint(PINNED)
