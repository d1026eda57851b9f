"""All of history asked for the first time, again, and after midnight, beside the board that it follows from.

    KPITAPS_HOME=here .venv/bin/kpitaps demo --once
    .venv/bin/python benchmarks/history.py here/demo

The board is made from nothing in the same run: what history takes is told in boards, because machines are shared.
Seconds are of the processor.
"""

from __future__ import annotations

import argparse
import time
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpitaps.app import LiveBoards, Runtime
from kpitaps.app.history import LedgerHistory
from kpitaps.app.runtime import utc_now
from kpitaps.config import Environment

if TYPE_CHECKING:
    from collections.abc import Callable


def taken(work: Callable[[], Any]) -> float:
    """Return the seconds that some work takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def measured(home: Path) -> dict[str, float]:
    """Return seconds by what was done."""
    now = [utc_now()]
    with Runtime(Environment(home=home), now=lambda: now[0]) as runtime:
        boards = LiveBoards(runtime)
        history = LedgerHistory(runtime, boards)

        def everything() -> None:
            for _ in history.values(history.series(), date.min, date.max):
                pass

        found = {"board from nothing": taken(boards.now)}
        print(f"{len(history.series())} series")
        found |= {"for the first time": taken(everything), "again": taken(everything)}
        now[0] += timedelta(days=1)
        boards.now()
        return found | {"after midnight": taken(everything)}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("home", type=Path)
    home = options.parse_args().home
    runs = [measured(home) for _ in range(3)]
    for what in runs[0]:
        of_board = sorted(run[what] / run["board from nothing"] for run in runs)[1]
        print(f"{what:20} {min(run[what] for run in runs):8.3f} s {of_board:8.2f} of the board")


if __name__ == "__main__":
    main()
