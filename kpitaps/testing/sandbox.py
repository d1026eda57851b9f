"""The face that every sandbox shows, and its log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps.testing.clock import Clock
    from kpitaps.testing.faults import Faults
    from kpitaps.testing.story import Story

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An ASGI application, as Starlette and uvicorn understand it."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that a sandbox answered.

    Attributes:
        at: The sandbox's time.
        method: The HTTP method.
        path: Without the query string.
        status: Of the answer; 0 where none was sent.
        cost: In the vendor's own points; 0 where it counts none.
        note: The fault that was acted out, or what the sandbox wants to say about it; ``ignored: <what>`` where it was
            asked for something that its vendor would silently ignore.
    """

    at: datetime
    method: str
    path: str
    status: int
    cost: int
    note: str


class Sandbox(Protocol):
    """A stand-in for one vendor's service, over real HTTP, fed by a `Story`."""

    @property
    def app(self) -> Asgi:
        """The service."""

    @property
    def host(self) -> str:
        """The host name it stands in for."""

    @property
    def settings(self) -> dict[str, str]:
        """The settings with which a connection to it is made, secrets included."""

    @property
    def story(self) -> Story:
        """What happened."""

    @property
    def clock(self) -> Clock:
        """What time it is there."""

    @property
    def faults(self) -> Faults:
        """What it will do wrong next."""

    @property
    def log(self) -> list[Logged]:
        """What it was asked, and how it answered."""


class ConsentingSandbox(Sandbox, Protocol):
    """A sandbox of a service that a person must consent to; the demo and the conformance kit look for both names."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """All host names it stands in for, where its consent, tokens and API are at several."""

    def consent(self, url: str) -> str:
        """Consent at once, as a person would in a browser that is sent to ``url``.

        Returns:
            The address that the browser is sent back to, with code and state: what `kpitaps.app.connect` is given as
            ``consent``. A sandbox answers the same over HTTP, at the path of ``url``, for real browsers.
        """
