"""Repairs for what is said against figures and can be mended: they open with the flag, and close when it is gone."""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b
from typing import TYPE_CHECKING

from kpitaps.store import open_flags

if TYPE_CHECKING:
    from kpitaps.store.engine import Database

FLAGGED = "flag"
"""How the codes of these repairs begin."""

_MOST = 3
"""Reasons that a repair tells; the flags themselves hold all."""


def flag_repairs(database: Database, connection_id: int) -> dict[str, tuple[str, str]]:
    """Return message and fix by code: one repair per origin, quality, set of measures and way to mend it.

    The reason is no part of the code: it may tell a number, such as a difference in euros, which changes while the
    matter stays the same.
    """
    measures: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    newest: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for _, origin, flag in open_flags(database, connection_id, only_mendable=True):
        said = (origin, flag.quality, flag.fix, flag.reason)
        measures[said].add(flag.measure)
        newest[said] = max(newest[said], flag.last)
    matters: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for said in sorted(measures, key=lambda said: (-newest[said], said)):
        origin, quality, fix, reason = said
        matters[origin, quality, fix, *sorted(measures[said])].append(reason)
    return {_code(matter): (_message(reasons), matter[2]) for matter, reasons in matters.items()}


def _code(matter: tuple[str, ...]) -> str:
    digest = blake2b("\n".join(matter).encode(), digest_size=8).hexdigest()
    return f"{FLAGGED}:{matter[0]}:{digest}"


def _message(reasons: list[str]) -> str:
    more = len(reasons) - _MOST
    return " ".join(reasons[:_MOST]) + (f" And {more} more." if more > 0 else "")
