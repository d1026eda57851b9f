"""The Google Analytics 4 tap of kpitaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import hookimpl

if TYPE_CHECKING:
    from kpitaps import Tap


@hookimpl
def kpitaps_taps() -> list[Tap]:
    """Hand over the Google Analytics 4 tap."""
    from kpitaps_google_analytics.tap import tap  # noqa: PLC0415 - imported when it is asked for

    return [tap]


@hookimpl
def kpitaps_sandboxes() -> dict[str, str]:
    """Say where the Google Analytics 4 sandbox is."""
    return {"google_analytics": "kpitaps_google_analytics.sandbox:demo_sandbox"}
