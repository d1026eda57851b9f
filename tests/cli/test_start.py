"""Starting: what is not needed is not loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli.program import PROGRAM
from kpitaps import __version__

LOADED = """
import sys
from kpitaps.__main__ import main
sys.argv = ["kpitaps", *sys.argv[1:]]
try:
    main()
finally:
    print(*sorted({module.partition(".")[0] for module in sys.modules}), file=sys.stderr)
"""


def loaded(*arguments: str) -> set[str]:
    """Return the packages that were loaded when a command ended."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return set(done.stderr.split())


def test_version_loads_next_to_nothing() -> None:
    """``kpitaps --version`` needs neither the command line's library nor any other large one."""
    assert loaded("--version").isdisjoint({"typer", "pydantic", "sqlalchemy", "httpx", "rich"})


@pytest.mark.parametrize("arguments", [["--help"], ["sync", "--help"], ["demo", "--help"], ["run", "--help"]])
def test_help_loads_no_large_library(arguments: list[str]) -> None:
    """Help needs no database, no web server and no HTTP client."""
    assert loaded(*arguments).isdisjoint({"sqlalchemy", "alembic", "starlette", "uvicorn", "httpx"})


@pytest.mark.parametrize("command", [[str(PROGRAM)], [sys.executable, "-m", "kpitaps"]])
def test_version_is_told(command: list[str]) -> None:
    """The installed command and the module both tell the version."""
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"kpitaps {__version__}\n", "")
