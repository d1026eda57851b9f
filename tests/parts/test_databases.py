"""The databases that tests get."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = text("CREATE TABLE mark (n INTEGER)")


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database(database_url: str, turn: int) -> None:
    """What one test leaves in its database, no other test sees."""
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == [], f"left by a turn before {turn}"
    with engine.begin() as connection:
        connection.execute(TABLE)
    engine.dispose()


def test_both_kinds_are_real(database_url: str, request: pytest.FixtureRequest) -> None:
    """The URL's dialect is the one that the test's name says."""
    assert make_url(database_url).get_backend_name() in request.node.name


@pytest.fixture
def forgotten() -> Iterator[ExitStack]:
    """What is still open when the test's database is dropped: asked for before it, so torn down after it."""
    with ExitStack() as still_open:
        yield still_open


def test_database_is_dropped_from_under_a_forgotten_connection(forgotten: ExitStack, postgres_database: str) -> None:
    """A connection that a failing test left open does not stop the database from being dropped."""
    url = postgres_database.replace("+psycopg", "")
    connection = forgotten.enter_context(psycopg.connect(url, autocommit=True))
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_cluster_listens_on_loopback_only(postgres_url: str) -> None:
    """Nobody else on the network can reach the cluster."""
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW listen_addresses")).scalar() == "127.0.0.1"
    engine.dispose()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the cluster as somebody else")
def test_cluster_does_not_run_as_root(postgres_url: str) -> None:
    """PostgreSQL refuses root: a root session runs it as another account."""
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        folder = connection.execute(text("SHOW data_directory")).scalar_one()
    engine.dispose()
    assert Path(folder).stat().st_uid != 0
