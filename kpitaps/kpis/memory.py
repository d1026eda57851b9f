"""What a company's last board was made of: the next one is made of the same, but for what has changed since.

A figure stays as it is while all that it follows from does: the company and its day, the KPI's formula, exchange rates
where money is foreign, and of each measure the coverage and the ledger's *edition*, which tells without reading whether
there is something new to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.kpis.readings import NOTHING, Aged, Read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from kpitaps.kpis.catalogue import Definition
    from kpitaps.kpis.company import CompanyFace
    from kpitaps.kpis.figure import Figure
    from kpitaps.kpis.rates import Exchange
    from kpitaps.store.reading import Coverage, Edition


class Source(NamedTuple):
    """A measure, as a board met it."""

    edition: Edition
    coverage: Coverage | None


class Ground(NamedTuple):
    """What every figure follows from."""

    company: CompanyFace
    days: frozenset[date]
    shown: int
    exchange: Exchange


class Made(NamedTuple):
    """A KPI's figures, and the definition that they follow from."""

    definition: Definition
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """What a board was made of.

    Attributes:
        ground: What every figure follows from.
        sources: The measures, by key.
        made: The figures, by KPI.
        read: What was read.
    """

    ground: Ground
    sources: Mapping[str, Source]
    made: Mapping[str, Made]
    read: Read

    def figures(self, definition: Definition, ground: Ground, sources: Mapping[str, Source]) -> Made | None:
        """Return a KPI's figures if they are what they would be today; None if they have to be made anew."""
        made = self.made.get(definition.kpi.key)
        if made is None or made.definition != definition or self.ground[:3] != ground[:3]:
            return None
        if any(sources[measure] != self.sources.get(measure) for measure in definition.measures):
            return None
        is_same_money = self.ground.exchange == ground.exchange or not self.read.is_foreign(definition.measures)
        return made if is_same_money else None

    def still(self, ground: Ground, sources: Mapping[str, Source]) -> Read:
        """Return what was read that would be read again in the same words."""
        if self.ground.company != ground.company:
            return NOTHING
        same: set[str] = set()
        aged: dict[str, Aged] = {}
        for key in sources.keys() & self.sources.keys():
            now, before = sources[key].edition, self.sources[key].edition
            if now == before:
                same.add(key)
            elif days := now.changed_since(before):
                aged[key] = Aged(days, now)
        same_days, same_rates = self.ground.days == ground.days, self.ground.exchange == ground.exchange
        return self.read.of(same, aged, same_days=same_days, same_rates=same_rates)


class Memory:
    """Keeps what the last board of one company was made of.

    It is replaced as a whole when a board is done, so that one that fails half-way leaves the one before. It may be
    used by one thread at a time.
    """

    def __init__(self) -> None:
        self.past: Past | None = None
