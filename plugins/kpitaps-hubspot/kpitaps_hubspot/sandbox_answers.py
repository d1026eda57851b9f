"""How HubSpot writes what it answers: records, pages, e-mails, and refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from kpitaps.testing.asgi import JSONResponse
from kpitaps_hubspot.sandbox_properties import ALWAYS, COMPUTED, DEFAULTS, KNOWN
from kpitaps_hubspot.sandbox_records import iso

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from kpitaps.testing.asgi import Response
    from kpitaps_hubspot.sandbox_records import Thing
    from kpitaps_hubspot.sandbox_service import Email


class Refused(Exception):
    """HubSpot refuses a request.

    Args:
        status: The HTTP status.
        category: HubSpot's word for what is wrong.
        message: What it says.
        headers: Sent along.
        more: Further fields of the body.
    """

    def __init__(
        self, status: int, category: str, message: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body = {
            "status": "error",
            "message": message,
            "correlationId": str(uuid4()),
            "category": category,
            **more,
        }

    def response(self) -> Response:
        """Return the answer."""
        return JSONResponse(self.body, self.status, self.headers)


def missing_scope(scope: str) -> Refused:
    """Return the refusal for a scope that was not granted."""
    said = "This app hasn't been granted all required scopes to make this call."
    errors = [{"message": "One or more of the following scopes are required.", "context": {"requiredScopes": [scope]}}]
    return Refused(
        403, "MISSING_SCOPES", said, errors=errors, links={"scopes": "https://developers.hubspot.com/scopes"}
    )


def record_body(
    thing: Thing,
    properties: Sequence[str],
    histories: Sequence[str] = (),
    *,
    without_computed: bool = False,
) -> dict[str, Any]:
    """Return a record with the properties that are asked for, or the usual ones; unknown names are left out."""
    names = {*ALWAYS[thing.kind], *properties, *histories} if properties or histories else {*DEFAULTS[thing.kind]}
    hidden: Collection[str] = COMPUTED if without_computed else ()
    body: dict[str, Any] = {
        "id": str(thing.id),
        "properties": {
            name: None if name in hidden else thing.properties.get(name) for name in sorted(names & KNOWN[thing.kind])
        },
        "createdAt": iso(thing.created),
        "updatedAt": iso(thing.updated),
        "archived": thing.archived is not None,
    }
    if thing.archived is not None:
        body["archivedAt"] = iso(thing.archived)
    if histories:
        known = [name for name in histories if name in KNOWN[thing.kind]]
        body["propertiesWithHistory"] = {name: _history(thing, name) for name in known}
    return body


def _history(thing: Thing, name: str) -> list[dict[str, Any]]:
    """Return what a property was set to, newest first."""
    return [
        {"value": value, "timestamp": iso(at), "sourceType": "CRM_UI", "sourceId": "userId:5000101"}
        for at, value in reversed(thing.history.get(name, []))
    ]


def page(results: list[dict[str, Any]], after: str | None, **more: Any) -> dict[str, Any]:
    """Return a page of results; ``after`` is where the next one begins."""
    body = {**more, "results": results}
    if after is not None:
        body["paging"] = {"next": {"after": after, "link": f"https://api.hubapi.com/?after={after}"}}
    return body


def batch(results: list[dict[str, Any]], missing: Sequence[str], now: datetime) -> Response:
    """Return the answer to a batch; 207 with an error where records do not exist."""
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": iso(now),
        "completedAt": iso(now),
    }
    if not missing:
        return JSONResponse(body)
    said = "Could not get some objects, they may be deleted or not exist."
    error = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": said, "context": {"ids": list(missing)}}
    return JSONResponse({**body, "numErrors": 1, "errors": [{**error, "errors": [], "links": {}}]}, 207)


def email_body(email: Email, *, with_stats: bool) -> dict[str, Any]:
    """Return a marketing e-mail that was sent."""
    body: dict[str, Any] = {
        "id": str(email.id),
        "name": email.name,
        "subject": email.name,
        "type": "BATCH_EMAIL",
        "subcategory": "batch",
        "state": "PUBLISHED",
        "isAb": False,
        "isPublished": True,
        "isTransactional": False,
        "archived": False,
        "sendOnPublish": True,
        "language": "nl",
        "content": {},
        "from": {"fromName": "Branderij De Kade", "replyTo": "post@branderijdekade.example"},
        "to": {},
        "createdAt": iso(email.sent - timedelta(days=1)),
        "updatedAt": iso(email.sent),
        "publishDate": iso(email.sent),
        "publishedAt": iso(email.sent),
    }
    if with_stats:
        body["stats"] = {
            "counters": email.counters,
            "deviceBreakdown": {},
            "qualifierStats": {},
            "ratios": _ratios(email),
        }
    return body


def _ratios(email: Email) -> dict[str, float]:
    delivered = email.counters["delivered"] or 1
    return {f"{name}ratio": 100 * email.counters[name] / delivered for name in ("open", "click", "unsubscribed")}


def account_body(*, portal: int, zone: ZoneInfo, shown_as: str, currency: str, now: datetime) -> dict[str, Any]:
    """Return what the account says of itself."""
    offset = now.astimezone(zone).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    return {
        "portalId": portal,
        "accountType": "STANDARD",
        "timeZone": shown_as,
        "companyCurrency": currency,
        "additionalCurrencies": ["USD", "GBP"],
        "utcOffset": f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
        "utcOffsetMilliseconds": minutes * 60_000,
        "uiDomain": "app-eu1.hubspot.com",
        "dataHostingLocation": "eu1",
    }
