"""What a person is told of a connection."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from kpitaps_shopify.sandbox import Sandbox

from kpitaps.app import Runtime, connect, connection_statuses, sync_one
from kpitaps.config import Environment
from kpitaps.http import RetryPolicy
from kpitaps.store import log_run
from kpitaps.store.runs import Run
from kpitaps.testing import Clock, Story, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kpitaps.store import Connection

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)

Shop = tuple[Runtime, "Connection"]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop that is connected and read."""
    sandbox = Sandbox(Story(founded=date(2026, 6, 12), name="shop"), Clock(NOW), plan=20_000)
    with ExitStack() as stack:
        environment = Environment(home=tmp_path, routes={sandbox.host: stack.enter_context(serve(sandbox.app))})
        runtime = stack.enter_context(Runtime(environment, now=lambda: NOW, policy=RetryPolicy.testing()))
        connection = connect(runtime, "shopify", dict(sandbox.settings))
        sync_one(runtime, connection)
        yield runtime, connection


def test_a_stream_that_waits_says_until_when(shop: Shop) -> None:
    """A source that wants to be left alone for hours shows with the instant at which it is asked again."""
    runtime, connection = shop
    later = NOW + timedelta(minutes=1)
    run = Run(connection.id, "orders", later, later, "retry_later", "the limit of 5 is used up", NOW.replace(hour=22))
    log_run(runtime.ledger.database, run)
    (status,) = connection_statuses(runtime)
    assert status.state == "retry_later"
    assert status.message == "the limit of 5 is used up (waiting until 2026-06-15 22:00 UTC)"


def test_what_is_left_of_each_limit_is_known(shop: Shop) -> None:
    """After a sync the process knows, per host and limit, what is left."""
    runtime, _ = shop
    ((host, left),) = runtime.budgets.remaining().items()
    assert host.endswith(".myshopify.com")
    assert list(left) == ["points"]
    assert 0 < left["points"] <= 1
