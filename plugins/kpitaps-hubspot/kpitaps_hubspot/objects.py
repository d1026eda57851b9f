"""Reading records: what changed within a span, some of them in full, those that were deleted, and all their ids.

Changes are searched within a window of the update clock and paged by record id. Paging by position ends at 10,000
results, and never gets past a moment at which more than that changed at once; ids have no such end.
https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from kpitaps import Record
from kpitaps_hubspot.account import is_denied
from kpitaps_hubspot.paths import paths
from kpitaps_hubspot.payloads import Associations, Row, Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kpitaps import Context, Span
    from kpitaps_hubspot.payloads import To

FOUND = 200
"""Results that one page of a search may hold."""
LISTED = 100
"""Records that one page of a list, or one batch, may hold."""
IN_FULL = 50
"""Records that one batch may hold if the history of properties is asked for."""
GONE = 2_000
"""Deleted records that a run looks at: who clears out a hundred thousand contacts must not pay for it every run."""

CLOCKS = {"contacts": "lastmodifieddate"}
"""The property that is the update clock, where it is not ``hs_lastmodifieddate``."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRIMARY = (5, "deal_to_company")
"""What marks the primary company of a deal: its number in the dated versions, its name in v3."""


def changed(ctx: Context, kind: str, span: Span, properties: Sequence[str] = ()) -> Iterator[list[Row]]:
    """Yield pages of the records whose update clock lies in the span, by id.

    Properties that HubSpot computes may come back empty from a search: read those with `in_full`.
    """
    clock = CLOCKS.get(kind, "hs_lastmodifieddate")
    window = [_is(clock, "GTE", str(_ms(span.start))), _is(clock, "LT", str(_ms(span.end, up=True)))]
    last: str | None = None
    while True:
        beyond = [] if last is None else [_is("hs_object_id", "GT", last)]
        body = {
            "filterGroups": [{"filters": [*window, *beyond]}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": [*properties],
            "limit": FOUND,
        }
        page = Rows.model_validate_json(ctx.http.post(paths(ctx).search(kind), json=body).content)
        if not page.results:
            return
        yield page.results
        if page.after is None:
            return
        last = max((row.id for row in page.results), key=int)


def in_full(
    ctx: Context, kind: str, ids: Iterable[str], properties: Sequence[str], histories: Sequence[str] = ()
) -> Iterator[Row]:
    """Yield records by id with what HubSpot computes and with what properties used to be.

    One that was deleted meanwhile is left out.
    """
    unique = list(dict.fromkeys(ids))
    for some in _portions(unique, IN_FULL if histories else LISTED):
        body: dict[str, Any] = {"inputs": [{"id": each} for each in some], "properties": [*properties]}
        body["propertiesWithHistory"] = [*histories]
        yield from Rows.model_validate_json(ctx.http.post(paths(ctx).batch(kind), json=body).content).results


def gone(ctx: Context, kind: str, span: Span) -> Iterator[Record]:
    """Yield the records that were deleted within the span.

    No search shows them; the list of archived records has no filter, so it is read from its start once a run. HubSpot
    drops records from it after 90 days. What lies beyond the first of them is found by `keys`.
    """
    for row in ctx.once(f"archived {kind}", lambda: list(islice(_archived(ctx, kind), GONE))):
        when = row.archived_at or row.updated_at
        if span.start <= when < span.end:
            yield Record(row.id, when).deleted()


def keys(ctx: Context, kind: str) -> Iterator[str]:
    """Yield the ids of all records there are: one that was merged into another is in no list of deleted ones."""
    if is_denied(ctx, kind):
        return
    for row in _listed(ctx, kind, {"properties": "hs_object_id"}):
        yield row.id


def companies_of(ctx: Context, ids: Iterable[str]) -> dict[str, str]:
    """Return the company of each deal, the primary one where it has several; deals without one are left out."""
    found: dict[str, str] = {}
    for some in _portions(list(ids), LISTED):
        body = {"inputs": [{"id": each} for each in some]}
        reply = ctx.http.post(paths(ctx).associations("deals", "companies"), json=body)
        for each in Associations.model_validate_json(reply.content).results:
            if each.to:
                found[each.start.id] = min(each.to, key=_rank).company
    return found


def _rank(to: To) -> tuple[bool, str]:
    """Sort the primary company before others."""
    marks = {to.type, *(kind.type_id for kind in to.association_types)}
    return marks.isdisjoint(_PRIMARY), to.company


def _archived(ctx: Context, kind: str) -> Iterator[Row]:
    return _listed(ctx, kind, {"archived": "true", "properties": "hs_object_id"})


def _listed(ctx: Context, kind: str, asked: dict[str, str]) -> Iterator[Row]:
    after: str | None = None
    while True:
        params = {"limit": str(LISTED), **asked, **({} if after is None else {"after": after})}
        page = Rows.model_validate_json(ctx.http.get(paths(ctx).listed(kind), params=params).content)
        yield from page.results
        if (after := page.after) is None:
            return


def _is(name: str, operator: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}


def _ms(instant: datetime, *, up: bool = False) -> int:
    """Return milliseconds since the epoch, down or up to a whole one."""
    micros = (instant - _EPOCH) // timedelta(microseconds=1)
    return -(-micros // 1000) if up else micros // 1000


def _portions(values: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
