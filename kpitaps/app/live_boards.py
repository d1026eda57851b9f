"""Boards that are made again and again: each of what has changed since the one before."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.app.boards import company_board
from kpitaps.kpis import Memory
from kpitaps.store import list_companies

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps.app.runtime import Runtime
    from kpitaps.kpis import Board, Past
    from kpitaps.store import Company


FRESH = timedelta(seconds=1)
"""How old boards may be for those who ask again and again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A company, its board, and what the board was made of."""

    company: Company
    board: Board
    past: Past


class LiveBoards:
    """The boards of all companies of a process that goes on running.

    Args:
        runtime: The process.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._memories: defaultdict[int, Memory] = defaultdict(Memory)
        # A memory is for one thread at a time, and two boards at once would do the same work twice.
        self._making = threading.Lock()
        self._latest: tuple[float, datetime, list[Standing]] | None = None

    def now(self) -> list[Board]:
        """Return the boards as they stand now."""
        return [each.board for each in self.standing()]

    def standing(self) -> list[Standing]:
        """Return the boards as they stand now, and what each was made of."""
        with self._making:
            companies = list_companies(self._runtime.ledger.database)
            for gone in self._memories.keys() - {company.id for company in companies}:
                del self._memories[gone]
            began, now = time.monotonic(), self._runtime.now()
            standings = [self._standing(company) for company in companies]
            self._latest = began, now, standings
            return standings

    def latest(self) -> list[Standing]:
        """Return boards that are a second old at most; those that were made last, if they are."""
        # Both clocks: the process' own may stand still, or be moved.
        if self._latest is not None:
            began, at, standings = self._latest
            if time.monotonic() - began < FRESH.total_seconds() and abs(self._runtime.now() - at) < FRESH:
                return standings
        return self.standing()

    def _standing(self, company: Company) -> Standing:
        memory = self._memories[company.id]
        board = company_board(self._runtime, company, memory)
        assert memory.past is not None, "a board is made of something"
        return Standing(company, board, memory.past)
