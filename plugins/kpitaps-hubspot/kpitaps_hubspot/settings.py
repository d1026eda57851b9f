"""What a person tells kpitaps to connect a HubSpot account."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from kpitaps import Secret, Settings, setting
from kpitaps_hubspot.paths import OBJECT_TYPES


def _split(value: Any) -> Any:
    """Return the words of a text with commas; what is a list already stays one."""
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


def _pairs(value: Any) -> Any:
    """Return ``a=1, b=2`` as a mapping; what is one already stays one."""
    if not isinstance(value, str):
        return value
    pairs = [word.partition("=") for word in _split(value)]
    if any(not mark for _, mark, _ in pairs):
        raise ValueError("write name=number, separated by commas")
    return {name.strip(): number.strip() for name, _, number in pairs}


def _known(ids: dict[str, str]) -> dict[str, str]:
    """Refuse a misspelt object type, whose id nobody would ever use."""
    if unknown := ids.keys() - OBJECT_TYPES.keys():
        raise ValueError(f"{', '.join(sorted(unknown))}: the object types are {', '.join(OBJECT_TYPES)}")
    return ids


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
ObjectTypes = Annotated[dict[str, str], BeforeValidator(_pairs), AfterValidator(_known)]


class PortalSettings(Settings):
    """How to get into the account, and which of its own words mean what."""

    service_key: Secret | None = setting(
        "Service key",
        help="From Settings → Integrations → Service keys; give either this or the client ID and secret of an app",
        default=None,
    )
    client_id: str = setting("Client ID", help="Of an OAuth app, in place of a service key", default="")
    client_secret: Secret | None = setting(
        "Client secret", help="Of the same app; it is stored encrypted", default=None
    )
    api_version: str = setting(
        "API version",
        help="Which of HubSpot's APIs to ask: a dated one such as 2026-03, or v3",
        default="2026-03",
        pattern=r"v3|20\d\d-\d\d(-beta)?",
    )
    object_types: ObjectTypes = setting(
        "Object types",
        help="Only if your records are kept under other object type ids: deals=2-1234567, tickets=…",
        default={},
    )
    customer_for: int = setting(
        "Customer for",
        help="For how many days a won deal makes a company a customer",
        default=365,
        ge=1,
        le=3_650,
    )
    complaint_categories: Words = setting(
        "Complaint categories",
        help="The ticket categories that are complaints, by their internal names",
        default=("complaint",),
    )
    ticket_category: str = setting(
        "Ticket category",
        help="The internal name of the ticket property that holds the category",
        default="hs_ticket_category",
        pattern=r"[a-z][a-z0-9_]{0,99}",
    )
    not_leads: Words = setting(
        "Not leads",
        help="Lifecycle stages whose contacts are no leads, by their internal names",
        default=("subscriber",),
    )
