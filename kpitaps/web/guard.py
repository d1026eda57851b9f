"""Who may ask: anybody on loopback by a loopback name, elsewhere only who shows the token; no page of another site."""

from __future__ import annotations

import secrets
from ipaddress import ip_address
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from kpitaps.errors import BadSettings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

OPEN_PATHS = ("/healthz", "/readyz")
"""Paths that tell nothing but yes or no; load balancers ask them without a token."""

_LOOKING = ("GET", "HEAD")
"""Methods of whoever follows a link, from wherever it is."""


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_foreign(headers: Headers) -> bool:
    """Return whether a browser says that a page of another site asks; programs say nothing of the kind.

    Source: OWASP's "Cross-Site Request Forgery Prevention", Fetch Metadata; older browsers send ``Origin`` alone.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        # none: a person, by an address or a bookmark
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.rpartition("//")[2] != headers.get("host")


def _without_port(host: str) -> str:
    """Return the name in a Host header; a colon inside brackets belongs to an IPv6 address."""
    name, colon, port = host.rpartition(":")
    return name if colon and "]" not in port else host


class Guard:
    """Stands before an ASGI application.

    On loopback the Host header must be a loopback name: otherwise a web page elsewhere could have its own name point
    here and read the figures through the visitor's browser (DNS rebinding). Off loopback a bearer token is needed;
    where one is set, it is asked for on loopback too, because a proxy may stand before it.

    A page of another site may link here, but not send anything, as remote read's POST: it could not read the answer,
    but have it made again and again.

    Args:
        app: What is guarded.
        host: The address that is listened on.
        token: The token; empty for none.

    Raises:
        BadSettings: if the address is not loopback and there is no token.
    """

    def __init__(self, app: ASGIApp, *, host: str, token: str = "") -> None:
        self._app = app
        self._is_local = is_loopback(host)
        self._token = token
        if not self._is_local and not token:
            raise BadSettings(
                f"listening on {host} shows the figures to the network: set KPITAPS_TOKEN, which callers must then "
                "show as a bearer token, or listen on 127.0.0.1"
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with one sentence."""
        if scope["type"] == "http" and (refusal := self._refusal(scope)) is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if scope["path"] in OPEN_PATHS:
            return None
        if scope["method"] not in _LOOKING and _is_foreign(headers):
            return PlainTextResponse(
                f"A page of another site may not send a {scope['method']} request here: ask with a program.\n", 403
            )
        if self._token:
            scheme, _, shown = headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not secrets.compare_digest(shown.encode(), self._token.encode()):
                return PlainTextResponse(
                    "This needs the token of KPITAPS_TOKEN: send it as 'Authorization: Bearer …'.\n",
                    401,
                    {"WWW-Authenticate": "Bearer"},
                )
            return None
        name = _without_port(headers.get("host", ""))
        if not is_loopback(name):
            return PlainTextResponse(f"{name!r} is not a name of this machine: ask for 127.0.0.1 or localhost.\n", 403)
        return None
