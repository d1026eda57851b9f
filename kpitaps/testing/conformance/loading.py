"""Does the tap load at all, and does it keep to what it declares? The core refuses what it does not; we say why."""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from kpitaps.tap.stream import ACCOUNT
from kpitaps.testing.conformance.histories import difference_of
from kpitaps.testing.conformance.stage import read
from kpitaps.testing.conformance.verdict import fail, hidden, unjudged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.testing.conformance.stage import Stage

__tracebackhide__ = hidden

HOST, LABEL, MEASURE, FLOAT, NAIVE = "host", "label", "measure", "float", "naive time"

_REFUSALS = {
    HOST: (r"not one of the tap's hosts", "reaches an undeclared host", "add it to hosts= if the tap needs it"),
    LABEL: (r"has no label '", "uses an undeclared label", "drop it, or declare a measure of your own with it"),
    MEASURE: (r"without declaring it in feeds=", "feeds an undeclared measure", "add it to the stream's feeds="),
    FLOAT: (r"is a float; pass a Decimal", "counts with floats", "take the source's own text, or Decimal"),
    NAIVE: (r"has no UTC offset", "takes times without an offset", "give them the zone that the source documents"),
}
"""Rule → how the core's refusal reads, what the tap does, how to mend it."""

_FAR_AWAY = "Pacific/Kiritimati"
_IGNORED = "ignored:"
_ROW_ALONE = (
    "A record's contributions follow from the source's row alone, not from the time of reading, a counter or chance"
)


def check_loads(stage: Stage) -> None:
    """A tap connects to its sandbox and reads all streams."""
    for stream, message in stage.failures.items():
        if not any(re.search(pattern, message) for pattern, _, _ in _REFUSALS.values()):
            fail(f"{_where(stage, stream)} does not get through the sandbox that ships with the tap: {message}")


def check_refusal(stage: Stage, rule: str) -> None:
    """The core refuses nothing of that kind."""
    pattern, does, mend = _REFUSALS[rule]
    for stream, message in stage.failures.items():
        if re.search(pattern, message):
            fail(f"{_where(stage, stream)} {does}: {message}. Mend: {mend}")


def check_zone_of_machine(stage: Stage) -> None:
    """The ledger is the same whichever zone the machine is in."""
    if not hasattr(time, "tzset"):
        unjudged("this system cannot change its time zone for a while")
    here = stage.first.file.content()
    with _machine_in(_FAR_AWAY), stage.loaded() as bench:
        there = bench.file.content()
    if difference := difference_of(there, here):
        fail(
            f"with TZ={_FAR_AWAY}, {difference}: it dates by the zone of the machine that it runs on. Mend: give times "
            "the zone that the source documents"
        )


def check_ignored(stage: Stage) -> None:
    """The sandbox understood everything that it was asked."""
    ignored = {
        (e.path, e.note.removeprefix(_IGNORED).strip()) for e in stage.first.sandbox.log if e.note.startswith(_IGNORED)
    }
    for path, what in sorted(ignored):
        fail(f"{path} ignores {what}, which the tap asks for: its answer is not the one that the tap thinks it is")


def check_twice(stage: Stage) -> None:
    """The same reading twice changes no row, and a second ledger that reads the same becomes the same."""
    bench = stage.first
    before = bench.file.rows()
    result = bench.sync()
    changed = [run.stream for run in result.runs if run.changed]
    if tables := [name for name, rows in bench.file.rows().items() if rows != before[name]]:
        streams = ", ".join(changed) or "a stream"
        fail(f"{streams} changes rows of {', '.join(tables)} when it is read again. {_ROW_ALONE}")
    with stage.loaded() as second:
        if difference := difference_of(second.file.content(), bench.file.content()):
            fail(f"two readings of the same source differ: {difference}. {_ROW_ALONE}")


def check_fed(stage: Stage) -> None:
    """Every measure that is declared gets data, unless the kit's ``unfed`` says why not."""
    tap, unfed = stage.kit.tap, stage.kit.unfed
    declared = {measure.key: stream.name for stream in tap.streams.values() for measure in stream.feeds}
    fed = stage.first.file.content().measures
    if orphans := sorted(tap.measures.keys() - declared.keys()):
        fail(f"no stream feeds {orphans[0]}, which the tap declares: name it in a stream's feeds=, or drop it")
    for key in sorted(declared.keys() - fed - unfed.keys()):
        fail(f"stream {declared[key]} declares {key} and never feeds it: mend it, or say in unfed= why not")
    for key in sorted(unfed.keys() & fed):
        fail(f"{key} is fed: take it out of unfed=")


def check_checks(stage: Stage) -> None:
    """The tap's checks are run, and find nothing to say against a source that is well."""
    checks = stage.kit.tap.checks
    if not checks:
        unjudged("the tap declares no check")
    for name in sorted(checks.keys() - stage.first.file.ran()):
        fail(
            f"check {name} was not run after the whole story was read: a stream that feeds a measure of its of= lacks "
            "a part of its history, or an Incomplete says so"
        )
    with stage.resumed() as later:
        read(later)
        for content in (stage.first.file.content(), later.file.content()):
            for origin, measure, first, last, quality in sorted(content.flags):
                if origin in checks:
                    days = f"{date.fromordinal(first)} to {date.fromordinal(last)}"
                    fail(
                        f"check {origin} cries wolf: it says that {measure} is {quality} from {days}, though its "
                        "sandbox is well. What it compares must be of the same moment, and dated in the same way"
                    )


def _where(stage: Stage, name: str) -> str:
    if name == ACCOUNT:
        return "its account function"
    return f"check {name}" if name in stage.kit.tap.checks else f"stream {name}"


@contextmanager
def _machine_in(zone: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()
