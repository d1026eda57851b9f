"""A board made anew, and made of what changed: three years of 60 measures, each in 50 label sets.

    .venv/bin/python benchmarks/board.py [--url postgresql://…]

A day of the measures changes as a sync would change it: through the ledger. Then the board is made twice, from the
memory of the one before and from nothing, and the two have to be equal.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet

from kpitaps import VOCABULARY, Account
from kpitaps.calendar import CompanyCalendar, Span
from kpitaps.kpis import KPIS, CompanyFace, Memory, define, evaluate
from kpitaps.store import (
    Company,
    LandedEntry,
    Ledger,
    SeriesBook,
    Vault,
    add_connection,
    current_generation,
    land_days,
    put_company,
)
from kpitaps.tap import Stream, StreamKind
from kpitaps.units import MICRO, Kind, Unit

if TYPE_CHECKING:
    from kpitaps.kpis import Board
    from kpitaps.measures import Measure

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
START = datetime(2023, 11, 1, tzinfo=UTC)
SETS = 50
_WHOLE = tuple(measure for measure in VOCABULARY.values() if measure.kind is not Kind.DISTINCT)[:60]
# A measure without labels gets one, so that there are as many label sets of each.
MEASURES = tuple(measure if measure.labels else replace(measure, labels=("part",)) for measure in _WHOLE)
VOCABULARY_OF = {measure.key: measure for measure in MEASURES}
SHOP = tuple(measure for measure in MEASURES if measure.key.startswith("order") or measure.key == "units_sold")
CATALOGUE = define(KPIS)
ACME = CompanyFace("main", "Main", "EUR", CompanyCalendar(ZoneInfo("Europe/Amsterdam")))


def entries(measure: Measure, days: range, extra: int = 0) -> list[LandedEntry]:
    """Return an amount per day and label set."""
    currency = "EUR" if measure.unit is Unit.MONEY else ""
    of = MICRO if measure.kind in (Kind.DURATION, Kind.RATIO) else 0
    labels = [(f"value {number}", *[""] * (len(measure.labels) - 1)) for number in range(SETS)]
    return [
        LandedEntry((measure.key, each, currency), day, (day % 7 + number + 1 + extra) * MICRO, of)
        for day in days
        for number, each in enumerate(labels)
    ]


class World:
    """A ledger of one company."""

    def __init__(self, url: str) -> None:
        self.ledger = Ledger(url, Vault(Fernet.generate_key().decode()))
        base = self.ledger.database
        company = put_company(base, Company(0, "main", "Main", "EUR", "Europe/Amsterdam"))
        account = Account("shop-1", "Main", "Europe/Amsterdam", "EUR")
        made = add_connection(
            base,
            self.ledger.vault,
            company_id=company.id,
            tap="toy",
            name="main",
            account=account,
            plain={},
            secrets={},
            now=NOW,
        )
        self.company_id = company.id
        self.books: dict[str, SeriesBook] = {}
        for measure in MEASURES:
            stream = Stream(measure.key, StreamKind.PERIODS, read=list, feeds=(measure,), every=timedelta(hours=1))
            number = current_generation(
                base, made.id, stream, "first", time_zone=made.time_zone, history_from=START, now=NOW
            ).id
            self.books[measure.key] = SeriesBook(number, [measure])
            self.land(measure, range(START.date().toordinal(), TODAY.toordinal() + 1))

    def land(self, measure: Measure, days: range, extra: int = 0) -> None:
        span = Span(START, NOW)
        book = self.books[measure.key]
        land_days(self.ledger.database, book, entries(measure, days, extra), days, span, observed_at=NOW)

    def board(self, memory: Memory | None = None) -> tuple[Board, float]:
        """Return the board, and how many milliseconds it took, the opening of the reader included."""
        started = time.perf_counter()
        board = evaluate(ACME, CATALOGUE, self.ledger.reader(self.company_id), NOW, memory=memory)
        return board, (time.perf_counter() - started) * 1000


def changes(world: World, name: str, changed: tuple[Measure, ...], times: int) -> None:
    """Change one day of some measures again and again, and print what both ways take."""
    memory = Memory()
    world.board(memory)
    took: list[tuple[float, float]] = []
    for number in range(times):
        day = (TODAY - timedelta(days=number % 2 * 40)).toordinal()
        for measure in changed:
            world.land(measure, range(day, day + 1), extra=number + 1)
        some, fast = world.board(memory)
        every, slow = world.board()
        assert some == replace(every, at=some.at), "the two ways must not differ"
        took.append((fast, slow))
    fast, slow = (statistics.median(each) for each in zip(*took, strict=True))
    print(f"{name:42} {fast:9.1f} {slow:9.1f} {fast / slow:8.1%}", flush=True)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--url", help="an empty database; by default an SQLite file that is deleted afterwards")
    options.add_argument("--times", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = World(chosen.url or f"sqlite:///{folder}/ledger.db")
        print(f"{'what changed':42} {'memory ms':>9} {'anew ms':>9} {'ratio':>8}")
        for name, changed in (
            ("nothing", ()),
            ("a day of one measure without a by KPI", (VOCABULARY_OF["orders"],)),
            ("a day of revenue, shown by product", (VOCABULARY_OF["revenue"],)),
            ("a day of all that a shop feeds, 9 measures", SHOP),
            ("a day of all 60 measures", MEASURES),
        ):
            changes(world, name, changed, chosen.times)
        world.ledger.close()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
