"""Two years of history, a step a day, as Prometheus reads them; and what a hostile query costs.

    .venv/bin/python benchmarks/remote_read.py

`kpitaps` answers a request of remote read from days in memory. The *floor* beside it only encodes: the same samples, in
the protobuf library's own messages, serialised and packed in one piece. `http` is kpitaps through the endpoint that
`kpitaps run` serves, with the unpacking at the other end; `hostile` asks for every millisecond of all of time. Each
runs in a process of its own; seconds are of its processor, because machines are shared, and memory is what its peak
adds to what was there before. `http` has no memory of its own to tell: who asks unpacks in the same process.
"""

from __future__ import annotations

import argparse
import math
import random
import resource
import subprocess
import sys
import time
from array import array
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import cramjam

from kpitaps.errors import BadUse
from kpitaps.exposition.history import DayValues, HistorySeries
from kpitaps.exposition.remote_read import Limits, RemoteReadEndpoint, answer
from kpitaps.exposition.remote_read.messages import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

KINDS = ("floor", "kpitaps", "http", "hostile")
ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2025, 11, 20, 13, 30, tzinfo=UTC)
FIRST = date(2022, 11, 1)
DAY = 86_400_000
LIMITS = Limits(series=20_000, samples=5_000_000, look_back=timedelta(minutes=5))


class Days:
    """A past in memory: so many series, of which each has a value for every day of three years."""

    def __init__(self, series: int) -> None:
        dice = random.Random(1)
        labels = [("__name__", "kpi_sales_by_product_daily_eur"), ("company", "main"), ("kpitaps", "history")]
        number = (NOW.date() - FIRST).days + 1
        self._days = {
            HistorySeries((*labels, ("product", f"product {each:05}")), ZONE): array(
                "d", [round(dice.lognormvariate(6, 1), 2) for _ in range(number)]
            )
            for each in range(series)
        }

    def series(self) -> Sequence[HistorySeries]:
        return list(self._days)

    def values(
        self, wanted: Iterable[HistorySeries], first: date, last: date
    ) -> Iterator[tuple[HistorySeries, DayValues]]:
        start, end = (first - FIRST).days, (last - FIRST).days + 1
        for each in wanted:
            yield each, DayValues(first.toordinal(), self._days[each][max(0, start) : end])


def request(start: int, end: int, step: int) -> bytes:
    asked = message("ReadRequest")()
    query = asked.queries.add(start_timestamp_ms=start, end_timestamp_ms=end)
    query.matchers.add(type=0, name="__name__", value="kpi_sales_by_product_daily_eur")
    query.matchers.add(type=2, name="product", value="product .*")
    query.hints.CopyFrom(message("ReadHints")(start_ms=start, end_ms=end, step_ms=step))
    return bytes(cramjam.snappy.compress_raw(asked.SerializeToString()))


def two_years() -> bytes:
    end = round(NOW.timestamp() * 1000)
    return request(end - 730 * DAY - 300_000, end, DAY)


def floor(read: Any) -> bytes:
    """Encode what was read with the library's own messages."""
    built = message("ReadResponse")()
    result = built.results.add()
    for labels, samples in read:
        series = result.timeseries.add(labels=labels)
        for stamp, value in samples:
            series.samples.add(value=value, timestamp=stamp)
    return bytes(cramjam.snappy.compress_raw(built.SerializeToString()))


def plain(body: bytes) -> list[tuple[list[dict[str, str]], list[tuple[int, float]]]]:
    read = message("ReadResponse").FromString(bytes(cramjam.snappy.decompress_raw(body)))
    return [
        (
            [{"name": label.name, "value": label.value} for label in each.labels],
            [(sample.timestamp, sample.value) for sample in each.samples],
        )
        for each in read.results[0].timeseries
    ]


def over_http(past: Days, body: bytes) -> tuple[float, int]:
    import httpx

    from kpitaps.testing import serve

    with (
        serve(RemoteReadEndpoint(lambda: past, lambda: NOW, LIMITS)) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        client.post("/api/v1/read", content=b"")  # the connection is there
        started = time.process_time()
        answered = client.post("/api/v1/read", content=body)
        cramjam.snappy.decompress_raw(answered.content)
        return time.process_time() - started, len(answered.content)


def measured(kind: str, series: int) -> tuple[float, int, float]:
    """Return seconds of the processor, the bytes of the answer, and what the peak adds in MB, NaN where unknown."""
    past, body = Days(series), two_years()
    if kind == "http":
        return *over_http(past, body), math.nan
    if kind == "floor":
        read = plain(b"".join(answer(body, past, NOW, LIMITS).pieces))
        before = peak()
        started = time.process_time()
        size = len(floor(read))
        return time.process_time() - started, size, peak() - before
    before = peak()
    started = time.process_time()
    try:
        asked = request(-(2**62), 2**62, 1) if kind == "hostile" else body
        size = sum(map(len, answer(asked, past, NOW, LIMITS).pieces))
    except BadUse:
        size = 0
    return time.process_time() - started, size, peak() - before


def peak() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(kind: str, series: int) -> list[float]:
    command = [sys.executable, __file__, "--kind", kind, "--series", str(series)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return [float(each) for each in said]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--kind", choices=KINDS)
    options.add_argument("--series", type=int, default=500)
    chosen = options.parse_args()
    if chosen.kind:
        print(*measured(chosen.kind, chosen.series))
        return
    print(f"{'':10} {'series':>8} {'CPU s':>9} {'of floor':>9} {'answer MB':>10} {'peak adds MB':>13}")
    for series in (500, 2000):
        floors = math.nan
        for kind in KINDS:
            seconds, size, memory = min(run(kind, series) for _ in range(3))
            floors = seconds if kind == "floor" else floors
            added = "" if math.isnan(memory) else f"{memory:13.1f}"
            print(
                f"{kind:10} {series:8,} {seconds:9.3f} {seconds / floors:9.3f} {size / 1e6:10.1f} {added}".rstrip(),
                flush=True,
            )


if __name__ == "__main__":
    main()
