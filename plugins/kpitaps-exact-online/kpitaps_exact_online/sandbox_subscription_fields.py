"""What the lists of subscriptions, their lines and their types show.

See the lists of properties at https://start.exactonline.nl/docs/HlpRestAPIResources.aspx
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kpitaps_exact_online.sandbox_crm_fields import client
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
    text,
    uid,
    whole,
)

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps_exact_online.sandbox_office import Subscription


class SubscriptionType(NamedTuple):
    """How often a subscription is invoiced: so many of a unit."""

    key: str
    code: str
    times: int
    unit: str
    since: datetime


_UNITS = {("month", 3): ("qt", 1), ("month", 6): ("hy", 1)}
_SHORT = {"week": "wk", "month": "mm", "year": "yy"}


def period(unit: str, periods: int) -> tuple[str, int]:
    """Return a subscription's period in Exact's words: a unit and how many of it."""
    return _UNITS.get((unit, periods), (_SHORT.get(unit, unit), periods))


def type_code(unit: str, count: int) -> str:
    """Return the code of the subscription type for a period in Exact's words."""
    return f"{unit.upper()}{count}"


def _pieces(subscription: Subscription) -> int:
    """How many things are subscribed to: two where the price can be halved and the number is even."""
    cents = subscription.began.excl.home
    return 2 if cents % 2 == 0 and subscription.began.subscription % 4 == 0 else 1


def _code(subscription: Subscription) -> str:
    return type_code(*period(subscription.began.unit, subscription.began.periods))


_TRACES = traces(lambda row: row.began.at, lambda row: row.modified)
SUBSCRIPTION_FIELDS: Fields = {
    **version(),
    "BlockEntry": flag(lambda _books, _row: False),
    "CancellationDate": moment(lambda books, row: books.local(row.modified) if row.is_ended else None),
    "Currency": text(lambda books, _: books.currency),
    "Description": text(lambda _, row: row.began.title),
    "EndDate": moment(lambda _, row: midnight(row.ends_on)),
    "EntryID": guid(lambda _, row: row.key),
    "InvoiceTo": guid(lambda _, row: uid("account", row.began.client)),
    "Number": whole(lambda _, row: 1 + row.began.subscription % 1_000_000_007),
    "OrderedBy": guid(lambda _, row: uid("account", row.began.client)),
    "OrderedByName": text(lambda books, row: client(books, row.began.client, lambda client: client.name)),
    "StartDate": moment(lambda _, row: midnight(row.began.starts_on)),
    "SubscriptionType": guid(lambda _, row: uid("subscription type", _code(row))),
    "SubscriptionTypeCode": text(lambda _, row: _code(row)),
    "SubscriptionTypeDescription": text(lambda _, row: _code(row)),
    **_TRACES,
    **absent(Kind.GUID, "Classification Project ReasonCancelled"),
    **absent(Kind.TEXT, "ClassificationCode CustomerPONumber Notes"),
    **absent(Kind.DATE, "InvoicedTo InvoicingStartDate"),
}

SUBSCRIPTION_LINE_FIELDS: Fields = {
    **version(),
    "ID": guid(lambda _, line: line.key),
    "AmountDC": number(lambda _, line: line.of.began.excl.home / 100),
    "AmountFC": number(lambda _, line: line.of.began.excl.home / 100),
    "Description": text(lambda _, line: line.of.began.title),
    "Discount": number(lambda _books, _line: 0.0),
    "Division": whole(lambda books, _: books.division),
    "EntryID": guid(lambda _, line: line.of.key),
    "FromDate": moment(lambda _, line: midnight(line.of.began.starts_on)),
    "Item": guid(lambda _, line: uid("item", line.of.began.title)),
    "ItemDescription": text(lambda _, line: line.of.began.title),
    "LineNumber": whole(lambda _books, _line: 1),
    "LineType": whole(lambda _books, _line: 1),
    "Modified": moment(lambda books, line: books.local(line.of.modified)),
    "NetPrice": number(lambda _, line: line.of.began.excl.home / _pieces(line.of) / 100),
    "Quantity": number(lambda _, line: float(_pieces(line.of))),
    "SubscriptionNumber": whole(lambda _, line: 1 + line.of.began.subscription % 1_000_000_007),
    "ToDate": moment(lambda _, line: midnight(line.of.ends_on)),
    "UnitCode": text(lambda _books, _line: "pc"),
    "UnitPrice": number(lambda _, line: line.of.began.excl.home / _pieces(line.of) / 100),
    "VATCode": text(lambda _books, _line: "VH "),
    **absent(Kind.TEXT, "Notes"),
}

SUBSCRIPTION_TYPE_FIELDS: Fields = {
    "ID": guid(lambda _, kind: kind.key),
    "Code": text(lambda _, kind: kind.code),
    "Description": text(lambda _, kind: kind.code),
    "InvoicePeriod": whole(lambda _, kind: kind.times),
    "InvoicePeriodUnit": text(lambda _, kind: kind.unit),
    "SubscriptionPeriod": whole(lambda _, kind: kind.times),
    "SubscriptionPeriodUnit": text(lambda _, kind: kind.unit),
    **traces(lambda kind: kind.since, lambda kind: kind.since),
}
