"""Reading one slice: what a stream's function answers for a span, and whether it looks at the span at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kpitaps.errors import TapBug
from kpitaps.store.clocks import is_dated
from kpitaps.store.instants import to_micros
from kpitaps.sync.plan import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpitaps.calendar import Span
    from kpitaps.store import LandedRecord
    from kpitaps.tap import Stream

_PATIENCE = 3
"""Slices that may be wide of the mark: a change of something else may touch many records once."""


class OverflowedError(Exception):
    """A slice holds more records than one transaction should."""


class Slice(NamedTuple):
    """The records that were answered for a span, and how many of them were updated in it, as far as they tell.

    Records without a time, numbered ones say, count as if they were.
    """

    records: list[LandedRecord]
    inside: int


def read_slice(answers: Iterable[LandedRecord], span: Span, limit: int) -> Slice:
    """Return what is answered for ``span``.

    Raises:
        OverflowedError: if that is more than ``limit`` records and the span can be cut.
    """
    start, end = to_micros(span.start), to_micros(span.end)
    records: list[LandedRecord] = []
    inside = 0
    for record in answers:
        records.append(record)
        inside += not is_dated(record.updated_at) or start <= record.updated_at < end
        if len(records) > limit and span.length > SMALLEST:
            raise OverflowedError
    return Slice(records, inside)


class Blindness:
    """Notices a function that answers with everything whatever the span: its slices would be cut for ever.

    Attributes:
        error: What is to be said, once several slices have held more records from outside than a slice may hold.
    """

    def __init__(self, stream: Stream) -> None:
        self.error: TapBug | None = None
        self._stream = stream
        self._met = 0
        # Keys of the last slice that held records without a time.
        self._before: frozenset[bytes] = frozenset()

    def inside(self, answered: Slice) -> int:
        """Return how many records of a slice were updated in it, and look whether there are too many others.

        A record without a time that the slice before held as well cannot have been updated in both.
        """
        undated = frozenset(record.record for record in answered.records if not is_dated(record.updated_at))
        inside = answered.inside - len(undated & self._before)
        self._before = undated or self._before
        outside = len(answered.records) - inside
        self._met += outside > self._stream.slice_limit
        if self._met > _PATIENCE:
            self.error = TapBug(
                f"stream {self._stream.name} does not look at its span: {outside} of the {len(answered.records)} "
                "records that it yielded for one second were updated at other times; ask the source for what was "
                "updated from span.start to span.end, or declare @tap.listing if it can only be read as a whole"
            )
        return inside
