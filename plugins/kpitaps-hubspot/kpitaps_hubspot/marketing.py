"""Marketing e-mails: how many were delivered, opened, clicked, and made people unsubscribe.

What becomes of an e-mail is told as counters that grow for weeks, without any sign that they have: so all e-mails that
were sent are listed each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import VOCABULARY, Record
from kpitaps_hubspot.account import is_denied
from kpitaps_hubspot.paths import paths
from kpitaps_hubspot.payloads import Emails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context
    from kpitaps_hubspot.payloads import Email

STREAM = "emails"
LISTED = 100

COUNTERS = {
    "delivered": VOCABULARY["emails_delivered"],
    "open": VOCABULARY["emails_opened"],
    "click": VOCABULARY["emails_clicked"],
    "unsubscribed": VOCABULARY["unsubscribes"],
}
FEEDS = [*COUNTERS.values()]


def read(ctx: Context) -> Iterator[Record]:
    """Read all marketing e-mails that were sent."""
    if is_denied(ctx, STREAM):
        return
    after: str | None = None
    while True:
        asked = {"limit": str(LISTED), "isPublished": "true", "includeStats": "true"}
        params = asked if after is None else {**asked, "after": after}
        page = Emails.model_validate_json(ctx.http.get(paths(ctx).emails, params=params).content)
        for email in page.results:
            yield contributions(email)
        if page.paging is None or page.paging.next is None:
            return
        after = page.paging.next.after


def contributions(email: Email) -> Record:
    """Return what an e-mail adds on the day it was sent."""
    record = Record(email.id)
    if email.publish_date is None or email.stats is None:
        return record
    campaign = email.name or email.subject or email.id
    for counter, measure in COUNTERS.items():
        if number := email.stats.counters.get(counter, 0):
            record.add(measure, email.publish_date, number, campaign=campaign)
    return record
