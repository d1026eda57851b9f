"""The HubSpot tap: leads, subscribers, deals, customers, meetings, tickets, surveys and marketing e-mails."""

from __future__ import annotations

from functools import partial

from kpitaps import AuthorizationCode, StaticKey, Tap
from kpitaps_hubspot import account, contacts, customers, deals, feedback, marketing, meetings, objects, tickets
from kpitaps_hubspot.limits import LIMITS
from kpitaps_hubspot.settings import PortalSettings

tap = Tap(
    "hubspot",
    title="HubSpot",
    settings=PortalSettings,
    api=1,
    base_url="https://api.hubapi.com",
    hosts=["api.hubapi.com"],
    auth=[
        StaticKey(key="{service_key}"),
        AuthorizationCode(
            authorize_url="https://app.hubspot.com/oauth/authorize",
            token_url="/oauth/{api_version}/token",
            scopes=("oauth", *(scope.name for scope in account.SCOPES if not scope.stream)),
            asked={"optional_scope": " ".join(scope.name for scope in account.SCOPES if scope.stream)},
            pkce=False,
            single_use_refresh=False,
            life=1_800,
        ),
    ],
    limits=LIMITS,
)

for _part in (contacts, deals, customers, meetings, tickets, feedback, marketing):
    for _measure in _part.FEEDS:
        tap.measure(_measure.key)

tap.account(account.read)

# The index of searches trails the writes by a few moments, hence the lag.
_records = partial(tap.records, history="10y", lag="5m")
_records("contacts", feeds=contacts.FEEDS, every="15m")(contacts.read)
_records("deals", feeds=deals.FEEDS, every="15m")(deals.read)
# A won deal tells who is a customer no more a year later.
_records(customers.STREAM, feeds=customers.FEEDS, every="1h", ahead="366d")(customers.read)
# A meeting is planned before its day.
_records("meetings", feeds=meetings.FEEDS, every="15m", ahead="90d")(meetings.read)
_records("tickets", feeds=tickets.FEEDS, every="15m")(tickets.read)
_records(feedback.STREAM, feeds=feedback.FEEDS, every="1h")(feedback.read)

# Merging leaves no trace but a missing id.
for _stream, _kind in (
    ("contacts", contacts.KIND),
    ("deals", deals.KIND),
    (customers.STREAM, deals.KIND),
    ("meetings", meetings.KIND),
    ("tickets", tickets.KIND),
    (feedback.STREAM, feedback.KIND),
):
    tap.keys(_stream, every="1d")(partial(objects.keys, kind=_kind))

tap.listing(marketing.STREAM, feeds=marketing.FEEDS, every="1h")(marketing.read)
