"""What the portal answers to each question, once it may be asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kpitaps.testing.asgi import JSONResponse
from kpitaps_hubspot.sandbox_answers import Refused, batch, email_body, page, record_body
from kpitaps_hubspot.sandbox_properties import KNOWN, OBJECT_IDS
from kpitaps_hubspot.sandbox_search import found, read_search
from kpitaps_hubspot.sandbox_tables import owners_body, pipelines_body

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kpitaps.testing.asgi import Request, Response
    from kpitaps_hubspot.sandbox_portal import Portal
    from kpitaps_hubspot.sandbox_records import Thing

MOST_LISTED = 100
MOST_WITH_HISTORY = 50
MOST_ASSOCIATED = 1_000
PRIMARY, UNLABELED = 5, 341
"""Association types from a deal to a company."""


class Api:
    """The portal's answers at one instant.

    Args:
        portal: The records.
        now: The instant.
        indexed_until: What changed after this is not in the search index yet.
        spoilt: Faults that this answer acts out.
    """

    def __init__(self, portal: Portal, now: datetime, indexed_until: datetime, spoilt: Sequence[str]) -> None:
        self.portal = portal
        self.now = now
        self.indexed_until = indexed_until
        self.spoilt = spoilt

    def listed(self, request: Request) -> Response:
        """Answer a page of all records of a type, by id."""
        kind, asked = kind_of(request), request.query_params
        note_ignored(
            request, set(asked) - {"limit", "after", "archived", "properties", "propertiesWithHistory", "associations"}
        )
        properties, histories = _names(asked.get("properties")), _names(asked.get("propertiesWithHistory"))
        limit = _limit(asked.get("limit"), MOST_WITH_HISTORY if histories else MOST_LISTED)
        archived, after = asked.get("archived") == "true", int(asked.get("after") or 0)
        rows = [row for row in self.portal.sorted(kind) if (row.archived is not None) is archived and row.id > after]
        note_unknown(request, kind, [*properties, *histories])
        bodies = [record_body(row, properties, histories) for row in rows[:limit]]
        return JSONResponse(page(self._doubled(bodies), str(rows[limit - 1].id) if len(rows) > limit else None))

    async def searched(self, request: Request) -> Response:
        """Answer a search."""
        kind = kind_of(request)
        search = read_search(kind, await request.body())
        indexed = [row for row in self.portal.sorted(kind) if not row.archived and row.updated <= self.indexed_until]
        rows = found(search, indexed)
        start = int(search.after)
        end = start + search.limit
        note_unknown(request, kind, search.properties)
        hidden = "null_calculated" in self.spoilt
        bodies = [record_body(row, search.properties, without_computed=hidden) for row in rows[start:end]]
        return JSONResponse(page(self._doubled(bodies), str(end) if len(rows) > end else None, total=len(rows)))

    async def read(self, request: Request) -> Response:
        """Answer a batch of records by id; an id that was merged away brings the record it became."""
        kind, body = kind_of(request), await _json(request)
        properties, histories = body.get("properties") or [], body.get("propertiesWithHistory") or []
        ids = [str(each["id"]) for each in body["inputs"]]
        most = MOST_WITH_HISTORY if histories else MOST_LISTED
        if len(ids) > most:
            raise Refused(400, "VALIDATION_ERROR", f"Up to {most} inputs can be read at once, not {len(ids)}.")
        note_unknown(request, kind, [*properties, *histories])
        rows = {number: self.portal.find(kind, int(number)) for number in ids}
        results = [record_body(row, properties, histories) for row in rows.values() if row]
        return batch(self._doubled(results), [number for number, row in rows.items() if row is None], self.now)

    async def associated(self, request: Request) -> Response:
        """Answer which companies records belong to, in the words of the version that is asked."""
        body = await _json(request)
        from_kind, to_kind = (_kind(request.path_params[name]) for name in ("from_kind", "to_kind"))
        if to_kind != "companies":
            raise Refused(400, "VALIDATION_ERROR", f"The sandbox associates with companies only, not {to_kind}.")
        ids = [str(each["id"]) for each in body["inputs"]]
        if len(ids) > MOST_ASSOCIATED:
            raise Refused(400, "VALIDATION_ERROR", f"Up to {MOST_ASSOCIATED} inputs can be read at once.")
        rows = {number: self.portal.find(from_kind, int(number)) for number in ids}
        in_words = request.url.path.startswith("/crm/v3/")
        write = _in_words if in_words else _in_numbers
        results = [
            {"from": {"id": number}, "to": write(row)}
            for number, row in rows.items()
            if row is not None and row.companies
        ]
        return batch(results, [number for number, row in rows.items() if row is None or not row.companies], self.now)

    def pipelines(self, request: Request) -> Response:
        """Answer the pipelines of deals or tickets; none is archived."""
        archived = request.query_params.get("archived") == "true"
        return JSONResponse({"results": [] if archived else pipelines_body(_kind(request.path_params["kind"]))})

    def owners(self, request: Request) -> Response:
        """Answer who owns records; without ``archived`` only who still works there."""
        asked = request.query_params
        rows = owners_body(archived=asked.get("archived") == "true")
        limit, after = _limit(asked.get("limit"), 500, usual=100), int(asked.get("after") or 0)
        rest = [row for row in rows if int(row["id"]) > after]
        return JSONResponse(page(rest[:limit], rest[limit - 1]["id"] if len(rest) > limit else None))

    def emails(self, request: Request) -> Response:
        """Answer a page of marketing e-mails."""
        asked = request.query_params
        note_ignored(
            request,
            set(asked) - {"limit", "after", "archived", "includeStats", "isPublished", "sort", "includedProperties"},
        )
        limit, after = _limit(asked.get("limit"), MOST_LISTED), int(asked.get("after") or 0)
        rows = [] if asked.get("archived") == "true" or asked.get("isPublished") == "false" else self._emails(after)
        with_stats = asked.get("includeStats") == "true"
        bodies = [email_body(row, with_stats=with_stats) for row in rows[:limit]]
        after_this = str(rows[limit - 1].id) if len(rows) > limit else None
        return JSONResponse(page(self._doubled(bodies), after_this, total=len(self.portal.emails)))

    def _emails(self, after: int) -> list[Any]:
        return [email for number, email in sorted(self.portal.emails.items()) if number > after]

    def _doubled(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows for _ in range(2)] if "duplicate_rows" in self.spoilt else rows


def kind_of(request: Request) -> str:
    """Return the name of the object type in a path.

    Raises:
        Refused: if there is no such type.
    """
    return _kind(request.path_params["kind"])


def note_unknown(request: Request, kind: str, names: Sequence[str]) -> None:
    """Note the properties that HubSpot leaves out without a word."""
    note_ignored(request, {name for name in names if name not in KNOWN[kind]})


def note_ignored(request: Request, names: set[str]) -> None:
    """Note what the answer takes no account of, for who holds the tap to asking only what is answered."""
    if names:
        request.state.note = f"ignored: {', '.join(sorted(names))}"


def _kind(text: str) -> str:
    kind = OBJECT_IDS.get(text, text)
    if kind not in KNOWN:
        raise Refused(400, "VALIDATION_ERROR", f"Unable to infer object type from: {text}")
    return kind


def _names(text: str | None) -> list[str]:
    return [name for name in (text or "").split(",") if name]


def _limit(text: str | None, most: int, *, usual: int = 10) -> int:
    limit = int(text or usual)
    if not 0 < limit <= most:
        raise Refused(400, "VALIDATION_ERROR", f"limit must be between 1 and {most}, not {limit}.")
    return limit


async def _json(request: Request) -> Any:
    try:
        body = json.loads(await request.body())
        body["inputs"][0]["id"]
    except (ValueError, TypeError, KeyError, IndexError):
        raise Refused(400, "VALIDATION_ERROR", "Invalid input JSON: inputs with ids are needed.") from None
    return body


def _in_words(row: Thing) -> list[dict[str, Any]]:
    primary, unlabeled = f"{row.kind[:-1]}_to_company", f"{row.kind[:-1]}_to_company_unlabeled"
    rows = [{"id": str(company), "type": unlabeled} for company in row.companies]
    return [{"id": str(row.companies[0]), "type": primary}, *rows]


def _in_numbers(row: Thing) -> list[dict[str, Any]]:
    plain = {"category": "HUBSPOT_DEFINED", "typeId": UNLABELED, "label": None}
    primary = {"category": "HUBSPOT_DEFINED", "typeId": PRIMARY, "label": "Primary"}
    return [
        {"toObjectId": str(company), "associationTypes": [plain] if place else [primary, plain]}
        for place, company in enumerate(row.companies)
    ]
