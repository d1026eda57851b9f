"""Ownership: which tap's word counts for a measure that several taps of a company feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.errors import BadUse
from kpitaps.store import connected_taps, list_connections, list_owners, set_owner
from kpitaps.store.customers import FED as OF_CUSTOMERS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from kpitaps.app.runtime import Runtime
    from kpitaps.store import Company
    from kpitaps.tap import Tap

EVERYTHING = "all"
"""In place of measures: all that the tap and others feed."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """A measure that several taps of a company feed.

    Attributes:
        measure: Its key.
        taps: The taps that feed it, the one that was connected first at the head.
        owner: The tap whose word counts; None if that is not settled, and the measure has no value.
    """

    measure: str
    taps: tuple[str, ...]
    owner: str | None


def overlaps(runtime: Runtime, company: Company) -> list[Overlap]:
    """Return the measures that several of a company's taps feed, by key, those of disconnected accounts included."""
    names = connected_taps(runtime.ledger.database, company.id)
    fed = feeders(tap for name in names if (tap := runtime.plugins.taps.get(name)))
    owners = list_owners(runtime.ledger.database, company.id)
    shared = ((measure, taps) for measure, taps in sorted(fed.items()) if len(taps) > 1)
    return [
        Overlap(measure, tuple(taps), owners.get(measure) if owners.get(measure) in taps else None)
        for measure, taps in shared
    ]


def feeders(taps: Iterable[Tap]) -> dict[str, list[str]]:
    """Return the names of the taps that feed each measure."""
    found: dict[str, list[str]] = {}
    for tap in taps:
        for measure in fed_by(tap):
            found.setdefault(measure, []).append(tap.name)
    return found


def fed_by(tap: Tap) -> set[str]:
    """Return the keys of the measures that a tap feeds."""
    return {measure.key for stream in tap.streams.values() for measure in stream.feeds}


def own(runtime: Runtime, company: Company, tap_name: str, measures: Collection[str]) -> list[str]:
    """Let a tap own measures, and return their keys; ``all`` stands for all that it and others feed.

    Raises:
        BadUse: if the company has no connection of that tap, or the tap does not feed a measure.
    """
    tap = runtime.plugins.tap(tap_name)
    if tap_name not in (names := connected_taps(runtime.ledger.database, company.id)):
        raise BadUse(f"{company.name} has no connection of {tap_name}: there are {', '.join(names) or 'none yet'}")
    shared = (each.measure for each in overlaps(runtime, company) if tap_name in each.taps)
    wanted = sorted(chosen(tap, measures, shared))
    set_owner(runtime.ledger.database, company.id, tap_name, wanted)
    return wanted


def settle(runtime: Runtime, company: Company, tap: Tap, owns: Collection[str]) -> None:
    """Settle who owns what after a tap was connected.

    It gets what ``owns`` names; of the rest, what nobody owned, or a tap whose accounts are all disconnected, is the
    first-connected tap's.

    Raises:
        BadUse: if it does not feed a measure that ``owns`` names.
    """
    shared = [each for each in overlaps(runtime, company) if tap.name in each.taps]
    wanted = chosen(tap, owns, (each.measure for each in shared))
    live = dict.fromkeys(each.tap for each in list_connections(runtime.ledger.database, company.id))
    free = [each for each in shared if each.owner not in live and each.measure not in wanted]
    set_owner(runtime.ledger.database, company.id, tap.name, wanted)
    for name in live:
        mine = [each.measure for each in free if next(tap for tap in live if tap in each.taps) == name]
        set_owner(runtime.ledger.database, company.id, name, mine)


def chosen(tap: Tap, measures: Collection[str], shared: Iterable[str]) -> set[str]:
    """Return the keys that are meant. What tells of customers goes together: who comes must be able to leave.

    Raises:
        BadUse: for a measure that the tap does not feed.
    """
    fed = fed_by(tap)
    if strange := sorted(set(measures) - fed - {EVERYTHING}):
        raise BadUse(f"{tap.title} does not feed {', '.join(strange)}: it feeds {', '.join(sorted(fed))}")
    named = set(measures) - {EVERYTHING}
    if not named.isdisjoint(OF_CUSTOMERS):
        named |= fed.intersection(OF_CUSTOMERS)
    return named | set(shared) if EVERYTHING in measures else named


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: a, b and c."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
