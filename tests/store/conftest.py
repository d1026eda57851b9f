"""A ledger on SQLite and on PostgreSQL, with a generation to land into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from store.shelf import FEEDS, NOW, a_connection, a_generation, a_stream, open_ledger

from kpitaps.store import Connection, Generation, LandedRecord, Landing, Ledger, SeriesBook, land_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from kpitaps.calendar import Span


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
