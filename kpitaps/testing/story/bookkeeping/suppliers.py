"""From whom the company buys, and as which costs: tables, and numbers for who comes new."""

from __future__ import annotations

from kpitaps.testing.story.bookkeeping.postings import Party

BEANS = "Koffiehandel Trabocca"
_COSTS = {
    BEANS: "3000",
    "Santos Green Coffee": "3000",
    "Mercanta London": "3000",
    "Verpakkingen Vermeer": "3000",
    "Huur loods De Kade": "4100",
    "Energie Rijnmond": "4100",
    "Transport Baert": "4300",
    "Kantoorvakhandel": "4300",
    "Tankstation A4": "4300",
    "Lunchroom Zeezicht": "4200",
}
_GENERAL = "4300"
_FIRST_ID = 10_001


class Suppliers:
    """Numbers suppliers as they come."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}

    def party(self, name: str) -> Party:
        """Return a supplier by name."""
        return Party(self._ids.setdefault(name, _FIRST_ID + len(self._ids)), name)


def costs(supplier: str) -> str:
    """Return the account of what is bought there."""
    return _COSTS.get(supplier, _GENERAL)
