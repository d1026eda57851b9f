"""The Teamleader tap of kpitaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import hookimpl

if TYPE_CHECKING:
    from kpitaps import Tap


@hookimpl
def kpitaps_taps() -> list[Tap]:
    """Hand over the Teamleader tap."""
    from kpitaps_teamleader.tap import tap  # noqa: PLC0415 - imported when it is asked for

    return [tap]


@hookimpl
def kpitaps_sandboxes() -> dict[str, str]:
    """Say where the Teamleader sandbox is."""
    return {"teamleader": "kpitaps_teamleader.sandbox:demo_sandbox"}
