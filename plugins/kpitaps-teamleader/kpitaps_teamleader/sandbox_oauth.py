"""The consent and the tokens of Teamleader: one code, then chains of refresh tokens that each work once.

See https://developer.focus.teamleader.eu/docs/authentication
"""

from __future__ import annotations

import json
from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from kpitaps.testing.asgi import JSONResponse, PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kpitaps.testing import Clock
    from kpitaps.testing.asgi import Request

CODE_LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(seconds=3600)


class Consent:
    """Who may read the account.

    Args:
        clock: What codes and tokens expire by.
        client: The one registered integration: its ``client_id`` and ``client_secret``.
        acts: Says whether a fault is to be acted out in answer to a request.
    """

    def __init__(self, clock: Clock, client: dict[str, str], acts: Callable[[str, Request], bool]) -> None:
        self._clock = clock
        self._client = client
        self._acts = acts
        self._loses_next = False
        self._codes: dict[str, tuple[str, datetime]] = {}
        self._access: dict[str, datetime] = {}
        self._refresh: set[str] = set()

    def grant(self, url: str) -> str:
        """Return where the browser is sent after somebody consented at ``url``; empty if the request is wrong."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if asked.get("client_id") != self._client["client_id"] or asked.get("response_type") != "code":
            return ""
        code, target = token_hex(16), asked.get("redirect_uri", "")
        self._codes[code] = (target, self._clock.now() + CODE_LIFE)
        return f"{target}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    async def authorize(self, request: Request) -> Response:
        """Answer a browser: whoever opens the page consents."""
        target = self.grant(str(request.url))
        return RedirectResponse(target, 302) if target else PlainTextResponse("unknown integration", 400)

    async def exchange(self, request: Request) -> Response:
        """Answer the token endpoint."""
        given = await _fields(request)
        if any(given.get(name) != self._client[name] for name in self._client):
            return _refusal(401, "invalid_client", "Client authentication failed")
        if self._acts("revoked", request):
            self.revoke()
        if given.get("grant_type") == "refresh_token":
            return self._renew(given, request)
        target, until = self._codes.pop(str(given.get("code")), ("", self._clock.now()))
        if self._clock.now() >= until or given.get("redirect_uri") != target:
            return _refusal(400, "invalid_request", "The authorization code is invalid or has expired")
        return JSONResponse(self._issue())

    def knows(self, token: str) -> bool:
        """Return whether an access token is good at this moment."""
        return token in self._access and self._clock.now() < self._access[token]

    def drop(self, token: str) -> None:
        """Let one access token expire."""
        self._access.pop(token, None)

    def lose(self, token: str) -> None:
        """Let one access token expire, and the answer to the refresh that follows get lost."""
        self.drop(token)
        self._loses_next = True

    def revoke(self) -> None:
        """Take back every consent: the integration was uninstalled."""
        self._access.clear()
        self._refresh.clear()
        self._codes.clear()

    def _renew(self, given: dict[str, Any], request: Request) -> Response:
        token = str(given.get("refresh_token"))
        if token not in self._refresh:
            request.state.note = "refused refresh"
            return _refusal(401, "invalid_request", "The refresh token is invalid: it has been revoked")
        self._refresh.discard(token)
        lost, self._loses_next = self._loses_next, False
        if lost:
            request.state.note = "refresh_lost"
        return (_Cut if lost else JSONResponse)(self._issue())

    def _issue(self) -> dict[str, Any]:
        access, refresh = token_hex(20), token_hex(24)
        self._access[access] = self._clock.now() + TOKEN_LIFE
        self._refresh.add(refresh)
        life = int(TOKEN_LIFE.total_seconds())
        return {"token_type": "Bearer", "expires_in": life, "access_token": access, "refresh_token": refresh}


class _Cut(JSONResponse):
    """An answer that breaks off half-way: what it says has happened all the same."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 - as ASGI has it
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        # No last message: the server then closes the connection, short of the promised length.
        await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})


def _refusal(status: int, error: str, message: str) -> Response:
    return JSONResponse({"error": error, "message": message}, status_code=status)


async def _fields(request: Request) -> dict[str, Any]:
    body = await request.body()
    if not request.headers.get("content-type", "").startswith("application/json"):
        return dict(parse_qsl(body.decode()))
    fields = json.loads(body or b"{}")
    return fields if isinstance(fields, dict) else {}
