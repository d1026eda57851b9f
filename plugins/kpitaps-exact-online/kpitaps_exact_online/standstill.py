"""Whether the books stood still while they were read: else a difference may just be an entry of this minute."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps import RetryLater, Span
from kpitaps_exact_online.account import sees_deletions
from kpitaps_exact_online.changes import bounds_of
from kpitaps_exact_online.odata import read_changes
from kpitaps_exact_online.payloads import Changed, Gone
from kpitaps_exact_online.walltime import wall_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kpitaps import Context, Flag

MARGIN = timedelta(minutes=6)
"""Before a reading begins: what was entered then may not have been shown by all endpoints at once."""


def judged(ctx: Context, flags: Iterable[Flag]) -> Iterator[Flag]:
    """Yield the flags, if there are any and nobody has changed an entry or an item since shortly before the reading.

    Raises:
        RetryLater: if somebody has: the next sync reads and compares again.
    """
    found = list(flags)
    if found and not stood_still(ctx):
        raise RetryLater("entries were changed in Exact Online while they were read: the books are compared next time")
    yield from found


def stood_still(ctx: Context) -> bool:
    """Return whether nothing was changed or deleted since shortly before this run began."""
    start = ctx.now - MARGIN
    wall = wall_before(start, ctx.account.zone)
    bounds = bounds_of(ctx, Span(start, ctx.now))
    if bounds is None:
        return True
    for entity in ("sync/Financial/TransactionLines", "sync/Cashflow/PaymentTerms"):
        if any(row.at >= wall for row in read_changes(ctx, entity, Changed, bounds.after, None)):
            return False
    if not sees_deletions(ctx):
        return True
    return all(row.at < wall for row in read_changes(ctx, "sync/Deleted", Gone, bounds.after, None))
