"""A ledger to sync into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from store.shelf import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.store import Ledger


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """An empty ledger; the test runs on SQLite and on PostgreSQL."""
    with open_ledger(database_url) as opened:
        yield opened
