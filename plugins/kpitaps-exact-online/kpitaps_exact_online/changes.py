"""What changed within a span, from endpoints that number every change and do not know the time.

A `Timestamp` is a row version of the company's database: each change gets the highest number so far, whatever was
changed. `SyncTimestamp` tells the number of the first line of an entry that was modified at a time or later, and when
that was. All that changed before a time has a lower number, so that bounds a span's end. It does not bound its start:
between the start and that line something else may have changed. There the number of a line is taken that was modified
*before* the start.

https://start.exactonline.nl/docs/HlpRestAPIResourcesDetails.aspx?name=ReadSyncSyncSyncTimestamp
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from kpitaps import Record
from kpitaps_exact_online.account import sees_deletions
from kpitaps_exact_online.odata import read_changes, read_one
from kpitaps_exact_online.payloads import Deleted, Row, SyncTimestamp
from kpitaps_exact_online.walltime import literal, wall_after, wall_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span

FIRST = 1
"""Below every row version."""

LINES, PAYMENT_TERMS, HOURS = 1, 10, 14
"""`EntityType` of what can be deleted."""

REMEMBERED = timedelta(days=63)
"""For two months Exact Online remembers what was deleted."""

_BACK = (timedelta(days=1), timedelta(days=5), timedelta(days=30), timedelta(days=366))
"""How long before a span somebody may last have changed an entry."""
_DOUBT = timedelta(hours=1)
"""By how much wall time may mislead: once a year an hour comes twice."""
_OLDEST = datetime(2000, 1, 1)  # noqa: DTZ001 - wall time

Item = TypeVar("Item", bound=Row)


class Bounds(NamedTuple):
    """Row versions: all that changed in a span is above ``after``, and not above ``through``; None is without end."""

    after: int
    through: int | None


def changed(ctx: Context, span: Span, entity: str, model: type[Item]) -> Iterator[Item]:
    """Yield what changed within the span; some that changed a little before it, too."""
    if bounds := bounds_of(ctx, span):
        yield from read_changes(ctx, entity, model, *bounds)


def deletions(ctx: Context, span: Span, kind: int) -> Iterator[Record]:
    """Yield what was deleted within the span, as far as Exact remembers and the user may see."""
    bounds = bounds_of(ctx, span)
    if bounds is None or span.end < ctx.now - REMEMBERED or not sees_deletions(ctx):
        return
    # All kinds come in one list: the streams of a run share it.
    name = f"deleted {bounds.after} {bounds.through}"
    for row in ctx.once(name, lambda: list(read_changes(ctx, "sync/Deleted", Deleted, *bounds))):
        if row.kind == kind:
            yield Record(row.key, revision=row.timestamp).deleted()


def bounds_of(ctx: Context, span: Span) -> Bounds | None:
    """Return the row versions of a span; None if nothing had ever been booked by then."""
    zone = ctx.account.zone
    begun = _timestamp(ctx, _OLDEST).modified
    if span.end >= ctx.now:
        return Bounds(_after(ctx, span.start, begun), None)
    end = wall_after(span.end, zone)
    if begun is None or end <= begun:
        return None
    return Bounds(_after(ctx, span.start, begun), _timestamp(ctx, end).timestamp)


def _after(ctx: Context, start: datetime, begun: datetime | None) -> int:
    """Return a row version that is below all of what changed at ``start`` or later; ``begun`` is the first entry's."""
    zone = ctx.account.zone
    wall = wall_before(start, zone)
    for back in _BACK:
        if begun is None or wall - back <= begun:
            break
        found = _timestamp(ctx, wall_before(start - back, zone))
        if found.timestamp is not None and found.modified is not None and found.modified <= wall - _DOUBT:
            return max(FIRST, found.timestamp - 1)
    return FIRST


def _timestamp(ctx: Context, wall: datetime) -> SyncTimestamp:
    """Return the first line modified at ``wall`` or later; asked once per run."""
    params = {"modified": literal(wall), "endPoint": "'TransactionLines'"}

    def ask() -> SyncTimestamp:
        found = read_one(ctx, "read/sync/Sync/SyncTimestamp", SyncTimestamp, params)
        return found or SyncTimestamp.model_validate({})

    return ctx.once(f"timestamp {wall}", ask)
