"""The consent and the tokens of Exact Online: a chain of refresh tokens, each good for one use.

A new access token comes only when the last one is 570 seconds old; who asks earlier is refused, and may nevertheless
be sent the next refresh token: https://github.com/picqer/exact-php-client/issues/559 and
https://github.com/websmurf/laravel-exact-online/issues/31. A used refresh token is refused:
https://github.com/picqer/exact-php-client/issues/549
"""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from kpitaps.testing import FixedWindow
from kpitaps.testing.asgi import JSONResponse, PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kpitaps.testing.asgi import Request

CODE_LIFE = timedelta(minutes=3)
TOKEN_LIFE = timedelta(seconds=600)
REFRESH_LIFE = timedelta(days=30)
MIN_AGE = timedelta(seconds=570)
CALLS_A_DAY = 200

TOKEN_FAULTS = ("early_refresh", "early_rotates", "used_refresh")
"""What can go wrong with a renewal: asked for too early; the same, with the next refresh token in the refusal; or with
a refresh token that was used before."""


class Consent:
    """Who may read the divisions.

    Args:
        now: What codes and tokens expire by.
        client: The one registered app: its ``client_id`` and ``client_secret``.
        acts: Says whether a fault is to be acted out in answer to a request.
    """

    def __init__(
        self, now: Callable[[], datetime], client: dict[str, str], acts: Callable[[str, Request], bool]
    ) -> None:
        self._now = now
        self._client = client
        self._acts = acts
        self._codes: dict[str, tuple[str, datetime]] = {}
        self._access: dict[str, datetime] = {}
        self._refresh: str | None = None
        self._used: set[str] = set()
        self._issued_at: datetime | None = None
        self._calls = FixedWindow(CALLS_A_DAY, "day")
        self._next_fault = ""

    def grant(self, url: str) -> str:
        """Return where the browser is sent after somebody consented at ``url``; empty if the request is wrong."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if asked.get("client_id") != self._client["client_id"] or asked.get("response_type") != "code":
            return ""
        code, target = token_hex(16), asked.get("redirect_uri", "")
        self._codes[code] = (target, self._now() + CODE_LIFE)
        return f"{target}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    async def authorize(self, request: Request) -> Response:
        """Answer a browser: whoever opens the page consents."""
        target = self.grant(str(request.url))
        return RedirectResponse(target, 302) if target else PlainTextResponse("unknown app", 400)

    async def exchange(self, request: Request) -> Response:
        """Answer the token endpoint."""
        given = dict(parse_qsl((await request.body()).decode()))
        if self._acts("revoked", request):
            self.revoke()
        if not self._calls.take(self._now()).allowed:
            request.state.note = f"forbidden: more than {CALLS_A_DAY} token calls in a day"
            return _refusal(400, "access_denied", "Rate limit exceeded", "TokenLimitExceeded")
        if any(given.get(name) != self._client[name] for name in self._client):
            return _refusal(401, "invalid_client", "Client authentication failed")
        if given.get("grant_type") == "refresh_token":
            return self._renew(given.get("refresh_token", ""), request)
        target, until = self._codes.pop(given.get("code", ""), ("", self._now()))
        if self._now() >= until or given.get("redirect_uri") != target:
            return _refusal(400, "invalid_grant", "The authorization code is invalid or has expired")
        request.state.note = "consent"
        return JSONResponse(self._issue())

    def knows(self, token: str) -> bool:
        """Return whether an access token is good at this moment."""
        return token in self._access and self._now() < self._access[token]

    def drop(self, token: str, next_fault: str = "") -> None:
        """Let one access token expire, and the renewal that follows go wrong in a way."""
        self._access.pop(token, None)
        self._next_fault = next_fault

    def revoke(self) -> None:
        """Take the consent back."""
        self._access.clear()
        self._codes.clear()
        self._refresh = None

    def _renew(self, token: str, request: Request) -> Response:
        fault, self._next_fault = self._next_fault, ""
        fault = fault or next((kind for kind in TOKEN_FAULTS if self._acts(kind, request)), "")
        if token in self._used or (token == self._refresh and fault == "used_refresh"):
            request.state.note = fault or "forbidden: a refresh token was used twice"
            return _refusal(401, "invalid_grant", "Old refresh token used")
        age = None if self._issued_at is None else self._now() - self._issued_at
        if token != self._refresh or age is None or age >= REFRESH_LIFE:
            request.state.note = "refused refresh"
            return _refusal(400, "invalid_grant", "The refresh token is invalid or has expired")
        if age < MIN_AGE or fault:
            early = f"forbidden: a refresh after {age.total_seconds():.0f} s"
            request.state.note = fault or early
            return self._too_early(rotates=fault == "early_rotates")
        request.state.note = f"refresh after {age.total_seconds():.0f} s"
        return JSONResponse(self._issue())

    def _too_early(self, *, rotates: bool) -> Response:
        said = "Rate limit exceeded: access_token not expired"
        more = {"refresh_token": self._rotated()} if rotates else {}
        return _refusal(400, "access_denied", said, f"TooEarlyToRefreshTokens: {said}", more)

    def _issue(self) -> dict[str, Any]:
        access = token_hex(40)
        self._issued_at = self._now()
        self._access[access] = self._issued_at + TOKEN_LIFE
        # The life is a text, not a number.
        life = str(int(TOKEN_LIFE.total_seconds()))
        return {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": life,
            "refresh_token": self._rotated(),
        }

    def _rotated(self) -> str:
        """Return the next refresh token: there is one chain for each user and app."""
        if self._refresh:
            self._used.add(self._refresh)
        self._refresh = f"nl{token_hex(32)}"
        return self._refresh


def _refusal(status: int, error: str, said: str, reason: str = "", more: dict[str, str] | None = None) -> Response:
    headers = {"Reason": reason} if reason else {}
    return JSONResponse({"error": error, "error_description": said, **(more or {})}, status, headers=headers)
