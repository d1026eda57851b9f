"""Years of history, a sample a day, written into stores: OpenMetrics for promtool, and VictoriaMetrics.

    .venv/bin/python benchmarks/backfill.py

`kpitaps` takes the days out of memory. The *floors* beside it start from samples that are there already: `text` joins
them as ``name{labels} value stamp``, and `json` posts them to a VictoriaMetrics in lines of JSON. Neither chooses days,
computes where a local day ends, compares or reads back. `promtool` makes blocks of the file that kpitaps wrote, and
counts its samples; `again` is a second run of kpitaps against the VictoriaMetrics, which finds everything as it should
be. Each runs in a process of its own; seconds are of its processor, because machines are shared, and memory is what its
peak adds to what was there before. promtool's are its own, and a VictoriaMetrics' are counted nowhere.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from array import array
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import httpx

from kpitaps.exposition.backfill.blocks import import_blocks
from kpitaps.exposition.backfill.families import Choice, families, samples
from kpitaps.exposition.backfill.openmetrics import Written, write_openmetrics
from kpitaps.exposition.backfill.victoria import bring_up_to_date
from kpitaps.exposition.backfill.victoria_store import VictoriaStore
from kpitaps.exposition.history import DayValues, HistorySeries
from kpitaps.http.own_service import OwnService

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpitaps.exposition.backfill.families import Samples

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2025, 11, 20, 13, 30, tzinfo=UTC)
A_METRIC = 100
"""Series of a metric: what is read back at once."""

PIECE = 5_000
"""Series are posted in bodies of so many samples, about."""


class Days:
    """A past in memory: so many series, of which each has a value for every day of some years."""

    def __init__(self, series: int, years: int) -> None:
        dice = random.Random(1)
        self._first = NOW.date() - timedelta(days=365 * years)
        self._days = {
            HistorySeries(_labels(each), ZONE): array(
                "d", [round(dice.lognormvariate(6, 1), 2) for _ in range(365 * years + 1)]
            )
            for each in range(series)
        }

    def series(self) -> Sequence[HistorySeries]:
        return list(self._days)

    def values(
        self, wanted: Sequence[HistorySeries], first: date, last: date
    ) -> Iterator[tuple[HistorySeries, DayValues]]:
        start, end = max(0, (first - self._first).days), (last - self._first).days + 1
        begin = self._first.toordinal() + start
        for each in wanted:
            yield each, DayValues(begin, self._days[each][start:end])


def _labels(number: int) -> tuple[tuple[str, str], ...]:
    name = f"kpi_sales_{number // A_METRIC}_daily_eur"
    return (("__name__", name), ("company", "main"), ("kpitaps", "history"), ("product", f"product {number:05}"))


def all_samples(past: Days) -> list[Samples]:
    found = families(past, Choice())
    return [each for family in found for each in samples(past, family, Choice(), NOW)]


def text(past: Days, folder: Path) -> int:
    there = all_samples(past)
    start()
    with (folder / "floor.om").open("wb") as out:
        for each in there:
            name, *rest = each.labels
            inner = ",".join(f'{label}="{value}"' for label, value in rest)
            head = f"{name[1]}{{{inner}}}"
            pairs = zip(each.stamps, each.values, strict=True)
            out.write("".join(f"{head} {value} {at / 1000}\n" for at, value in pairs).encode())
        out.write(b"# EOF\n")
    return sum(len(each.stamps) for each in there)


def openmetrics(past: Days, folder: Path) -> int:
    start()
    with (folder / "history.om").open("wb") as out:
        return write_openmetrics(past, Choice(), NOW, out).samples


def promtool(past: Days, folder: Path) -> int:
    data, file = folder / "data", folder / "history.om"
    data.mkdir()
    there = all_samples(past)
    stamps = there[0].stamps
    written = Written(1, len(there), sum(len(each.stamps) for each in there), stamps[0], stamps[-1])
    start(resource.RUSAGE_CHILDREN)
    import_blocks(Path(shutil.which("promtool") or ""), file, data, written)
    return written.samples


def post_lines(past: Days, folder: Path) -> int:
    del folder
    there = all_samples(past)
    with victoria() as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        client.get("/health")  # the connection is there
        start()
        piece: list[str] = []
        for each in there:
            row = {"metric": dict(each.labels), "values": list(each.values), "timestamps": list(each.stamps)}
            piece.append(json.dumps(row))
            if len(piece) * len(each.stamps) >= PIECE:
                client.post("/api/v1/import", content="\n".join(piece)).raise_for_status()
                piece = []
        if piece:
            client.post("/api/v1/import", content="\n".join(piece)).raise_for_status()
        stop()
    return sum(len(each.stamps) for each in there)


def into_victoria(past: Days, folder: Path, *, again: bool = False) -> int:
    del folder
    with victoria() as url, OwnService(url, title="VictoriaMetrics") as service:
        store = VictoriaStore(service)
        if again:
            bring_up_to_date(past, store, Choice(), NOW)
        store.flush()
        start()
        told = bring_up_to_date(past, store, Choice(), NOW)
        stop()
    expected = sum(len(each.stamps) for each in all_samples(past))
    if told.samples != (0 if again else expected):
        raise RuntimeError(f"{told.samples} samples were sent")
    return expected


def into_victoria_again(past: Days, folder: Path) -> int:
    return into_victoria(past, folder, again=True)


KINDS = {
    "floor: text": text,
    "kpitaps: OpenMetrics": openmetrics,
    "promtool: blocks of it": promtool,
    "floor: JSON lines": post_lines,
    "kpitaps: VictoriaMetrics": into_victoria,
    "kpitaps: again": into_victoria_again,
}

_marks: dict[str, tuple[float, float]] = {}
_whose = [resource.RUSAGE_SELF]


def start(whose: int = resource.RUSAGE_SELF) -> None:
    """What is used from here on counts; of others, all that has ended counts."""
    _whose[0] = whose
    _marks["start"] = _used()


def stop() -> None:
    """What is used from here on does not count."""
    _marks.setdefault("stop", _used())


def _used() -> tuple[float, float]:
    """Return seconds of the processor, and the most memory so far in MB."""
    used = resource.getrusage(_whose[0])
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


@contextmanager
def victoria() -> Iterator[str]:
    """Start a VictoriaMetrics with nothing in it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = shutil.which("victoria-metrics") or shutil.which("victoria-metrics-prod") or "victoria-metrics"
    with tempfile.TemporaryDirectory() as folder:
        flags = [f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=100y", f"-storageDataPath={folder}"]
        with subprocess.Popen([program, *flags], stderr=subprocess.DEVNULL) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                _await(f"{url}/health")
                yield url
            finally:
                process.terminate()


def _await(url: str) -> None:
    for _ in range(200):
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing answers at {url}")


def measured(kind: str, series: int, years: int, folder: Path) -> list[float]:
    """Return seconds of the processor, what the peak adds in MB, and how many samples there were."""
    number = KINDS[kind](Days(series, years), folder)
    stop()
    (began, least), (ended, most) = _marks["start"], _marks["stop"]
    return [ended - began, most - least, number]


def run(kind: str, series: int, years: int, folder: Path) -> list[float]:
    command = [sys.executable, __file__, "--kind", kind, "--series", str(series), "--years", str(years)]
    shutil.rmtree(folder / "data", ignore_errors=True)
    done = subprocess.run([*command, "--folder", str(folder)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--kind", choices=KINDS)
    options.add_argument("--series", type=int)
    options.add_argument("--years", type=int, default=3)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    if chosen.kind:
        print(json.dumps(measured(chosen.kind, chosen.series, chosen.years, chosen.folder)))
        return
    print(
        f"{'':25} {'series':>7} {'samples':>10} {'CPU s':>8} {'of floor':>9} {'µs a sample':>12} {'peak adds MB':>13}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for series in (250, 1000):
            floor = math.nan
            for kind in KINDS:
                tries = (run(kind, series, chosen.years, Path(folder)) for _ in range(3))
                seconds, memory, number = min(tries)
                floor = seconds if kind.startswith("floor") else floor
                print(
                    f"{kind:25} {series:7,} {number:10,.0f} {seconds:8.2f} {seconds / floor:9.2f} "
                    f"{seconds / number * 1e6:12.2f} {memory:13.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
