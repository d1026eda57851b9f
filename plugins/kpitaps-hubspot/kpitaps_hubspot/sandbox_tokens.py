"""Who may ask: a service key, or an OAuth app with a person's consent.

https://developers.hubspot.com/docs/api-reference/latest/authentication/manage-oauth-tokens
"""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from kpitaps_hubspot.sandbox_answers import Refused
from kpitaps_hubspot.sandbox_records import iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from kpitaps.testing import Clock

SERVICE_KEY = "pat-eu1-00000000-kade"
CLIENT = {"client_id": "kade-hubspot-app", "client_secret": "kade-hubspot-secret"}
CODE_LIFE = timedelta(minutes=1)


class Tokens:
    """The keys that open one portal.

    Args:
        clock: What time it is there.
        life: Seconds that an access token is good for.
        portal: The portal's id.
    """

    def __init__(self, clock: Clock, life: float, portal: int) -> None:
        self._clock = clock
        self._life = timedelta(seconds=life)
        self._portal = portal
        self._codes: dict[str, tuple[str, str, datetime]] = {}
        self._refresh: dict[str, str] = {}
        self._access: dict[str, datetime] = {}

    def consent(self, url: str) -> str:
        """Return where a person who agrees to what the authorisation address asks is sent back to.

        Raises:
            Refused: if the address names no known app, or nowhere to come back to.
        """
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if asked.get("client_id") != CLIENT["client_id"] or not asked.get("redirect_uri") or not asked.get("scope"):
            raise Refused(400, "BAD_REQUEST", "Authorization failed because there is no such app or redirect URL.")
        code = token_hex(16)
        self._codes[code] = (asked["redirect_uri"], asked["scope"], self._clock.now())
        back = {"code": code} | ({"state": asked["state"]} if "state" in asked else {})
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def exchange(self, form: Mapping[str, str], *, is_revoked: bool) -> dict[str, object]:
        """Return tokens for a code or a refresh token; refresh tokens live on.

        Raises:
            Refused: if the form does not deserve any.
        """
        if any(form.get(name) != value for name, value in CLIENT.items()):
            raise _token_error("BAD_CLIENT_ID", "invalid_client", "missing or unknown client id")
        if form.get("grant_type") == "authorization_code":
            refresh = self._redeem(form)
        elif form.get("grant_type") == "refresh_token":
            refresh = form.get("refresh_token", "")
        else:
            raise _token_error("BAD_GRANT_TYPE", "unsupported_grant_type", "missing or invalid grant_type")
        if is_revoked:
            self._refresh.clear()
        if refresh not in self._refresh:
            raise _token_error("BAD_REFRESH_TOKEN", "invalid_grant", "missing or invalid refresh token")
        access = f"CM{token_hex(40)}"
        self._access[access] = self._clock.now() + self._life
        return {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": int(self._life.total_seconds()),
            "token_type": "bearer",
            "hub_id": self._portal,
            "user_id": 5_000_101,
            "scopes": self._refresh[refresh].split(),
        }

    def check(self, header: str) -> bool:
        """Return whether the bearer came by OAuth.

        Raises:
            Refused: if nobody knows the token, or it has expired.
        """
        token = header.removeprefix("Bearer ")
        if token == SERVICE_KEY:
            return False
        if token not in self._access:
            raise invalid_token()
        if self._clock.now() >= self._access[token]:
            raise expired_token(self._access[token])
        return True

    def expire(self, header: str) -> None:
        """Let a token end before its time."""
        self._access.pop(header.removeprefix("Bearer "), None)

    def revoke(self) -> None:
        """Let all tokens end; the key is refused by who asks this."""
        self._access.clear()

    def _redeem(self, form: Mapping[str, str]) -> str:
        now = self._clock.now()
        redirect, scope, given = self._codes.pop(form.get("code", ""), ("", "", now))
        if not redirect or redirect != form.get("redirect_uri") or now - given > CODE_LIFE:
            raise _token_error("BAD_AUTH_CODE", "invalid_grant", "missing or unknown auth code")
        refresh = f"eu1-{token_hex(16)}"
        self._refresh[refresh] = scope
        return refresh


def invalid_token() -> Refused:
    """Return the refusal of a token that nobody knows."""
    said = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
    return Refused(401, "INVALID_AUTHENTICATION", said)


def expired_token(at: datetime) -> Refused:
    """Return the refusal of a token that has expired."""
    said = "The OAuth token used to make this call expired."
    return Refused(401, "EXPIRED_AUTHENTICATION", said, context={"expire time": [iso(at)]})


def _token_error(status: str, error: str, said: str) -> Refused:
    refused = Refused(400, "", said, error=error, error_description=said)
    del refused.body["category"]
    refused.body["status"] = status
    return refused
