"""How does the tap meet what goes wrong? Each fault of its sandbox must end as declared, and harm no number."""

from __future__ import annotations

import time
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from kpitaps.errors import BadSettings, KpitapsError, NeedsAuth, RetryLater
from kpitaps.tap import StreamKind
from kpitaps.testing.conformance.bench import HOLD
from kpitaps.testing.conformance.histories import difference_of
from kpitaps.testing.conformance.ledger import readable
from kpitaps.testing.conformance.stage import read
from kpitaps.testing.conformance.verdict import fail, hidden
from kpitaps.testing.faults import HTTP_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from kpitaps.sync import SyncResult
    from kpitaps.tap import Stream, Tap
    from kpitaps.testing.conformance.ledger import Content
    from kpitaps.testing.conformance.stage import Stage

__tracebackhide__ = hidden

Reaction = Literal["retried", "flagged"] | type[NeedsAuth | RetryLater | BadSettings]
"""How a fault is met: repeated until it has passed; loaded, with a repair or flags that say what is doubtful; or an
error."""

OUTAGE = "503 for good"
"""Not a kind of fault: every request is answered 503 until further notice."""

_REPAIRS: dict[type[KpitapsError], str] = {NeedsAuth: "needs_auth:", BadSettings: "bad_settings:"}
_TOTALS = frozenset({StreamKind.PERIODS, StreamKind.SNAPSHOT, StreamKind.WINDOWS})
_TIMES = 3
"""How often a passing fault happens in the course of a reading."""
_AT_LEISURE = 1.5
"""Seconds after which it happens no more."""


def reactions(declared: Mapping[str, Reaction]) -> dict[str, Reaction]:
    """Return all faults that are tried: those of any HTTP service, and the sandbox's own."""
    return {**dict.fromkeys(HTTP_KINDS, "retried"), OUTAGE: RetryLater, **declared}


def check_declared(stage: Stage) -> None:
    """Every fault that the sandbox can act out has a reaction, and no other."""
    can = set(stage.first.sandbox.faults.kinds)
    declared = stage.kit.faults.keys()
    if unmet := sorted(can - reactions(stage.kit.faults).keys()):
        fail(f"the sandbox can act out {unmet[0]!r}: say in faults= how the tap meets it")
    if unknown := sorted(declared - can):
        fail(f"faults= speaks of {unknown[0]!r}, which the sandbox cannot act out: there are {', '.join(sorted(can))}")


def check_reaction(stage: Stage, fault: str) -> None:
    """One fault ends in the declared reaction; what is in the ledger stays right; when it has passed, all is read."""
    reaction = reactions(stage.kit.faults)[fault]
    if reaction == "retried":
        _check_passing(stage, fault)
    else:
        _check_lasting(stage, fault, reaction)


def _check_passing(stage: Stage, fault: str) -> None:
    true, amid = stage.resumed_content, _Amid(stage.kit.tap)
    with stage.resumed(tap=amid.tap, workers=1) as bench:
        known, faults = bench.repairs, bench.sandbox.faults
        left, deadline = _TIMES, time.monotonic() + _AT_LEISURE

        def spoil() -> None:
            nonlocal left
            # Some faults make us wait, as a limit does: such a one has happened often enough.
            if left and fault not in faults.pending and time.monotonic() < deadline:
                left -= 1
                faults.add(fault, 1, stage.kit.fault_paths.get(fault), seconds=HOLD)

        spoil()
        amid.act = spoil
        result = bench.sync()
        acted = _TIMES - left - faults.pending.count(fault)
        after, repairs = bench.file.content(), bench.repairs.keys() - known.keys()
    flags = {_flagged(flag) for flag in after.flags - true.flags}
    if not acted:
        fail(f"nothing that the tap asks meets fault {fault!r}: the sandbox never came to act it out")
    _check_outcome(fault, "retried", result, repairs, flags)
    if difference := difference_of(after, true):
        fail(f"fault {fault!r} passes, but leaves a trace: {difference}")


