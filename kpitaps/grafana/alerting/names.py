"""What contacts and mute times are called in Grafana, where people have some of their own."""

from __future__ import annotations

from hashlib import blake2b

_PREFIX = "kpitaps-"
_LONGEST = 40


def contact_point_name(contact: str) -> str:
    """Return what a contact is called."""
    return f"{_PREFIX}{contact}"


def mute_timing_name(mute: str) -> str:
    """Return what a mute time is called."""
    return f"{_PREFIX}{mute}"


def receiver_uid(contact: str, kind: str) -> str:
    """Return the uid of one of a contact's receivers."""
    uid = f"{_PREFIX}contact-{contact}-{kind}"
    fits = len(uid) <= _LONGEST and all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in uid)
    return uid if fits else f"{_PREFIX}contact-{blake2b(uid.encode(), digest_size=8).hexdigest()}"


def escaped(text: str) -> str:
    """Return a text in which Grafana's reader of files replaces no ``$NAME`` by a variable of its environment."""
    return text.replace("$", "$$")
