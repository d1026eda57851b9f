"""A private PostgreSQL cluster, and a fresh database of either kind for each test."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from signal import SIGINT
from typing import TYPE_CHECKING

import psycopg
import pytest

from parts.needs import missing, need
from parts.processes import as_user, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WHY = "it runs the tests' private PostgreSQL cluster"
CONNECT_TIMEOUT = 10
INITDB = ("--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
}


def _binaries() -> list[Path]:
    """Return Debian's folders of PostgreSQL programs, the newest version first; they are not on PATH."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(folders, key=lambda folder: float(folder.parent.name), reverse=True)


def _account() -> str | None:
    """Return whom to run the cluster as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    known = [name for name in ("postgres", "nobody") if name in names]
    if not known:
        missing("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
    return known[0]


@contextmanager
def _cluster() -> Iterator[str]:
    initdb, server = (need(tool, WHY, also=_binaries()) for tool in ("initdb", "postgres"))
    account = _account()
    # Not under pytest's own folder: that is closed to the account the server runs as.
    with tempfile.TemporaryDirectory(prefix="kpitaps-pg-") as name:
        home = Path(name)
        if account is not None:
            shutil.chown(home, account)
        subprocess.run(
            [initdb, "--pgdata", home / "data", *INITDB],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=home,
            **as_user(account),
        )
        options = [f"--{key}={value}" for key, value in FAST.items()]

        def command(port: int) -> list[str]:
            return [str(server), "-D", str(home / "data"), "-p", str(port), "-k", str(home), *options]

        with serving(command, _answers, home / "log", stop=SIGINT, user=account) as port:
            yield _url(port, "postgres")


def _url(port: int, database: str) -> str:
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/{database}"


def _answers(port: int) -> bool:
    try:
        psycopg.connect(_plain(_url(port, "postgres")), connect_timeout=CONNECT_TIMEOUT).close()
    except psycopg.OperationalError:
        return False
    return True


def _plain(url: str) -> str:
    """Return SQLAlchemy's URL in the form that libpq knows."""
    return url.replace("+psycopg", "", 1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The SQLAlchemy URL of a private cluster's own database, one cluster per test process."""
    with _cluster() as url:
        yield url


@pytest.fixture(scope="session")
def _database_numbers() -> Iterator[int]:
    """Number the databases of one cluster."""
    return count(1)


@pytest.fixture
def new_postgres_database(postgres_url: str, _database_numbers: Iterator[int]) -> Iterator[Callable[[], str]]:
    """Makes empty PostgreSQL databases and returns their URLs; dropped after the test with all who still use them."""
    names: list[str] = []

    def make() -> str:
        names.append(f"test_{next(_database_numbers)}")
        _execute(postgres_url, f"CREATE DATABASE {names[-1]}")
        return postgres_url.rpartition("/")[0] + f"/{names[-1]}"

    yield make
    for name in names:
        _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_database(new_postgres_database: Callable[[], str]) -> str:
    """The SQLAlchemy URL of an empty PostgreSQL database."""
    return new_postgres_database()


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(_plain(url), autocommit=True, connect_timeout=CONNECT_TIMEOUT) as connection:
        connection.execute(statement)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres_database")
    return url
