"""What a person tells kpitaps to connect a Google Analytics property."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from kpitaps import Secret, Settings, setting

_WHERE = "open Admin → Property → Property details in Google Analytics: the number at the top right is the property ID"


def _property_id(value: Any) -> str:
    """Return the number of a property; people have several other ids at hand, which name something else."""
    text = str(value).strip().removeprefix("properties/")
    if text.upper().startswith("G-"):
        raise ValueError(f"{text} is a measurement ID, that of a data stream; {_WHERE}")
    if text.upper().startswith("UA-"):
        raise ValueError(f"{text} belongs to Universal Analytics, which Google has switched off; {_WHERE}")
    if text.upper().startswith(("GT-", "GTM-", "AW-")):
        raise ValueError(f"{text} is the ID of a tag; {_WHERE}")
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"a property ID is a number; {_WHERE}")
    return text


def _metric_name(value: Any) -> Any:
    """Return the name of the event parameter behind a custom metric, with or without Google's prefix."""
    return value.strip().removeprefix("customEvent:") if isinstance(value, str) else value


class PropertySettings(Settings):
    """Which property, and how to get in."""

    property_id: Annotated[str, BeforeValidator(_property_id)] = setting(
        "Property ID", help="The number of the property, under Admin → Property details; not the G-… of a data stream"
    )
    service_account: Secret | None = setting(
        "Service account key",
        help="The JSON key of a service account that may view the property; give either this or an OAuth client",
        default=None,
    )
    client_id: str = setting("Client ID", help="Of an OAuth client, in place of a service account", default="")
    client_secret: Secret | None = setting(
        "Client secret", help="Of the same OAuth client; it is stored encrypted", default=None
    )
    page_load_metric: Annotated[str, BeforeValidator(_metric_name)] = setting(
        "Page load metric",
        help="The custom metric in which your site reports how long a page took to load, by its event parameter",
        default="",
        pattern=r"([A-Za-z][A-Za-z0-9_]{0,39})?",
    )
