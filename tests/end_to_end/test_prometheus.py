"""The whole line over real processes: a shop's sandbox, kpitaps, and a Prometheus that scrapes it."""

from __future__ import annotations

import gzip
import re
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from cli.program import Program, SandboxProcess, Served, sandbox_process
from house.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from parts.prometheus import Promtool, RunningPrometheus, StartPrometheus

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Europe/Amsterdam")
DOCS = ROOT / "docs"
SEEN_WITHIN = 30.0
MICRO = 1_000_000


@dataclass(frozen=True)
class Line:
    """A sandbox, a kpitaps that has read it, and a Prometheus that has scraped that.

    Attributes:
        sandbox: The shop.
        kpitaps: The command line on its home.
        served: ``kpitaps run``.
        prometheus: The server.
        this_month: An order of this month.
        last_month: An order of last month.
    """

    sandbox: SandboxProcess
    kpitaps: Program
    served: Served
    prometheus: RunningPrometheus
    this_month: dict[str, Any]
    last_month: dict[str, Any]

    def figures(self) -> dict[tuple[str, str, str], float]:
        """Return value by metric, window and product as the command line knows them."""
        return {
            (_metric(row), row["window"], row["labels"].get("product", "")): row["value"]
            for row in self.kpitaps.json("kpis")
            if row["value"] is not None
        }

    def scraped(self) -> dict[tuple[str, str, str], float]:
        """Return the same as Prometheus knows them."""
        found = self.prometheus.query('{__name__=~"kpi_.+", window!="", __name__!~".+_(previous|last_year)(_.+)?"}')
        return {
            (name, each["metric"]["window"], each["metric"].get("product", "")): float(each["value"][1])
            for each in found
            if (name := each["metric"]["__name__"]) not in ("kpi_change_ratio", "kpi_window_open", "kpi_quality")
        }


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, prometheus: StartPrometheus) -> Iterator[Line]:
    """The whole line, over a shop that is two or three months old."""
    home = tmp_path_factory.mktemp("line") / "home"
    today = datetime.now(ZONE).date()
    founded = (today.replace(day=1) - timedelta(days=40)).replace(day=1)
    with sandbox_process("--founded", founded.isoformat(), "--orders-per-day", "2") as sandbox:
        orders = [sandbox.steer("events", at=at.isoformat()) for at in (_earlier_this_month(), _last_month(today))]
        kpitaps = Program(home, sandbox.routes)
        kpitaps.add(sandbox.settings)
        kpitaps.json("sync")
        with kpitaps.serving("run") as served, prometheus(_written(kpitaps, served, home.parent)) as server:
            server.scraped()
            yield Line(sandbox, kpitaps, served, server, *orders)


def _written(kpitaps: Program, served: Served, folder: Path) -> str:
    """Return the prometheus.yml that kpitaps writes for itself."""
    place = ("--kpitaps", served.url.removeprefix("http://"), "--scrape-interval", "1s")
    written = kpitaps("prometheus", "files", str(folder), *place, "--without-alerts")
    assert written.returncode == 0, written.stderr
    return (folder / "prometheus.yml").read_text()


def test_prometheus_reaches_both_pages(line: Line) -> None:
    """Both targets are up, and nothing of them was refused."""
    assert {target["labels"]["job"]: target["health"] for target in line.prometheus.scraped()} == {
        "kpitaps": "up",
        "kpitaps-itself": "up",
    }
    assert [each["value"][1] for each in line.prometheus.query("up")] == ["1", "1"]


def test_prometheus_has_what_the_command_line_says(line: Line) -> None:
    """Every figure that ``kpitaps kpis --json`` gives has a series of the same value, and no series is without one."""
    figures = line.figures()
    assert ("kpi_order_revenue_eur", "mtd", "") in figures
    assert {name for name, _, _ in figures} >= {"kpi_orders", "kpi_refund_rate_ratio", "kpi_sales_by_product_eur"}
    assert line.scraped() == figures


def test_process_tells_how_it_is_doing(line: Line) -> None:
    """The connection is up, its history loaded, and requests were counted by their status."""
    for metric in ("kpitaps_connection_up", "kpitaps_history_loaded_ratio"):
        assert [each["value"][1] for each in line.prometheus.query(metric)] == ["1"], metric
    assert line.prometheus.query("kpitaps_repairs_open == 0")
    assert line.prometheus.query("time() - kpitaps_sync_last_success_timestamp_seconds < 3600")


@pytest.mark.parametrize("path", ["/metrics", "/metrics/self"])
def test_promtool_finds_nothing(line: Line, promtool: Promtool, path: str) -> None:
    """Prometheus' own checker has nothing to say of either page."""
    page = line.served.client.get(path)
    assert page.status_code == 200
    checked = promtool("check", "metrics", stdin=page.text)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@pytest.mark.parametrize("path", ["/metrics", "/metrics/self"])
