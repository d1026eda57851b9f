"""What the office remembers from one day to the next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Client:
    """A company that buys."""

    id: int
    name: str
    country: str
    currency: str


@dataclass(slots=True)
class OpenDeal:
    """A deal, as it is by now."""

    id: int
    client: Client
    rep: int
    pipeline: str
    stage: int
    cents: int


@dataclass(frozen=True, slots=True)
class Project:
    """Work for a client; after ``until`` nobody writes hours on it."""

    id: int
    until: date


@dataclass(slots=True)
class Ledgers:
    """What exists by now."""

    clients: list[Client] = field(default_factory=list)
    deals: dict[int, OpenDeal] = field(default_factory=dict)
    projects: list[Project] = field(default_factory=list)
    subscribers: list[int] = field(default_factory=list)
    _names: Counter[str] = field(default_factory=Counter)

    def unique(self, name: str) -> str:
        """Return ``name``, with a number behind it where it is taken."""
        self._names[name] += 1
        return name if self._names[name] == 1 else f"{name} {self._names[name]}"

    def number(self, series: str, year: int) -> str:
        """Return the next number of a series of documents, such as "2024 / 17"."""
        self._names[f"{series}{year}"] += 1
        return f"{series}{year} / {self._names[f'{series}{year}']}"
