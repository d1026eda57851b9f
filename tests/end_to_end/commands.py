"""The real command line, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.app import Runtime, sync_all
from kpitaps.config import Environment
from kpitaps.store.engine import Database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PATIENCE = 90


@dataclass(frozen=True)
class Commands:
    """kpitaps as a person runs it.

    Attributes:
        home: Where it keeps its data.
        host: The shop's host name.
        url: Where the shop's sandbox listens.
        database_url: Its ledger; by default a file in the home.
    """

    home: Path
    host: str
    url: str
    database_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the process: ours, without what is set for kpitaps."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("KPITAPS_")}
        given = {"HOME": str(self.home), "ROUTES": f"{self.host}={self.url}", "DATABASE_URL": self.database_url}
        return {**ours, **{f"KPITAPS_{name}": value for name, value in given.items()}}

    @staticmethod
    def line(*arguments: str) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-m", "kpitaps", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.line(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def connect(self, settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Add the shop."""
        given = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
        return self.run("add", "shopify", *given)

    def sync_here(self) -> None:
        """Sync in this process, which starts faster, and expect that all goes well."""
        environment = Environment(home=self.home, database_url=self.database_url, routes={self.host: self.url})
        with Runtime(environment) as runtime:
            assert [result.errors for result in sync_all(runtime)] == [{}]

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open the ledger beside the command line."""
        database = Database(self.database_url or f"sqlite:///{self.home / 'kpitaps.db'}")
        try:
            yield database
        finally:
            database.close()