def test_page_says_what_it_is(line: Line, path: str) -> None:
    """Prometheus 3 refuses a page whose Content-Type does not name the text format and its version."""
    kind = line.served.client.get(path).headers["content-type"]
    assert kind.startswith("text/plain; version=")
    assert "charset=utf-8" in kind


def test_page_is_compressed_for_who_can_read_it(line: Line) -> None:
    """The same page comes compressed or plain, as was asked for."""
    with line.served.client.stream("GET", "/metrics", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        packed = b"".join(answer.iter_raw())
    plain = line.served.client.get("/metrics", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content


def test_unchanged_page_is_not_sent_again(line: Line) -> None:
    """Who shows the ETag of the page gets 304 and no body; another ETag gets the page."""
    etag = line.served.client.get("/metrics").headers["etag"]
    again = line.served.client.get("/metrics", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert line.served.client.get("/metrics", headers={"If-None-Match": 'W/"older"'}).status_code == 200


def test_queries_of_the_tutorial_are_understood(line: Line) -> None:
    """What the first steps tell to ask, Prometheus answers."""
    queries = re.findall(r"^\|[^|]+\| `(.+)` \|$", (DOCS / "tutorial/first-steps.md").read_text(), re.MULTILINE)
    assert len(queries) >= 7
    answers = {query: line.prometheus.query(query) for query in queries}
    assert [query for query, answer in answers.items() if not answer and "last_year" not in query] == []


def test_configuration_of_the_docs_is_valid(promtool: Promtool, tmp_path: Path) -> None:
    """promtool accepts the scrape configurations and alert rules that the docs tell to copy."""
    blocks = [
        block
        for page in sorted(DOCS.rglob("*.md"))
        for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
        if re.search(r"^(scrape_configs|remote_read|groups):", block, re.MULTILINE)
    ]
    assert blocks
    for number, block in enumerate(blocks):
        (tmp_path / f"{number}.yml").write_text(block)
        what = ["rules"] if "groups:" in block else ["config", "--syntax-only"]
        checked = promtool("check", *what, tmp_path / f"{number}.yml")
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_refunds_move_the_right_figures_only(line: Line) -> None:
    """A refund lowers the revenue of the day it was given by its net amount, whichever month the order was of."""
    before = line.figures()
    net = sum(_net(line.sandbox.steer("events", refund=order["name"])) for order in (line.this_month, line.last_month))
    assert net > 0
    _make_due(line)
    revenue = ("kpi_order_revenue_eur", "mtd", "")
    _eventually(lambda: line.scraped().get(revenue) != before[revenue])
    after = line.scraped()
    assert after == line.figures()
    for window in ("today", "wtd", "mtd", "qtd", "ytd"):
        name = ("kpi_order_revenue_eur", window, "")
        assert Decimal(repr(before[name])) - Decimal(repr(after[name])) == net, window
    moved = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    closed = {(metric, window) for metric, window, _ in moved if window not in ("today", "wtd", "mtd", "qtd", "ytd")}
    assert {metric for metric, _ in closed} == {"kpi_refund_rate_ratio"}
    assert ("kpi_refund_rate_ratio", "last_month") in closed
    assert not [name for name in moved if name[0] in ("kpi_orders", "kpi_units_sold")]
    assert line.prometheus.query("sum(kpitaps_restatements_total) > 0")


def _metric(row: dict[str, Any]) -> str:
    ending = {"count": "", "ratio": "_ratio", "EUR": "_eur"}[row["unit"]]
    return f"kpi_{row['kpi']}{ending}"


def _earlier_this_month() -> datetime:
    """Return three days ago, or the month's first minute; on its first day that is today."""
    now = datetime.now(ZONE)
    first = now.replace(day=1, hour=0, minute=0, second=59)
    return min(max(now - timedelta(days=3), first), now - timedelta(seconds=2))


def _last_month(today: date) -> datetime:
    day = (today.replace(day=1) - timedelta(days=1)).replace(day=15)
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)


def _net(refund: dict[str, Any]) -> Decimal:
    """Return what a refund took back of products, without tax."""
    return sum(
        (
            Decimal(line["amounts"]["total"]["shop"] - line["amounts"]["tax"]["shop"]) / 100
            for line in refund["lines"]
            if not line["line"]["is_gift_card"]
        ),
        Decimal(0),
    )


def _make_due(line: Line) -> None:
    """Let the running scheduler think that it is long ago that it read the shop."""
    with closing(sqlite3.connect(line.kpitaps.home / "kpitaps.db", timeout=30)) as ledger, ledger:
        ledger.execute("UPDATE run SET started_at = started_at - ?", (2 * 3_600 * MICRO,))


def _eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SEEN_WITHIN
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.2)
