"""The process' own metrics."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from kpitaps.exposition import CheckStatus, ConnectionStatus, HostStatus, ProcessStatus, RemoteReadStatus, StreamStatus
from kpitaps.exposition.self_metrics import register

if TYPE_CHECKING:
    from parts.prometheus import Promtool

SYNCED = datetime(2025, 5, 14, 9, 30, tzinfo=UTC)
ORDERS = StreamStatus("orders", SYNCED, {"success": 3, "failure": 1}, seconds=8.5, records=1200, restatements=7)
BOOKS = CheckStatus("books", SYNCED, is_up=False)
SHOP = ConnectionStatus(
    *("acme", "shop", "shopify"), is_up=True, history_loaded=0.25, repairs_open=2, streams=(ORDERS,), checks=(BOOKS,)
)
HOST = HostStatus("shop.example", {"2xx": 40, "4xx": 1}, budgets={"points": 0.8, "requests/day": 0.5})
READ = RemoteReadStatus({"answered": 5, "refused": 1}, seconds=1.5, series=70, samples=900)
STATUS = ProcessStatus((SHOP,), (HOST,), READ, board_published=SYNCED)
SHOP_LABELS = {"company": "acme", "connection": "shop", "tap": "shopify"}
ORDERS_LABELS = {**SHOP_LABELS, "stream": "orders"}


def registry(status: ProcessStatus) -> CollectorRegistry:
    fresh = CollectorRegistry()
    register(fresh, lambda: status)
    return fresh


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("kpitaps_ledger_up", {}, 1),
        ("kpitaps_board_published_timestamp_seconds", {}, SYNCED.timestamp()),
        ("kpitaps_connection_up", SHOP_LABELS, 1),
        ("kpitaps_history_loaded_ratio", SHOP_LABELS, 0.25),
        ("kpitaps_repairs_open", SHOP_LABELS, 2),
        ("kpitaps_sync_last_success_timestamp_seconds", ORDERS_LABELS, SYNCED.timestamp()),
        ("kpitaps_sync_runs_total", {**ORDERS_LABELS, "outcome": "failure"}, 1),
        ("kpitaps_sync_duration_seconds_sum", ORDERS_LABELS, 8.5),
        ("kpitaps_sync_duration_seconds_count", ORDERS_LABELS, 4),
        ("kpitaps_sync_records_total", ORDERS_LABELS, 1200),
        ("kpitaps_restatements_total", ORDERS_LABELS, 7),
        ("kpitaps_check_up", {**SHOP_LABELS, "check": "books"}, 0),
        ("kpitaps_check_last_run_timestamp_seconds", {**SHOP_LABELS, "check": "books"}, SYNCED.timestamp()),
        ("kpitaps_api_requests_total", {"host": "shop.example", "status_class": "2xx"}, 40),
        ("kpitaps_api_budget_remaining_ratio", {"host": "shop.example", "limit": "points"}, 0.8),
        ("kpitaps_api_budget_remaining_ratio", {"host": "shop.example", "limit": "requests/day"}, 0.5),
        ("kpitaps_remote_read_requests_total", {"outcome": "refused"}, 1),
        ("kpitaps_remote_read_duration_seconds_sum", {}, 1.5),
        ("kpitaps_remote_read_duration_seconds_count", {}, 6),
        ("kpitaps_remote_read_series_total", {}, 70),
        ("kpitaps_remote_read_samples_total", {}, 900),
    ],
)
def test_the_status_is_on_the_page(name: str, labels: dict[str, str], value: float) -> None:
    """Each part of the status is a sample under its name."""
    assert registry(STATUS).get_sample_value(name, labels) == value


def test_what_is_gone_leaves_nothing_behind() -> None:
    """Each scrape shows the status as it is then, without the labels of a connection that was removed."""
    current = [STATUS]
    fresh = CollectorRegistry()
    register(fresh, lambda: current[0])
    assert b'connection="shop"' in generate_latest(fresh)
    current[0] = ProcessStatus()
    assert b'connection="shop"' not in generate_latest(fresh)


def test_a_ledger_that_is_away_is_said() -> None:
    """It is 0 then, and what is known without it is shown all the same."""
    away = registry(ProcessStatus(hosts=(HOST,), is_ledger_up=False))
    assert away.get_sample_value("kpitaps_ledger_up") == 0
    assert away.get_sample_value("kpitaps_api_requests_total", {"host": "shop.example", "status_class": "2xx"}) == 40


def test_registering_asks_for_no_status() -> None:
    """The collector can be registered before there is anything to say."""
    register(CollectorRegistry(), lambda: pytest.fail("asked too early"))


def test_what_never_happened_has_no_sample() -> None:
    """A stream that never succeeded has no instant, and a host without a budget no share of it."""
    never = replace(SHOP, checks=(), streams=(replace(ORDERS, last_success=None),))
    found = generate_latest(registry(ProcessStatus((never,), (replace(HOST, budgets={}),)))).decode()
    assert not re.search(r"^\w+timestamp_seconds[ {]", found, re.MULTILINE)
    assert "budget_remaining_ratio{" not in found


def test_promtool_finds_nothing(promtool: Promtool) -> None:
    """Prometheus' own checker has no complaint about any name, help or type."""
    checked = promtool("check", "metrics", stdin=generate_latest(registry(STATUS)).decode())
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
