"""Who visits: somebody new, or somebody from before, as far as the measuring can tell people apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_RETURNING = 0.36
_RECOGNISED = 0.8
"""Chance that a customer of the shop is known from an earlier visit: people delete cookies and change devices."""


class Crowd:
    """The visitors so far, in the order of their visits."""

    def __init__(self) -> None:
        self._visitors: list[int] = []
        self._customers: dict[int, int] = {}
        self._midnight = 0

    def open_day(self) -> None:
        """Begin a day: who came before came on another day."""
        self._midnight = len(self._visitors)

    def visitor(self, rng: Random, ids: Iterator[int], customer: int | None) -> tuple[int, bool]:
        """Return who visits now, and whether for the first time.

        Args:
            rng: Dice.
            ids: Where a new visitor's id comes from.
            customer: Id of the shop's customer who orders in this visit, if one does.
        """
        who, is_first = self._customers.get(customer or 0, 0), False
        if not who or rng.random() > _RECOGNISED:
            is_first = not self._visitors or rng.random() > _RETURNING
            who = next(ids) if is_first else self._somebody(rng)
        if customer:
            self._customers[customer] = who
        self._visitors.append(who)
        return who, is_first

    def _somebody(self, rng: Random) -> int:
        """Return someone from before: of today, of late, or of any time."""
        size, kind = len(self._visitors), rng.random()
        today = size - self._midnight
        if kind < 0.2 and today:
            return self._visitors[-1 - int(rng.random() * today)]
        if kind < 0.75:
            return self._visitors[-1 - int(rng.expovariate(1 / (40 + 0.03 * size))) % size]
        return self._visitors[int(rng.random() * size)]
