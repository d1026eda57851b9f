"""Who may ask: a service account that signs statements, or an OAuth client with a person's consent.

https://developers.google.com/identity/protocols/oauth2/service-account and …/oauth2/web-server
"""

from __future__ import annotations

from datetime import timedelta
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from kpitaps.testing.service_key import ServiceKey
from kpitaps_google_analytics.sandbox_refusals import bad_grant, scope_missing, unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from kpitaps.testing import Clock

TOKEN_URL = "https://oauth2.googleapis.com/token"
CLIENT = {"client_id": "42-kade.apps.googleusercontent.com", "client_secret": "kade-analytics-secret"}
ACCOUNT = ServiceKey("kpitaps@kade-analytics.iam.gserviceaccount.com", TOKEN_URL)
READING = frozenset(f"https://www.googleapis.com/auth/{name}" for name in ("analytics.readonly", "analytics"))
CODE_LIFE = timedelta(minutes=10)
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SKEW = 300
"""Seconds that a signer's clock may be ahead."""


class _Consent(NamedTuple):
    redirect: str
    scope: str
    given: datetime
    is_offline: bool


class Tokens:
    """The keys that open one property.

    Args:
        clock: What time it is there: access tokens expire by it.
        life: Seconds that an access token is good for.
        seconds: Real time since the epoch: who signs a statement does not know of the sandbox's time.
    """

    def __init__(self, clock: Clock, life: float, seconds: Callable[[], float]) -> None:
        self._clock = clock
        self._life = timedelta(seconds=life)
        self._seconds = seconds
        self._codes: dict[str, _Consent] = {}
        self._refresh: dict[str, str] = {}
        self._access: dict[str, tuple[datetime, str]] = {}

    def consent(self, url: str) -> str:
        """Return where a person who agrees to what the authorisation address asks is sent back to.

        Raises:
            Refused: if the address names no known client, nothing to agree to, or nowhere to come back to.
        """
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if asked.get("client_id") != CLIENT["client_id"]:
            raise bad_grant("invalid_client", "The OAuth client was not found.", 401)
        if not asked.get("redirect_uri") or not asked.get("scope") or asked.get("response_type") != "code":
            raise bad_grant("invalid_request", "Required parameter is missing: redirect_uri, scope or response_type")
        code = f"4/{token_urlsafe(24)}"
        is_offline = asked.get("access_type") == "offline"
        self._codes[code] = _Consent(asked["redirect_uri"], asked["scope"], self._clock.now(), is_offline)
        back = {"code": code, "scope": asked["scope"]} | ({"state": asked["state"]} if "state" in asked else {})
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def exchange(self, form: Mapping[str, str], *, is_revoked: bool) -> dict[str, Any]:
        """Return an access token for a statement, a code or a refresh token; refresh tokens live on.

        Raises:
            Refused: if the form does not deserve any.
        """
        if is_revoked:
            self.revoke()
        grant = form.get("grant_type")
        if grant == _JWT_BEARER:
            return self._granted(self._stated(form.get("assertion", ""), is_revoked=is_revoked))
        if any(form.get(name) != value for name, value in CLIENT.items()):
            raise bad_grant("invalid_client", "The provided client secret is invalid.", 401)
        if grant == "authorization_code":
            return self._redeem(form)
        if grant != "refresh_token":
            raise bad_grant("unsupported_grant_type", f"Invalid grant_type: {grant}")
        if (refresh := form.get("refresh_token", "")) not in self._refresh:
            raise bad_grant("invalid_grant", "Token has been expired or revoked.")
        return self._granted(self._refresh[refresh])

    def check(self, header: str) -> None:
        """Let in who brings a token.

        Raises:
            Refused: if nobody knows the token, if it has expired, or if it is not for reading reports.
        """
        until, scope = self._access.get(header.removeprefix("Bearer "), (None, ""))
        if until is None:
            raise unauthenticated("ACCESS_TOKEN_TYPE_UNSUPPORTED")
        if self._clock.now() >= until:
            raise unauthenticated()
        if READING.isdisjoint(scope.split()):
            raise scope_missing()

    def expire(self, header: str) -> None:
        """Let a token end before its time."""
        self._access.pop(header.removeprefix("Bearer "), None)

    def revoke(self) -> None:
        """Take back what was granted: nothing opens the property any more."""
        self._access.clear()
        self._refresh.clear()

    def _granted(self, scope: str) -> dict[str, Any]:
        access = f"ya29.{token_urlsafe(48)}"
        self._access[access] = (self._clock.now() + self._life, scope)
        # Google says a second less than it is: https://developers.google.com/identity/protocols/oauth2/web-server
        life = int(self._life.total_seconds()) - 1
        return {"access_token": access, "expires_in": life, "scope": scope, "token_type": "Bearer"}

    def _stated(self, statement: str, *, is_revoked: bool) -> str:
        """Return the scope that a service account's statement asks for."""
        claims = ACCOUNT.claims(statement)
        if claims is None or is_revoked:
            raise bad_grant("invalid_grant", "Invalid JWT Signature.")
        if claims.get("iss") != ACCOUNT.email:
            raise bad_grant("invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") != TOKEN_URL:
            raise bad_grant("invalid_grant", "Invalid JWT: Failed audience check.")
        issued, expires, now = float(claims.get("iat", 0)), float(claims.get("exp", 0)), self._seconds()
        if not (issued <= now + _SKEW and now < expires and 0 < expires - issued <= 3_600):
            raise bad_grant(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check "
                "your iat and exp values in the JWT claim.",
            )
        if not claims.get("scope"):
            raise bad_grant("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        return str(claims["scope"])

    def _redeem(self, form: Mapping[str, str]) -> dict[str, Any]:
        consent = self._codes.pop(form.get("code", ""), None)
        if consent is None or self._clock.now() - consent.given > CODE_LIFE:
            raise bad_grant("invalid_grant", "Malformed auth code.")
        if consent.redirect != form.get("redirect_uri"):
            raise bad_grant("redirect_uri_mismatch", "Bad Request")
        tokens = self._granted(consent.scope)
        if consent.is_offline:
            tokens["refresh_token"] = f"1//{token_urlsafe(32)}"
            self._refresh[tokens["refresh_token"]] = consent.scope
        return tokens
