"""What a store holds of a family against what is known: the store itself remembers what was written."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.exposition.backfill.families import Samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kpitaps.exposition.history import Labels

# VictoriaMetrics keeps 12 digits of numbers below a million and 15 above, and as many decimals for a block's small
# numbers as its largest one leaves room for in 64 bits.
_PRECISE = 2e-12
_PRECISE_ABOVE_A_MILLION = 4e-15
_BESIDE_LARGEST = 1e-16


@dataclass(frozen=True, slots=True)
class Difference:
    """What must be done to a store.

    Attributes:
        doomed: Series to delete: restated ones, which are written anew, and those that are no longer known.
        missing: Samples to send.
        restated: How many of the series are written anew.
        unchanged: Series that are as they should be.
        known: Series that there should be.
    """

    doomed: tuple[Labels, ...]
    missing: tuple[Samples, ...]
    restated: int
    unchanged: int
    known: int

    def __bool__(self) -> bool:
        """Return whether anything is to be done."""
        return bool(self.doomed or self.missing)


def compare(wanted: Iterable[Samples], stored: Mapping[Labels, Samples], since: Callable[[int], bool]) -> Difference:
    """Return how what is stored differs from what is wanted.

    Args:
        wanted: All that is known.
        stored: All that the store holds.
        since: Says whether a sample with that stamp is to be added; one that the store holds is held to be right or
            wrong in any case.
    """
    doomed: list[Labels] = []
    missing: list[Samples] = []
    known: set[Labels] = set()
    restated = 0
    for each in wanted:
        known.add(each.labels)
        there = stored.get(each.labels)
        if there is not None and not _is_part(there, each):
            doomed.append(each.labels)
            restated += 1
            earliest = min(there.stamps)
            rest = _where(each, lambda at, earliest=earliest: at >= earliest or since(at))  # type: ignore[misc]
        else:
            present = set(there.stamps) if there else set()
            rest = _where(each, lambda at, present=present: at not in present and since(at))  # type: ignore[misc]
        if rest.stamps:
            missing.append(rest)
    doomed += [labels for labels in stored if labels not in known]
    touched = {*doomed, *(each.labels for each in missing)}
    return Difference(tuple(doomed), tuple(missing), restated, len(known - touched), len(known))


def _is_part(there: Samples, wanted: Samples) -> bool:
    """Return whether each stored sample is one of those wanted, and none is there twice."""
    if len(set(there.stamps)) < len(there.stamps):
        return False
    values = dict(zip(wanted.stamps, wanted.values, strict=True))
    slack = _BESIDE_LARGEST * max(map(abs, wanted.values))
    return all(
        (value := values.get(at)) is not None and _is_same(value, found, slack)
        for at, found in zip(there.stamps, there.values, strict=True)
    )


def _is_same(value: float, found: float, slack: float) -> bool:
    size = abs(value)
    return abs(value - found) <= size * (_PRECISE if size <= 1e6 else _PRECISE_ABOVE_A_MILLION) + slack


def _where(each: Samples, holds: Callable[[int], bool]) -> Samples:
    kept = list(_pairs(each, holds))
    return Samples(each.labels, array("q", (at for at, _ in kept)), array("d", (value for _, value in kept)))


def _pairs(each: Samples, holds: Callable[[int], bool]) -> Iterator[tuple[int, float]]:
    return ((at, value) for at, value in zip(each.stamps, each.values, strict=True) if holds(at))
