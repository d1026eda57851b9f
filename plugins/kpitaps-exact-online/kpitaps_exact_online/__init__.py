"""The Exact Online tap of kpitaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps import hookimpl

if TYPE_CHECKING:
    from kpitaps import Tap


@hookimpl
def kpitaps_taps() -> list[Tap]:
    """Hand over the Exact Online tap."""
    from kpitaps_exact_online.tap import tap  # noqa: PLC0415 - imported when it is asked for

    return [tap]


@hookimpl
def kpitaps_sandboxes() -> dict[str, str]:
    """Say where the Exact Online sandbox is."""
    return {"exact_online": "kpitaps_exact_online.sandbox:demo_sandbox"}
