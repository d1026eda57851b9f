"""What things are called in Grafana: names that stay, so that links, alerts and another run find what there is."""

from __future__ import annotations

from hashlib import blake2b
from zlib import crc32

DATA_SOURCE = "kpitaps-prometheus"
"""The uid of the data source."""

_LONGEST = 40
"""Characters that a uid may have in every version of Grafana."""


def dashboard_uid(company: str, name: str) -> str:
    """Return the uid of a company's dashboard: ``kpitaps-kade-overview``."""
    return _uid(f"kpitaps-{company}-{name}")


def folder_uid(company: str) -> str:
    """Return the uid of the folder in which a company's dashboards and rules are."""
    return _uid(f"kpitaps-{company}")


def rule_uid(company: str, rule: str) -> str:
    """Return the uid of a company's alert rule."""
    return _uid(f"kpitaps-{company}-rule-{rule}")


def panel_id(panel: str) -> int:
    """Return the number of a panel, by what it shows: the same wherever it stands, so that links to it last."""
    return crc32(panel.encode()) & 0x7FFFFFFF


def _uid(text: str) -> str:
    """Return a text as a uid; of one that is too long the rest is put together into a digest."""
    fit = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in text)
    if fit == text and len(text) <= _LONGEST:
        return text
    digest = blake2b(text.encode(), digest_size=5).hexdigest()
    return f"{fit[: _LONGEST - len(digest) - 1]}-{digest}"
