"""Digests to a webhook: one POST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from kpitaps.app.digest.outcome import Outcome
from kpitaps.store.digests import FAILED, SENT, UNKNOWN

if TYPE_CHECKING:
    from kpitaps.app.digest.outcome import Claim

PATIENCE = 20.0
"""Seconds that it may take to connect, and to answer."""

_SHOWN = 200


def post(url: str, payload: dict[str, Any], claim: Claim) -> Outcome | None:
    """Post a digest; return None if it may not leave.

    Args:
        url: The webhook's address; a secret, which no message names.
        payload: What it understands.
        claim: Is asked just before.
    """
    if not claim():
        return None
    host = urlsplit(url).hostname
    try:
        # Whoever redirects is not who was meant to get the figures.
        answer = httpx.post(url, json=payload, timeout=PATIENCE, follow_redirects=False)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.ProxyError):
        return Outcome(FAILED, f"the webhook at {host} cannot be reached")
    except httpx.HTTPError as error:
        return Outcome(UNKNOWN, f"the webhook at {host} broke off ({type(error).__name__})")
    if answer.is_success:
        return Outcome(SENT)
    said = " ".join(answer.text[:_SHOWN].split())
    return Outcome(FAILED, f"the webhook at {host} answered {answer.status_code}{f': {said}' if said else ''}")
