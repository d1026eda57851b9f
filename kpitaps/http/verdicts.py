"""What statuses and transport errors mean: one table each.

| answer | meaning |
|---|---|
| 408, 425, 429, 500, 502–504, 520–527 | repeated, then `RetryLater` |
| timeouts, connection errors, a cut body, malformed JSON | the same |
| other 5xx; 423 and other 4xx with a ``Retry-After`` | `RetryLater` at once |
| 403 in which a limit is said to be used up | the same |
| 401 | a new token and two more tries, then `NeedsAuth` |
| 402, 403 | `NeedsAuth`: unpaid, or a scope is missing |
| 423 | repeated, because some sources (HubSpot) lock for seconds; then `NeedsAuth`: others lock an account for good |
| 404 | `BadSettings`: most often an account name that does not exist |
| other 4xx, unexpected 3xx | `TapBug`: the request was wrong |
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx

from kpitaps.errors import BadSettings, KpitapsError, NeedsAuth, RetryLater, TapBug
from kpitaps.http.retry import Trouble, retry_after

if TYPE_CHECKING:
    from kpitaps.http.reply import Reply

REPEATED = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 528)})
"""Statuses after which the same request may succeed; 520–527 are Cloudflare's words for 502 and 504."""

TRANSPORT: dict[type[Exception], tuple[type[Exception], str]] = {
    httpx.ConnectTimeout: (Trouble, "could not be reached in time"),
    httpx.ReadTimeout: (Trouble, "did not answer in time"),
    httpx.WriteTimeout: (Trouble, "did not take the request in time"),
    httpx.PoolTimeout: (Trouble, "has no free connection: too many requests at once"),
    httpx.TimeoutException: (Trouble, "took too long"),
    httpx.ConnectError: (Trouble, "could not be reached"),
    httpx.ReadError: (Trouble, "broke off its answer"),
    httpx.WriteError: (Trouble, "broke off the request"),
    httpx.CloseError: (Trouble, "did not close the connection properly"),
    httpx.NetworkError: (Trouble, "could not be reached"),
    httpx.RemoteProtocolError: (Trouble, "cut its answer short or did not speak HTTP"),
    httpx.ProtocolError: (Trouble, "did not speak HTTP"),
    httpx.ProxyError: (Trouble, "could not be reached through the proxy"),
    httpx.DecodingError: (Trouble, "sent a body that cannot be decompressed"),
    httpx.TransportError: (Trouble, "could not be reached"),
    httpx.RequestError: (Trouble, "could not be asked"),
    httpx.LocalProtocolError: (TapBug, "cannot be sent this request: it breaks HTTP's rules"),
    httpx.UnsupportedProtocol: (TapBug, "cannot be reached by this scheme"),
    httpx.TooManyRedirects: (TapBug, "redirects without end"),
}
"""httpx's errors, what each becomes, and what to say of the host."""

LOCKED = 423

_NAMES = ("error", "error_description", "errors", "message", "title", "detail", "value")

_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def transport_error(error: httpx.RequestError, host: str) -> Exception:
    """Return what ``error`` means for a request to ``host``."""
    kind, words = next(TRANSPORT[cls] for cls in type(error).__mro__ if cls in TRANSPORT)
    detail = " ".join(str(error).split())
    return kind(f"{host} {words}" + (f": {detail}" if detail else ""))


def passing_trouble(reply: Reply, what: str, now: float, *, refused: float | None = None) -> Trouble | None:
    """Return the `Trouble` that ``reply`` stands for, or None if its status is final.

    Args:
        reply: The answer.
        what: The request, in words.
        now: Seconds since the epoch.
        refused: Seconds until a limit that the answer says is used up has room again.
    """
    if reply.status == LOCKED and retry_after(reply.headers, now) is None:
        final = final_error(reply, what, now)
        return Trouble(str(final), final=final)
    if reply.status not in REPEATED and refused is None:
        return None
    after = refused if (asked := retry_after(reply.headers, now)) is None else max(asked, refused or 0.0)
    return Trouble(f"{what} was answered {reply.status}{complaint(reply)}", after=after)


def final_error(reply: Reply, what: str, now: float) -> KpitapsError:
    """Return the error that ``reply``, which is no success and not worth repeating, stands for."""
    said, after = complaint(reply), retry_after(reply.headers, now)
    match reply.status:
        case 401:
            return NeedsAuth(f"{what} was answered 401, also with a fresh token{said}: authorise again", account=True)
        case 402 | 403 | 423 if reply.status != 423 or after is None:
            return NeedsAuth(f"{what} was answered {reply.status}{said}: check the account's plan, scopes and rights")
        case 404:
            return BadSettings(f"{what} was answered 404: it does not exist, check the connection's settings{said}")
        case status if status >= 500 or after is not None:
            return RetryLater(f"{what} was answered {status}{said}", after=after)
        case status:
            return TapBug(f"{what} was answered {status}{said}")


def complaint(reply: Reply) -> str:
    """Return `` ("the vendor's own words")``, at most 300 characters of them, or nothing where there are none.

    Some sources (Exact Online) say in a header ``Reason`` what their body keeps to itself.
    """
    try:
        words = _words(reply.json()) if reply.claims_json else ""
    except RetryLater:
        words = ""
    if not words:
        words = _TAGS.sub(" ", reply.content[:20_000].decode("utf-8", "replace"))
    reason = reply.header("reason") or ""
    if reason and reason not in words:
        words = f"{reason}: {words}" if words.strip() else reason
    words = reply.excerpt(words)
    return f" (“{words}”)" if words else ""


def _words(body: Any) -> str:
    """Return the readable part of an error body; vendors agree on nothing but a few names."""
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, map(_words, body)))
    if isinstance(body, dict):
        named = (body.get(name) for name in _NAMES)
        return ": ".join(filter(None, map(_words, named)))
    return ""
