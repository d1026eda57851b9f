"""What the lists of opportunities and accounts show.

See the lists of properties at https://start.exactonline.nl/docs/HlpRestAPIResources.aspx
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kpitaps.testing.story import REPS
from kpitaps_exact_online.sandbox_fields import traces, version
from kpitaps_exact_online.sandbox_wire import (
    Fields,
    Kind,
    absent,
    flag,
    guid,
    midnight,
    moment,
    number,
    padded,
    text,
    uid,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kpitaps_exact_online.sandbox_books import Books

_NAMES = {rep.id: rep.name for rep in REPS}


class Party(NamedTuple):
    """A client or supplier."""

    key: str
    version: int
    id: int
    name: str
    status: str | None
    is_supplier: bool
    since: datetime


def _value(deal: Any, show: Callable[[Any], Any]) -> Any:
    return None if deal.value is None else show(deal.value)


def client(books: Books, id_: int, show: Callable[[Any], Any]) -> Any:
    """Return what is to be shown of a client of the office."""
    known = books.desk.clients.get(id_)
    return None if known is None else show(known)


OPPORTUNITY_FIELDS: Fields = {
    "ID": guid(lambda _, deal: deal.key),
    "Account": guid(lambda _, deal: uid("account", deal.began.client)),
    "AccountCode": text(lambda _, deal: padded(deal.began.client)),
    "AccountName": text(lambda books, deal: client(books, deal.began.client, lambda client: client.name)),
    "AmountDC": number(lambda _, deal: _value(deal, lambda value: value.home / 100)),
    "AmountFC": number(lambda _, deal: _value(deal, lambda value: value.cents / 100)),
    "CloseDate": moment(lambda _, deal: midnight(deal.closed_on or deal.began.expected_on)),
    "Currency": text(lambda books, deal: deal.value.currency if deal.value else books.currency),
    "LeadSource": guid(lambda _, deal: uid("source", deal.began.source)),
    "LeadSourceDescription": text(lambda _, deal: deal.began.source),
    "Name": text(lambda _, deal: deal.began.title),
    "Number": whole(lambda _, deal: deal.number),
    "OpportunityStage": guid(lambda _, deal: uid("stage", f"{deal.began.pipeline}/{deal.stage}")),
    "OpportunityStageDescription": text(lambda _, deal: deal.stage_name),
    "OpportunityStatus": whole(lambda _, deal: deal.status),
    "Owner": guid(lambda _, deal: uid("user", deal.rep)),
    "OwnerFullName": text(lambda _, deal: _NAMES[deal.rep]),
    # Percentages are fractions in this API, as its documentation says of discounts.
    "Probability": number(lambda _, deal: deal.probability / 100),
    "RateFC": number(lambda _, deal: _value(deal, lambda value: float(value.rate))),
    "ReasonCodeDescription": text(lambda _, deal: deal.reason),
    **traces(lambda deal: deal.began.at, lambda deal: deal.modified),
    **absent(Kind.GUID, "Campaign Contact Project SalesType"),
    **absent(Kind.TEXT, "CampaignDescription ContactFullName NextAction Notes ProjectCode ProjectDescription"),
    **absent(Kind.DATE, "ActionDate"),
}

PARTY_FIELDS: Fields = {
    "ID": guid(lambda _, party: party.key),
    "Code": text(lambda _, party: padded(party.id)),
    "Country": text(lambda _books, _party: "NL "),
    "IsSales": flag(lambda _, party: party.status == "C"),
    "IsSupplier": flag(lambda _, party: party.is_supplier),
    "Name": text(lambda _, party: party.name),
    "StartDate": moment(lambda books, party: midnight(books.local(party.since).date())),
    "Status": text(lambda _, party: party.status),
    "Type": text(lambda _books, _party: "A"),
    **traces(lambda party: party.since, lambda party: party.since),
    **absent(Kind.TEXT, "AddressLine1 ChamberOfCommerce City Email Phone Postcode VATNumber Website"),
    **absent(Kind.DATE, "EndDate"),
}
SYNC_PARTY_FIELDS: Fields = {**version(), **PARTY_FIELDS}
