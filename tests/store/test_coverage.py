"""For which days a measure is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from store.shelf import DEALS, NOW, ORDERS, a_generation, a_stream, entry, record

from kpitaps import VOCABULARY
from kpitaps.calendar import Span
from kpitaps.store import SeriesBook, land_levels, stop_connection
from kpitaps.store.customers import FED
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from store.conftest import Desk


@pytest.mark.parametrize(("since", "is_whole"), [(datetime(2025, 1, 2, tzinfo=UTC), False), (None, True)])
def test_history_is_whole_once_its_start_was_read(desk: Desk, since: datetime | None, is_whole: bool) -> None:
    """Sums since the start can be trusted from the moment on at which nothing older is left to read."""
    desk.land(record("a", 1, entry(ORDERS, 1)), span=Span(since or desk.generation.history_from, NOW))
    coverage = desk.ledger.reader(desk.connection.company_id).coverage(ORDERS.key)
    assert coverage is not None
    assert coverage.is_whole is is_whole


def test_who_is_new_needs_all_of_history(desk: Desk) -> None:
    """What a stream derives from who is a customer when says so; what another one counts itself does not."""
    feeds = [VOCABULARY[key] for key in FED]
    derived = a_generation(desk.ledger, desk.connection, a_stream(name="customers", feeds=feeds))
    counted = a_generation(desk.ledger, desk.connection, a_stream(name="signups", feeds=(VOCABULARY["leads"],)))
    for generation in (derived, counted):
        desk.book = SeriesBook(generation.id, ())
        desk.land(span=Span(NOW - timedelta(days=9), NOW))
    reader = desk.ledger.reader(desk.connection.company_id)
    assert [reader.coverage(key).needs_whole for key in (*FED, "leads")] == [True, True, True, False]


def test_a_snapshot_holds_as_long_as_it_says(desk: Desk) -> None:
    """Until then its levels count without another reading; not once its connection is gone."""
    stream = a_stream(StreamKind.SNAPSHOT, "now", feeds=(VOCABULARY["cash"],), settles=timedelta(days=3))
    book = SeriesBook(a_generation(desk.ledger, desk.connection, stream).id, stream.feeds)
    land_levels(desk.ledger.database, book, [], 1, Span(NOW - timedelta(hours=1), NOW), observed_at=NOW)
    desk.land(span=Span(NOW - timedelta(days=9), NOW))
    reader = desk.ledger.reader(desk.connection.company_id)
    assert reader.coverage("cash").holds_to == NOW + timedelta(days=3)
    assert reader.coverage(DEALS.key).holds_to == NOW
    stop_connection(desk.ledger.database, desk.ledger.vault, desk.connection, now=NOW)
    assert desk.ledger.reader(desk.connection.company_id).coverage("cash").holds_to == NOW
