"""A shop, a home that has read it, and the command line in this process: the real one, only quicker to start."""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_shopify.sandbox import Sandbox

from kpitaps.cli import run
from kpitaps.testing import Clock, Story, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

FAST = 20_000
SCOPES = ("read_orders", "read_all_orders", "read_customers")


@dataclass(frozen=True)
class Shop:
    """A sandbox that answers.

    Attributes:
        sandbox: The sandbox.
        url: Where it is.
    """

    sandbox: Sandbox
    url: str

    @property
    def routes(self) -> str:
        """What ``KPITAPS_ROUTES`` is set to."""
        return f"{self.sandbox.host}={self.url}"

    def settings(self, **other: str) -> list[str]:
        """Return the options that connect it."""
        return [f"--set={name}={value}" for name, value in {**self.sandbox.settings, **other}.items()]


@contextmanager
def open_shop(*, currency: str = "EUR", scopes: Sequence[str] = SCOPES) -> Iterator[Shop]:
    """Open a shop that is some months old, in real time."""
    founded = (datetime.now(UTC) - timedelta(days=70)).date()
    story = Story(founded=founded, currency=currency, orders_per_day=2)
    sandbox = Sandbox(story, Clock(ticking=True), plan=FAST, scopes=scopes)
    with serve(sandbox.app) as url:
        yield Shop(sandbox, url)


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed on stdout, which is JSON and nothing else."""
        return json.loads(self.out)


class CommandLine:
    """Runs commands in this process, with only the ``KPITAPS_*`` variables that are set here.

    Attributes:
        home: The folder of its data.
    """

    def __init__(self, home: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._patch = patch
        self._capture = capture
        for name in os.environ:
            if name.startswith("KPITAPS_"):
                patch.delenv(name)
        patch.setenv("KPITAPS_HOME", str(home))

    def set(self, **variables: str) -> None:
        """Set variables, named without ``KPITAPS_``."""
        for name, value in variables.items():
            self._patch.setenv(f"KPITAPS_{name.upper()}", value)

    def __call__(self, *arguments: str) -> Said:
        """Run a command."""
        self._capture.readouterr()
        code = run(arguments)
        said = self._capture.readouterr()
        return Said(code, said.out, said.err)


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """A shop that nobody makes trouble for."""
    with open_shop() as opened:
        yield opened


@pytest.fixture(scope="session")
def read_home(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has read the shop; tests work on copies."""
    home = tmp_path_factory.mktemp("read") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KPITAPS_HOME", str(home))
        patch.setenv("KPITAPS_ROUTES", shop.routes)
        assert run(["add", "shopify", "--json", *shop.settings()]) == 0
        assert run(["sync", "--json"]) == 0
    return home


@pytest.fixture
def kpitaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line on an empty home."""
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def connected(kpitaps: CommandLine, shop: Shop, read_home: Path) -> CommandLine:
    """The command line on a home that has read the shop."""
    shutil.copytree(read_home, kpitaps.home)
    kpitaps.set(routes=shop.routes)
    return kpitaps


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Install a one-file plugin, as pip would, for the length of the test."""
    folder = tmp_path / "site"

    def put(name: str, code: str) -> None:
        about = folder / f"kpitaps_{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: kpitaps-{name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[kpitaps]\n{name} = kpitaps_{name}\n")
        (folder / f"kpitaps_{name}.py").write_text(code)
        monkeypatch.syspath_prepend(str(folder))
        # Another test's plugin of that name must not be taken for this one.
        monkeypatch.delitem(sys.modules, f"kpitaps_{name}", raising=False)

    return put
