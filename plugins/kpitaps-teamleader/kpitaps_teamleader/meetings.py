"""Meetings, on the day they are for; one that is called off is deleted from the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import Record
from kpitaps_teamleader.declaration import tap
from kpitaps_teamleader.names import name_of, users
from kpitaps_teamleader.paging import read_all
from kpitaps_teamleader.payloads import Meeting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context

meetings = tap.measure("meetings")


@tap.listing("meetings", feeds=[meetings], every="1h")
def read_meetings(ctx: Context) -> Iterator[Record]:
    """Read all meetings, those to come included. Whose it is: the first colleague among those who attend."""
    body = {"sort": [{"field": "scheduled_at", "order": "asc"}]}
    names = users(ctx)
    for meeting in read_all(ctx, "meetings.list", Meeting, body):
        rep = next((each for each in meeting.attendees if each.type == "user"), None)
        yield Record(meeting.id).add(meetings, meeting.scheduled_at, 1, rep=name_of(rep, names))
