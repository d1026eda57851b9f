"""Tools for sandboxes: stand-ins for vendors' services over real HTTP, fed by a fictional company's event log.

`Story` says what happened, `Clock` what time it is, `Faults` what goes wrong; `Front` and `serve` put a sandbox on
loopback. ``python -m kpitaps.testing <module>:<factory>`` runs one in a process of its own. `TapConformance` holds a
tap against its sandbox; it is loaded on first use, for it needs the whole of kpitaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps.testing.admin import admin_routes
from kpitaps.testing.bucket import LeakyBucket
from kpitaps.testing.clock import Clock
from kpitaps.testing.faults import HTTP_KINDS, Fault, Faults
from kpitaps.testing.front import Front
from kpitaps.testing.sandbox import Asgi, ConsentingSandbox, Logged, Sandbox
from kpitaps.testing.serving import serve
from kpitaps.testing.story import Office, Story
from kpitaps.testing.windows import FixedWindow, SlidingWindow, Verdict

if TYPE_CHECKING:
    from kpitaps.testing.conformance import TapConformance

__all__ = [
    "HTTP_KINDS",
    "Asgi",
    "Clock",
    "ConsentingSandbox",
    "Fault",
    "Faults",
    "FixedWindow",
    "Front",
    "LeakyBucket",
    "Logged",
    "Office",
    "Sandbox",
    "SlidingWindow",
    "Story",
    "TapConformance",
    "Verdict",
    "admin_routes",
    "serve",
]


def __getattr__(name: str) -> Any:
    if name != "TapConformance":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kpitaps.testing.conformance import TapConformance  # noqa: PLC0415 - see above

    return TapConformance
