"""A ledger to sync into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from store.shelf import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpitaps.store import Ledger

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Leave PostgreSQL to CI here: what the store lands is tested on both every day."""
    for item in items:
        if HERE in item.path.parents and "postgresql" in item.name:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """An empty ledger; the test runs on SQLite and on PostgreSQL."""
    with open_ledger(database_url) as opened:
        yield opened
