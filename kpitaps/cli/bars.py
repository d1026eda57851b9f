"""Bars on stderr while connections are read."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kpitaps.cli.output import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress, TaskID

    from kpitaps.sync import Progress as Reached
    from kpitaps.sync import ProgressListener


@contextmanager
def progress_bars(*, shown: bool) -> Iterator[ProgressListener]:
    """Show a bar per connection on stderr while a sync runs."""
    if not shown:
        yield lambda _: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns: tuple[Any, ...] = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[records]:,} records"),
        TimeElapsedColumn(),
    )
    bars = _Bars(Progress(*columns, console=console(stderr=True)))
    try:
        yield bars
    finally:
        bars.stop()


class _Bars:
    """One bar per connection, not per stream: several connections are read at once, and a terminal has few lines."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._reached: defaultdict[str, dict[str, Reached]] = defaultdict(dict)

    def __call__(self, progress: Reached) -> None:
        name, streams = progress.connection, self._reached[progress.connection]
        if not self._tasks:
            self._bars.start()
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=1.0, records=0)
        streams[progress.stream] = progress
        is_whole = all(each.fraction >= 1 for each in streams.values())
        self._bars.update(
            self._tasks[name],
            description=name if is_whole else f"{name}: {progress.stream}",
            completed=sum(each.fraction for each in streams.values()) / len(streams),
            records=sum(each.records for each in streams.values()),
        )

    def stop(self) -> None:
        """Leave the bars as they stand."""
        if self._tasks:
            self._bars.stop()
