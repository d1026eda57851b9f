"""Loading 200,000 records: kpitaps beside the hand-written floor, in one run.

    .venv/bin/python benchmarks/load.py [--records 200000] [--runs 3]

Prints wall and CPU seconds of the whole process and its peak memory (medians), and the ratios to the floor. The machine
may be shared and noisy: only ratios of one run mean anything.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent


class Source:
    def __init__(self, records: int, latency: float) -> None:
        command = [sys.executable, str(HERE / "source.py"), "--records", str(records), "--latency", str(latency)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.port = self.process.stdout.readline().strip()

    def ask(self, path: str) -> dict:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
            return json.load(answer)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


def measure(command: list[str]) -> tuple[float, float, float]:
    """Return wall seconds, CPU seconds and peak MB of a whole process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, f"{command} failed"
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def floor(port: str, where: Path) -> list[str]:
    return [sys.executable, str(HERE / "floor.py"), port, str(where / "floor.db")]


def ours(port: str, where: Path, minutes: int = 0) -> list[str]:
    return [sys.executable, str(HERE / "bench_tap.py"), port, str(where / "home"), str(minutes)]


def right(source: Source, where: Path) -> None:
    """Fail unless the ledger holds exactly what the source says."""
    truth = source.ask("/truth")
    base = sqlite3.connect(where / "home" / "kpitaps.db")
    rows = dict(
        base.execute(
            "SELECT measure, sum(numerator) FROM measurement JOIN series ON series.id = series_id GROUP BY measure"
        )
    )
    assert rows["deals_won"] == truth["won"] * 10**6, (rows, truth)
    assert rows["deals_won"] + rows["deals_lost"] == truth["count"] * 10**6, (rows, truth)
    assert rows["deals_won_value"] == truth["cents"] * 10**4, (rows, truth)


def show(name: str, runs: list[tuple[float, float, float]], records: int, beside: tuple[float, ...] | None) -> tuple:
    wall, cpu, peak = (statistics.median(column) for column in zip(*runs, strict=True))
    ratio = f"{wall / beside[0]:8.2f} {cpu / beside[1]:8.2f}" if beside else f"{'':8} {'':8}"
    rate = f"{records / wall:10,.0f} {cpu / records * 1e6:9.1f}" if records else f"{'':10} {'':9}"
    print(f"{name:34} {wall:8.2f} {cpu:8.2f} {peak:7.0f} {ratio} {rate}", flush=True)
    return wall, cpu, peak


def fresh(where: Path) -> Path:
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True)
    return where


def full(records: int, latency: float, runs: int, where: Path) -> None:
    with Source(records, latency) as source:
        base, mine = [], []
        for _ in range(runs):
            base.append(measure(floor(source.port, fresh(where))))
            mine.append(measure(ours(source.port, fresh(where))))
            right(source, where)
        title = f"{records:,} records, {latency * 1000:.0f} ms a page"
        beside = show(f"floor: {title}", base, records, None)
        show(f"kpitaps: {title}", mine, records, beside)


def increments(records: int, runs: int, where: Path) -> None:
    with Source(records, 0.0) as source:
        fresh(where)
        measure(floor(source.port, where))
        measure(ours(source.port, where))
        none = [(measure(floor(source.port, where)), measure(ours(source.port, where, 5))) for _ in range(runs)]
        some = []
        for number in range(runs):
            source.ask(f"/touch?n={records // 100}")
            minutes = 10 * number + 15
            some.append((measure(floor(source.port, where)), measure(ours(source.port, where, minutes))))
            right(source, where)
        for title, pairs in (("nothing changed", none), ("1 % changed", some)):
            beside = show(f"floor: {title}", [pair[0] for pair in pairs], 0, None)
            show(f"kpitaps: {title}", [pair[1] for pair in pairs], 0, beside)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=200_000)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    head = ("whole process, medians", "wall s", "CPU s", "peak MB", "wall ×", "CPU ×", "records/s", "µs CPU/rec")
    print(f"{head[0]:34} {head[1]:>8} {head[2]:>8} {head[3]:>7} {head[4]:>8} {head[5]:>8} {head[6]:>10} {head[7]:>9}")
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "bench"
        full(chosen.records, 0.0, chosen.runs, where)
        full(chosen.records // 5, 0.0, chosen.runs, where)
        full(chosen.records // 5, 0.05, 1, where)
        increments(chosen.records, chosen.runs, where)


if __name__ == "__main__":
    main()
