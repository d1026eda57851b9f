"""Proof key for code exchange (RFC 7636): who redeems a code shows that it was them who asked for it."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256


def new_verifier() -> str:
    """Return a fresh code verifier: 86 characters, 512 random bits."""
    return secrets.token_urlsafe(64)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier: its SHA-256 in base64url without padding."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
