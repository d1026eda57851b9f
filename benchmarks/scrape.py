"""/metrics with 10,000 and 100,000 series, asked from another process.

    .venv/bin/python benchmarks/scrape.py

The site of `kpitaps run` (uvicorn, Starlette's router, the guard) serves a page of as many series as asked. Beside it,
in the same run, prometheus-client serves the same samples through its own ASGI application.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import socket
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from kpitaps.calendar import WINDOWS, CompanyCalendar
from kpitaps.kpis import KPIS, Board, CompanyFace, Figure
from kpitaps.units import Quality

KINDS = ("kpitaps", "prometheus-client")


def serve(kind: str, series: int) -> None:
    import uvicorn
    from prometheus_client import CollectorRegistry, Gauge, make_asgi_app

    from kpitaps.exposition import PageHolder
    from kpitaps.web import Guard, make_app

    if kind == "kpitaps":
        holder = PageHolder()
        holder.publish([board(series)])
        nothing = make_asgi_app(CollectorRegistry())
        app = Guard(make_app(holder, nothing, lambda: True, nothing), host="127.0.0.1")
    else:
        registry = CollectorRegistry()
        gauge = Gauge("kpi_sales_by_product_eur", "Sales.", ["company", "product", "window"], registry=registry)
        for number in range(series):
            gauge.labels("main", f"product {number // 13}", f"w{number % 13}").set(number + 0.25)
        app = make_asgi_app(registry)
    # Named, because asyncio switches Nagle's algorithm off only where the protocol is.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off")).run(sockets=[listener])


def board(series: int) -> Board:
    """Return a board of one KPI by product with about so many series: value, previous and last year of each figure."""
    kpi = next(row for row in KPIS if row.key == "sales_by_product")
    now = datetime(2026, 11, 1, tzinfo=UTC)
    company = CompanyFace("main", "Main", "EUR", CompanyCalendar(ZoneInfo("Europe/Amsterdam")))
    figures = [
        Figure(
            company="main",
            kpi=kpi.key,
            window=window,
            labels=(("product", f"product {number}"),),
            value=Fraction(number * 100 + 25, 4),
            unit=kpi.unit,
            currency="EUR",
            previous=Fraction(number, 3),
            last_year=Fraction(number, 7),
            quality=Quality.FINAL,
            is_open=False,
            data_through=now,
            days_known=30,
            days=30,
        )
        for number in range(series // 3 // len(WINDOWS))
        for window in WINDOWS
    ]
    return Board.of(company, now, [kpi], figures)


def ask(port: int, times: int, encoding: str) -> tuple[list[float], int]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took = []
    for _ in range(times):
        started = time.perf_counter()
        connection.request("GET", "/metrics", headers={"Accept-Encoding": encoding})
        body = connection.getresponse().read()
        took.append((time.perf_counter() - started) * 1000)
    return took, len(gzip.decompress(body) if encoding == "gzip" else body)


def measure(kind: str, series: int, times: int) -> None:
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", kind, "--series", str(series)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    port = int(process.stdout.readline())
    try:
        for encoding in ("gzip", "identity"):
            ask(port, 5, encoding)
            took, size = ask(port, times, encoding)
            p99 = statistics.quantiles(took, n=100)[98] if times >= 100 else max(took)
            print(
                f"{kind:18} {series:8,} {encoding:9} {size:12,} {statistics.median(took):9.2f} {p99:9.2f}", flush=True
            )
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--serve", choices=KINDS)
    options.add_argument("--series", type=int, default=10_000)
    chosen = options.parse_args()
    if chosen.serve:
        serve(chosen.serve, chosen.series)
        return
    print(f"{'':18} {'series':>8} {'encoding':9} {'bytes':>12} {'p50 ms':>9} {'p99 ms':>9}")
    for series in (10_000, 100_000):
        for kind in KINDS:
            measure(kind, series, 300 if kind == "kpitaps" else 10)


if __name__ == "__main__":
    main()
