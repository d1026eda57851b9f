"""Meetings: those that took place or will."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import VOCABULARY, Record
from kpitaps_hubspot import objects
from kpitaps_hubspot.directory import owner_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span

KIND = "meetings"
PROPERTIES = ("hs_meeting_start_time", "hs_timestamp", "hs_meeting_outcome", "hubspot_owner_id")
NO_MEETINGS = ("CANCELED", "NO_SHOW", "RESCHEDULED")
"""Outcomes of what was no meeting; one that was put off this way is entered anew for its other day."""

meetings = VOCABULARY["meetings"]
FEEDS = [meetings]


def read(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the meetings that changed or were deleted within the span."""
    yield from objects.gone(ctx, KIND, span)
    for rows in objects.changed(ctx, KIND, span, PROPERTIES):
        for row in rows:
            record = Record(row.id, row.updated_at)
            start = row.instant("hs_meeting_start_time") or row.instant("hs_timestamp")
            owner = row.text("hubspot_owner_id")
            if start is not None and row.text("hs_meeting_outcome") not in NO_MEETINGS:
                rep = owner_names(ctx).get(owner, f"owner {owner}") if owner else None
                record.add(meetings, start, 1, rep=rep)
            yield record
