"""One thing a tap reads, and how often and how far back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kpitaps.measures import Measure


ACCOUNT = "account"
"""The name under which a run is logged whose account refused; no stream may have it."""


class StreamKind(StrEnum):
    """How a stream's answers are to be understood."""

    RECORDS = "records"
    """Records with an update clock."""
    LISTING = "listing"
    """Records of a source that can only be read as a whole: what is not listed is gone."""
    PERIODS = "periods"
    """Totals per day; an answer replaces its span."""
    WINDOWS = "windows"
    """Distinct counts, one answer per window: they add up in no direction."""
    SNAPSHOT = "snapshot"
    """Levels that only have a now."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A reading function and its terms.

    Attributes:
        name: Unique within the tap.
        kind: How its answers are to be understood.
        read: The author's generator function.
        feeds: The measures it may feed; an entry of another is a bug.
        every: How often it is read again.
        history: How far back the first reading goes.
        lag: How long the source's index may trail its writes: this much is read again each time.
        ahead: How long before its business day a record may last have been updated.
        settles: For periods and windows: how long after its end a day, or a window, may still change; until then it is
            read again each time. For snapshots: how long a level holds after it was read.
        sweep: For records whose edits or deletions the source cannot tell: how often all is read.
        keys: Lists the keys of all records that exist, so that a sweep need not read the records themselves.
        slice_limit: Records that one slice may hold before it is split in two.
        mapping: Raised by the author when records are turned into measures in another way: the history is then read
            again, beside the old numbers.
    """

    name: str
    kind: StreamKind
    read: Callable[..., Iterable[Any]]
    feeds: tuple[Measure, ...]
    every: timedelta
    history: timedelta = timedelta(0)
    lag: timedelta = timedelta(0)
    ahead: timedelta = timedelta(0)
    settles: timedelta = timedelta(0)
    sweep: timedelta | None = None
    keys: Callable[..., Iterable[str]] | None = None
    slice_limit: int = 10_000
    mapping: int = 1
