"""What a token endpoint's answer means for the grant that was to be renewed.

| answer | outcome |
|---|---|
| a body with an access token, whatever the status | `Issued` |
| 401; 400; any status with ``invalid_grant`` | `Refused`: the refresh token is worth nothing any more |
| 400 with another code, where the source has a minimum age | `PutOff`: we were too early |
| 408, 425, 429, 503; the request never left | `PutOff`: it was not looked at |
| other 5xx, a timeout, a cut or malformed answer | `Unclear`: the token may have been used up, the answer is lost |
| anything else | `PutOff`, with the error it stands for |

Exact Online is known to answer an early request with an error whose body nevertheless carries a new refresh token
(picqer/exact-php-client#559): a refresh token is taken from every body.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from kpitaps.errors import RetryLater, TapBug
from kpitaps.http.retry import Trouble, retry_after
from kpitaps.http.verdicts import complaint, final_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.http.grants import RefreshRules
    from kpitaps.http.reply import Reply

FATAL = frozenset({"invalid_grant", "invalid_client", "unauthorized_client"})
"""Error codes (RFC 6749 §5.2) after which the same request can never succeed."""

PASSING = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
"""Error codes that say "not now", whatever the status."""

NOT_LOOKED_AT = frozenset({408, 425, 429, 503})
"""Statuses that say that the request was not carried out."""

EARLY = 60.0
"""Seconds to wait after a source has said "too early" without saying when to come back."""

BUSY = 1.0
"""Seconds in which no process asks again after a source was busy or could not be reached."""

DENIED = 900.0
"""Seconds to leave a token endpoint alone that answers with an error which repetition does not mend."""

_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True, slots=True)
class Issued:
    """A new access token.

    Attributes:
        access: The access token.
        life: Seconds it lives; None if the source does not say.
        refresh: The next refresh token; None if the one before stays good.
    """

    access: str = field(repr=False)
    life: float | None = None
    refresh: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The refresh token is worth nothing any more; ``message`` says what the source said, and what to do."""

    message: str


@dataclass(frozen=True, slots=True)
class PutOff:
    """Nothing was issued and nothing is lost.

    Attributes:
        error: What the caller is told.
        after: Seconds in which nobody should ask again.
        counted: Whether the source counts it as an error.
        refresh: A new refresh token that came all the same.
    """

    error: Exception
    after: float = 0.0
    counted: bool = False
    refresh: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody knows whether the refresh token was used up."""

    message: str


Outcome = Issued | Refused | PutOff | Unclear
"""How an exchange ended."""


def body_of(reply: Reply) -> dict[str, Any]:
    """Return the JSON object that ``reply`` holds, or an empty one."""
    try:
        body = reply.json() if reply.content else None
    except RetryLater:
        return {}
    return body if isinstance(body, dict) else {}


def stated_life(body: Mapping[str, Any]) -> float | None:
    """Return ``expires_in``, which vendors write as a number or as text; None if it is absent or makes no sense."""
    value = body.get("expires_in")
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
    except ValueError:
        return None
    return seconds if seconds > 0 and math.isfinite(seconds) else None


def issued(body: Mapping[str, Any], life: float | None) -> Issued | None:
    """Return the tokens in ``body``, or None if there is no access token; ``life`` is used where it states none."""
    access = _text(body, "access_token")
    return Issued(access, stated_life(body) or life, _text(body, "refresh_token")) if access else None


def outcome_of(reply: Reply, rules: RefreshRules, now: float) -> Outcome:
    """Return what ``reply`` means for the grant that was to be renewed; ``now`` in seconds since the epoch."""
    body = body_of(reply)
    if tokens := issued(body, rules.life):
        return tokens
    code = body.get("error")
    if _is_fatal(reply, code, rules):
        return Refused(f"{reply.url} refused the refresh token with {reply.status}{complaint(reply)}")
    refresh, after = _text(body, "refresh_token"), retry_after(reply.headers, now)
    what = f"POST {reply.url} was answered {reply.status}{complaint(reply)}"
    if refresh is None and _is_unclear(reply):
        return Unclear(what)
    if reply.status == 400 or code in PASSING:
        after = EARLY if after is None else after
        return PutOff(Trouble(what, after=after), after, counted=reply.status == 400, refresh=refresh)
    if reply.status in NOT_LOOKED_AT or reply.status >= 500:
        return PutOff(Trouble(what, after=after), after or BUSY, refresh=refresh)
    return PutOff(_final(reply, what, now), DENIED, counted=not reply.ok, refresh=refresh)


def outcome_of_trouble(trouble: Trouble) -> Outcome:
    """Return what a request that brought no whole answer means for the grant."""
    # `transport_error` hides httpx's error from tracebacks, but Python keeps it: it tells if anything was sent.
    if isinstance(trouble.__context__, _BEFORE_SENDING):
        return PutOff(trouble, BUSY)
    return Unclear(str(trouble))


def _is_fatal(reply: Reply, code: object, rules: RefreshRules) -> bool:
    if reply.status in NOT_LOOKED_AT or reply.status >= 500:
        return code == "invalid_grant"
    if code in PASSING:
        return False
    if code in FATAL or reply.status == 401:
        return True
    if reply.ok:
        return code is not None
    return reply.status == 400 and not (rules.min_age and code)


def _is_unclear(reply: Reply) -> bool:
    """Return whether the refresh token may have been used up: the source failed, or spoke of success without tokens."""
    return reply.ok or (reply.status >= 500 and reply.status not in NOT_LOOKED_AT)


def _final(reply: Reply, what: str, now: float) -> Exception:
    if reply.ok:
        return TapBug(f"{what} without an access_token")
    if 300 <= reply.status < 400:
        return TapBug(f"{what}: a secret is not sent after a redirect")
    return final_error(reply, what, now)


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value else None
