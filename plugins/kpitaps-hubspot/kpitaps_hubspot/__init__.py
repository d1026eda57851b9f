"""The HubSpot tap of kpitaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import hookimpl

if TYPE_CHECKING:
    from kpitaps import Tap


@hookimpl
def kpitaps_taps() -> list[Tap]:
    """Hand over the HubSpot tap."""
    from kpitaps_hubspot.tap import tap  # noqa: PLC0415 - imported when it is asked for

    return [tap]


@hookimpl
def kpitaps_sandboxes() -> dict[str, str]:
    """Say where the HubSpot sandbox is."""
    return {"hubspot": "kpitaps_hubspot.sandbox:demo_sandbox"}
