"""Tools for sandboxes: stand-ins for vendors' services over real HTTP, fed by a fictional company's event log.

`Story` says what happened, `Clock` what time it is, `Faults` what goes wrong; `Front` and `serve` put a sandbox on
loopback. ``python -m kpitaps.testing <module>:<factory>`` runs one in a process of its own.
"""

from __future__ import annotations

from kpitaps.testing.admin import admin_routes
from kpitaps.testing.bucket import LeakyBucket
from kpitaps.testing.clock import Clock
from kpitaps.testing.faults import HTTP_KINDS, Fault, Faults
from kpitaps.testing.front import Front
from kpitaps.testing.sandbox import Asgi, Logged, Sandbox
from kpitaps.testing.serving import serve
from kpitaps.testing.story import Story

__all__ = [
    "HTTP_KINDS",
    "Asgi",
    "Clock",
    "Fault",
    "Faults",
    "Front",
    "LeakyBucket",
    "Logged",
    "Sandbox",
    "Story",
    "admin_routes",
    "serve",
]
