"""OpenMetrics text with stamps, as ``promtool tsdb create-blocks-from openmetrics`` reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.exposition.backfill.families import families, samples
from kpitaps.kpis.metric_names import escaped_label

if TYPE_CHECKING:
    from datetime import datetime
    from typing import IO

    from kpitaps.exposition.backfill.families import Choice, Samples
    from kpitaps.exposition.history import History, Labels


@dataclass(frozen=True, slots=True)
class Written:
    """What is in a file.

    Attributes:
        metrics: Names of metrics in it.
        series: Series in it.
        samples: Samples in it.
        first: The earliest stamp, in milliseconds since 1970; 0 where there are no samples.
        last: The latest.
    """

    metrics: int
    series: int
    samples: int
    first: int
    last: int


def write_openmetrics(history: History, choice: Choice, now: datetime, out: IO[bytes]) -> Written:
    """Write history to a file, one series after another.

    Args:
        history: The history.
        choice: What of it.
        now: The present instant.
        out: The file.
    """
    names, series, number, first, last = set(), 0, 0, 0, 0
    for family in families(history, choice):
        for each in samples(history, family, choice, now):
            if family.name not in names:
                names.add(family.name)
                out.write(f"# TYPE {family.name} gauge\n".encode())
            out.write(_lines(family.name, each))
            series, number = series + 1, number + len(each.stamps)
            first, last = min(first or each.stamps[0], each.stamps[0]), max(last, each.stamps[-1])
    out.write(b"# EOF\n")
    return Written(len(names), series, number, first, last)


def _lines(name: str, each: Samples) -> bytes:
    head = f"{name}{label_set(each.labels)}"
    pairs = zip(each.stamps, each.values, strict=True)
    return "".join(f"{head} {value!r} {_seconds(at)}\n" for at, value in pairs).encode()


def _seconds(at: int) -> str:
    """Return a stamp in seconds.

    promtool multiplies by 1000 in floating point and cuts off: one midnight in 300 would come out a millisecond early.
    A quarter of a millisecond more is right whether it is cut off or rounded.
    """
    return f"{at // 1000}.{at % 1000:03d}25"


def label_set(labels: Labels) -> str:
    """Return labels as they stand behind a metric's name."""
    inner = ",".join(f'{name}="{escaped_label(value)}"' for name, value in labels if name != "__name__")
    return f"{{{inner}}}" if inner else ""
