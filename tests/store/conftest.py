"""A ledger on SQLite and on PostgreSQL, with a generation to land into."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from store.shelf import FEEDS, NOW, a_connection, a_generation, a_stream, open_ledger

from kpitaps.store import Connection, Generation, LandedRecord, Landing, Ledger, SeriesBook, land_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from kpitaps.calendar import Span

HERE = Path(__file__).parent
DAILY = {"test_landing.py", "test_migrate.py", "test_views.py"}
"""Where the two databases are spoken to most differently."""


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Leave PostgreSQL to CI but for what lands, migrates and shows."""
    for item in items:
        if item.path.parent == HERE and "postgresql" in item.name and item.path.name not in DAILY:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """An empty ledger; the test runs on SQLite and on PostgreSQL."""
    with open_ledger(database_url) as opened:
        yield opened


@dataclass
class Desk:
    """One generation, open for landing."""

    ledger: Ledger
    connection: Connection
    generation: Generation
    book: SeriesBook

    def land(
        self, *records: LandedRecord, span: Span | None = None, at: datetime = NOW, restates_before: int = 0
    ) -> Landing:
        """Land records in one transaction."""
        return land_records(
            self.ledger.database, self.book, records, span, observed_at=at, restates_before=restates_before
        )


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    """A ledger with one connection and one active generation."""
    connection = a_connection(ledger)
    generation = a_generation(ledger, connection, a_stream())
    return Desk(ledger, connection, generation, SeriesBook(generation.id, FEEDS))
