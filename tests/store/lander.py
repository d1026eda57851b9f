"""A process of its own that migrates a ledger, or lands records that others land too: ``lander.py url seed``."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

from store.shelf import DAY, FEEDS, NOW, ORDERS, REVENUE, entry, meets, open_ledger, record

from kpitaps.store import LandedRecord, Ledger, SeriesBook, land_records

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = 30
VERSIONS = 6
ROUNDS = 25


def version(key: int, clock: int) -> LandedRecord:
    """Return one version of a record: the same whoever asks, another for each clock, the last ones deleted."""
    dice = random.Random(f"{key} {clock}")
    if clock == VERSIONS - 1 and key % 3 == 0:
        return record(f"r{key}", clock)
    day = DAY + dice.randrange(3)
    channel = dice.choice(["web", "pos", "app", "fair"])
    parts = [entry(ORDERS, 1, day, sales_channel=channel), entry(REVENUE, dice.randrange(50), day)]
    return record(f"r{key}", clock, *parts, meets(dice.randrange(5), day))


def batches(seed: int) -> Iterator[list[LandedRecord]]:
    """Yield versions in an order of the seed's own, all of them in the end."""
    dice = random.Random(seed)
    every = [version(key, clock) for key in range(KEYS) for clock in range(VERSIONS)]
    dice.shuffle(every)
    size = len(every) // ROUNDS
    for start in range(0, len(every), size):
        yield every[start : start + size]


def land_all(ledger: Ledger, generation: int, seed: int, book: SeriesBook | None = None) -> None:
    """Land all versions of all records."""
    book = book or SeriesBook(generation, FEEDS)
    for batch in batches(seed):
        land_records(ledger.database, book, batch, None, observed_at=NOW)


if __name__ == "__main__":
    with open_ledger(sys.argv[1], sys.argv[2]) as opened:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        if len(sys.argv) > 3:
            sys.stdin.readline()
            land_all(opened, 1, int(sys.argv[3]))
