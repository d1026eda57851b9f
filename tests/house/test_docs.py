"""What is promised is in the reference, and the docs build."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from house import promises
from house.checkout import ROOT
from kpitaps.errors import KpitapsError

if TYPE_CHECKING:
    from collections.abc import Callable

LOADS_FROM_ELSEWHERE = re.compile(
    r"<(?:script|img|iframe)[^>]+src=.?https?:|<link[^>]+stylesheet[^>]+https?:|@import.{0,9}https?:"
)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(promises.error_classes, id="errors"),
        pytest.param(promises.author_names, id="author API"),
        pytest.param(promises.hooks, id="hooks"),
        pytest.param(promises.commands, id="commands"),
        pytest.param(promises.self_metrics, id="metrics"),
        pytest.param(promises.variables, id="variables"),
    ],
)
def test_what_is_promised_is_described(names: Callable[[], set[str]]) -> None:
    """Every name that users meet stands in docs/reference."""
    assert promises.undescribed(names()) == []


def test_exit_codes_are_described() -> None:
    """The reference gives each error the exit code that it has."""
    page = (promises.REFERENCE / "errors-and-exit-codes.md").read_text()
    waiting = [KpitapsError]
    for error in waiting:
        waiting += error.__subclasses__()
        assert any(f"`{error.__name__}`" in line and f"| {error.exit_code} |" in line for line in page.splitlines())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The docs, built as strictly as can be: every link leads somewhere."""
    folder = tmp_path_factory.mktemp("site")
    program = Path(sys.executable).with_name("mkdocs")
    # Not --quiet: it drops the warnings before --strict can count them.
    build = [str(program), "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_built(site: Path) -> None:
    """Every page under docs/ becomes a page of the site, but for the fragments of the changelog."""
    sources = {page.relative_to(ROOT / "docs").with_suffix("") for page in (ROOT / "docs").rglob("*.md")}
    built = {page.relative_to(site).with_suffix("") for page in site.rglob("*.html")}
    assert {page for page in sources if page.parts[0] != "changelog.d"} == built - {Path("404")}


def test_built_docs_load_nothing_from_elsewhere(site: Path) -> None:
    """The site works without the internet: no fonts, styles or scripts of others."""
    assert [page.name for page in site.rglob("*.html") if LOADS_FROM_ELSEWHERE.search(page.read_text())] == []
