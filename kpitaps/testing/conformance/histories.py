"""Is history the same as increments? What a load finds at the end is what readings on the way have gathered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.tap import StreamKind
from kpitaps.testing.conformance.ledger import readable
from kpitaps.testing.conformance.stage import read
from kpitaps.testing.conformance.verdict import fail, hidden

if TYPE_CHECKING:
    from collections.abc import Container

    from kpitaps.testing.conformance.ledger import Content
    from kpitaps.testing.conformance.stage import Stage

__tracebackhide__ = hidden

STEP = timedelta(hours=23)
"""From one reading to the next: each at another time of the day."""

OF_NOW = frozenset({StreamKind.SNAPSHOT, StreamKind.WINDOWS})
"""Kinds that only know the present: a load cannot find what they were."""


def check_increments(stage: Stage) -> None:
    """Reading day by day, and reading all at the end, fill the same ledger."""
    with stage.resumed(now=stage.early) as bench:
        while (now := bench.sandbox.clock.now()) < stage.kit.now:
            bench.sandbox.clock.set(min(now + STEP, stage.kit.now))
            read(bench)
        stepped = bench.file.content()
    streams = {stream.name for stream in stage.kit.tap.streams.values() if stream.kind not in OF_NOW}
    once = stage.first.file.content().of(streams)
    if difference := difference_of(stepped.of(streams), once, forgetting=stage.kit.forgets):
        fail(
            f"reading day by day ends in another ledger than reading all at once: {difference}. A record's "
            "contributions follow from the source's row alone, and every change of it moves its update clock; where "
            "the source does not do that, use sweep=, keys() or a listing"
        )


def difference_of(
    ours: Content, true: Content, *, forgetting: Container[str] = (), excusing: Content | None = None
) -> str:
    """Return the first difference of what a ledger holds from what it must, in words; empty if there is none.

    Args:
        ours: What it holds. Days before the other one's history may be more.
        true: What it must hold.
        forgetting: Streams whose source forgets: what we still know of them may be more, too.
        excusing: A ledger that says which sums and counts are not to be relied on: they may be whatever they are.
    """
    for key in sorted(ours.days.keys() | true.days.keys()):
        stream, place = key
        is_surplus = key not in true.days and (stream in forgetting or place[3] < true.since.get(stream, 0))
        is_excused = excusing is not None and excusing.is_doubted(place)
        if not (is_surplus or is_excused) and ours.days.get(key) != true.days.get(key):
            told = tuple(_amount(content.days.get(key)) for content in (ours, true))
            return f"stream {stream} has {told[0]} of {readable(place)} instead of {told[1]}"
    for record in sorted(true.records):
        if ours.records.get(record) != true.records[record]:
            place = true.records[record][0][0]
            return f"a record of stream {record[0]} that adds to {readable(place)} adds something else"
    return ""


def _amount(halves: tuple[int, int] | None) -> str:
    numerator, denominator = halves or (0, 0)
    return f"{numerator / 1e6:g}" + (f" over {denominator / 1e6:g}" if denominator else "")
