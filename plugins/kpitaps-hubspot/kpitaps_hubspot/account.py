"""Whose account it is, in which zone and currency, and what the key may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kpitaps import Account, Incomplete, NeedsAuth
from kpitaps_hubspot.paths import paths
from kpitaps_hubspot.payloads import Details

if TYPE_CHECKING:
    from kpitaps import Context
    from kpitaps_hubspot.paths import Paths


class Scope(NamedTuple):
    """A permission.

    Attributes:
        name: HubSpot's word for it.
        what: What it opens: an object type, ``owners`` or ``emails``.
        stream: The stream that does without if it is missing; empty where nothing works without.
    """

    name: str
    what: str
    stream: str = ""


SCOPES = (
    Scope("crm.objects.contacts.read", "contacts"),
    Scope("crm.objects.companies.read", "companies"),
    Scope("crm.objects.deals.read", "deals"),
    Scope("crm.objects.owners.read", "owners"),
    Scope("tickets", "tickets", stream="tickets"),
    Scope("crm.objects.feedback_submissions.read", "feedback_submissions", stream="feedback"),
    Scope("content", "emails", stream="emails"),
)
"""Meetings come with the contacts. Surveys and marketing e-mails exist on larger plans only."""


def read(ctx: Context) -> Account:
    """Ask whose account it is, and try what the key may read: HubSpot does not list the scopes of a service key.

    Raises:
        NeedsAuth: naming the scopes that are missing of those that nothing works without.
    """
    details = Details.model_validate_json(ctx.http.get(paths(ctx).details).content)
    missing = [scope for scope in SCOPES if not _may(ctx, _place(paths(ctx), scope.what))]
    if needed := [scope.name for scope in missing if not scope.stream]:
        raise NeedsAuth(f"the key may not read HubSpot account {details.portal_id}: grant it {', '.join(needed)}")
    return Account(
        id=str(details.portal_id),
        name=f"HubSpot {details.portal_id}",
        time_zone=details.time_zone,
        currency=details.company_currency,
        incomplete=tuple(_gap(scope) for scope in missing),
    )


def is_denied(ctx: Context, what: str) -> bool:
    """Return whether the key may not read an object type, or ``emails``."""
    without = {scope.stream for scope in SCOPES if scope.what == what}
    return any(not without.isdisjoint(gap.streams) for gap in ctx.account.incomplete)


def _may(ctx: Context, path: str) -> bool:
    try:
        ctx.http.get(path, params={"limit": "1"})
    except NeedsAuth as refused:
        if refused.account:
            raise  # the key itself has ended meanwhile
        return False
    return True


def _place(of: Paths, what: str) -> str:
    if what == "owners":
        return of.owners
    return of.emails if what == "emails" else of.listed(what)


def _gap(scope: Scope) -> Incomplete:
    return Incomplete(
        streams=(scope.stream,),
        before=None,
        reason=f"HubSpot does not show {scope.what.replace('_', ' ')} to this key: the scope {scope.name} is missing",
        fix=f"Grant the scope {scope.name}, if your plan has it; the history is then read",
    )
