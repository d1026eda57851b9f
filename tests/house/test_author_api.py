"""The author API: what ``import kpitaps`` offers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kpitaps

HEAVY = {"sqlalchemy", "alembic", "starlette", "fastapi", "uvicorn", "grafana_client", "prometheus_client"}
LOAD_ALL = """
import sys, kpitaps
for name in kpitaps.__all__:
    getattr(kpitaps, name)
print(*sorted({module.partition(".")[0] for module in sys.modules}))
"""


def imported_for_type_checkers() -> dict[str, set[str]]:
    """Return module → names of the imports under ``if TYPE_CHECKING`` in kpitaps/__init__.py."""
    tree = ast.parse(Path(kpitaps.__file__).read_text())
    (guard,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in guard.body if isinstance(node, ast.ImportFrom)]
    return {str(node.module): {name.name for name in node.names} for node in imports}


def test_names_are_listed_alike_three_times() -> None:
    """What type checkers see, what is loaded on first use and what ``__all__`` promises are the same names."""
    homes = {f"kpitaps.{home}": set(names) for home, names in kpitaps._HOMES.items()}
    assert imported_for_type_checkers() == homes
    assert set(kpitaps.__all__) == set().union(*homes.values(), {"__version__"})
    assert dir(kpitaps) == sorted(kpitaps.__all__)


@pytest.mark.parametrize("name", kpitaps.__all__)
def test_every_name_can_be_imported(name: str) -> None:
    """Each promised name is there."""
    assert getattr(kpitaps, name) is not None


def test_unknown_name_is_an_attribute_error() -> None:
    """A name that is not promised is refused as Python refuses it."""
    with pytest.raises(AttributeError, match="no attribute 'Tapp'"):
        kpitaps.Tapp  # noqa: B018 - asking is the test


def test_author_api_is_light() -> None:
    """Importing all that a tap needs pulls in no database, web or Grafana library."""
    loaded = subprocess.run([sys.executable, "-c", LOAD_ALL], capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr
    assert HEAVY.isdisjoint(loaded.stdout.split())