def _check_lasting(stage: Stage, fault: str, reaction: Reaction) -> None:
    """Let a fault last twice: from the very beginning, and from when the account has answered."""
    true, amid = stage.resumed_content, _Amid(stage.kit.tap)
    with stage.resumed(tap=amid.tap, workers=1) as bench:
        before, known = bench.file.content(), bench.repairs

        def spoil() -> None:
            kind = fault.partition(" ")[0]
            if kind not in bench.sandbox.faults.pending:
                bench.sandbox.faults.add(kind, None, stage.kit.fault_paths.get(fault), seconds=HOLD)

        spoil()
        result = bench.sync()
        flags = {_flagged(flag) for flag in bench.file.content().flags - before.flags - true.flags}
        _check_outcome(fault, reaction, result, bench.repairs.keys() - known.keys(), flags)
        bench.sandbox.faults.clear()
        amid.act = spoil
        _check_errors(fault, reaction, bench.sync())
        totals = {stream.name for stream in stage.kit.tap.streams.values() if stream.kind in _TOTALS}
        _check_unharmed(fault, before, bench.file.content(), true, totals, is_flagged=reaction == "flagged")
        home = bench.home
    with stage.resumed(home) as bench:
        read(bench)
        after = bench.file.content()
        if difference := difference_of(after, true, excusing=after if reaction == "flagged" else None):
            fail(f"after fault {fault!r} was mended, the ledger is not made good: {difference}")
        if left := bench.repairs.keys() - known.keys():
            fail(f"after fault {fault!r} was mended, the repair {min(left)!r} stays open")


class _Amid:
    """A copy of a tap that does something more whenever one of its streams begins to read.

    Attributes:
        tap: The copy.
        act: What it does; nothing at first.
    """

    def __init__(self, tap: Tap) -> None:
        self.act: Callable[[], None] = lambda: None
        self.tap = copy(tap)
        self.tap.streams = {name: replace(stream, read=self._reader(stream)) for name, stream in tap.streams.items()}

    def _reader(self, stream: Stream) -> Callable[..., Iterator[Any]]:
        def read(*arguments: Any) -> Iterator[Any]:
            self.act()
            yield from stream.read(*arguments)

        return read


def _check_outcome(
    fault: str, reaction: Reaction, result: SyncResult, repairs: set[str], flags: Collection[str] = ()
) -> None:
    errors = list(result.errors.items())
    if isinstance(reaction, str):
        if errors and reaction == "retried":
            fail(f"fault {fault!r} passes, but it stops stream {errors[0][0]}: {_told(errors[0][1])}")
        opened = {*(f"the repair {code!r} opens" for code in repairs), *flags}
        if bool(opened) != (reaction == "flagged"):
            fail(f"fault {fault!r} is to be {reaction}, but {min(opened, default='no repair and no flag says so')}")
        return
    if not errors:
        fail(f"fault {fault!r} goes unnoticed: the tap reads on as if all were well; it must raise {reaction.__name__}")
    _check_errors(fault, reaction, result)
    prefix = _REPAIRS.get(reaction)
    if prefix and not any(code.startswith(prefix) for code in repairs):
        fail(f"fault {fault!r} opens no repair: a person would not know that there is something to do")


def _check_errors(fault: str, reaction: Reaction, result: SyncResult) -> None:
    for stream, error in result.errors.items():
        if not isinstance(reaction, str) and not isinstance(error, reaction):
            fail(f"stream {stream} meets fault {fault!r} with {_told(error)}. It must raise {reaction.__name__}")


def _check_unharmed(
    fault: str, before: Content, after: Content, true: Content, totals: set[str], *, is_flagged: bool
) -> None:
    """Each record, and each day's total, is as it was or as it must be now; nothing else got in, nothing got lost.

    Args:
        fault: What went wrong.
        before: What the ledger held.
        after: What it holds since.
        true: What it must hold.
        totals: Streams that yield no records.
        is_flagged: Whether sums and counts are excused that a flag says are not to be relied on.
    """
    for (stream, place), amount in after.days.items():
        if is_flagged and after.is_doubted(place):
            continue
        if stream in totals and amount not in (before.days.get((stream, place)), true.days.get((stream, place))):
            fail(f"fault {fault!r} spoils {readable(place)} of {stream}: a reading that did not succeed must raise")
    for key in sorted(before.records.keys() | after.records.keys()):
        if after.records.get(key) not in (before.records.get(key), true.records.get(key)):
            what = "loses" if key not in after.records else "spoils"
            fail(
                f"fault {fault!r} {what} records of stream {key[0]}: a reading that did not succeed must raise, and "
                "not yield what it has as if that were all"
            )


def _flagged(flag: tuple[str, str, int, int, str]) -> str:
    origin, measure, *_, quality = flag
    return f"{origin} says that {measure} is {quality}"


def _told(error: KpitapsError) -> str:
    return f"{type(error).__name__}: {error}"
