"""Several at once: threads and processes that land into the same generation, or meet an empty database."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from store.lander import KEYS, VERSIONS, land_all, version
from store.shelf import (
    DAY,
    EURO,
    FEEDS,
    KEY,
    NOW,
    ORDERS,
    a_connection,
    a_stream,
    dump,
    entry,
    open_ledger,
    record,
    sums,
)

from kpitaps.store import LandedRecord, Ledger, SeriesBook, current_generation, land_records
from kpitaps.store.engine import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import sqlalchemy as sa

    from conftest import Desk

TESTS = Path(__file__).parents[1]


def process(url: str, *seed: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "store.lander", url, KEY, *seed],
        cwd=TESTS,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_right(ledger: Ledger) -> None:
    """Compare the ledger with what one landing of the newest versions alone would give."""
    wanted: dict[tuple[Any, ...], int] = {}
    members: dict[tuple[int, int], int] = {}
    for key in range(KEYS):
        for (measure, labels, currency), day, first, _ in version(key, VERSIONS - 1).entries:
            if measure == "buyers":
                members[day, first] = members.get((day, first), 0) + 1
                continue
            place = (measure, f'{{"sales_channel":"{labels[0]}"}}' if labels[0] else "{}", currency, day)
            wanted[place] = wanted.get(place, 0) + first
    assert {place: halves[0] for place, halves in sums(ledger).items()} == {p: n for p, n in wanted.items() if n}
    assert sorted(row[3] for row in dump(ledger)["member"]) == sorted(members.values())


def test_threads_that_land_the_same_records_end_right(desk: Desk) -> None:
    """Threads that share a book, and one with its own, land overlapping versions: the newest of each counts, once."""
    books = [desk.book, desk.book, SeriesBook(desk.generation.id, FEEDS)]
    errors: list[BaseException] = []

    def work(seed: int, book: SeriesBook) -> None:
        try:
            land_all(desk.ledger, desk.generation.id, seed, book)
        except BaseException as error:  # noqa: BLE001 - a thread's error must fail the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed, book)) for seed, book in enumerate(books)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    is_right(desk.ledger)


@pytest.mark.slow
def test_processes_that_land_the_same_records_end_right(desk: Desk, database_url: str) -> None:
    """Two processes land overlapping versions into one generation at the same time: nothing is lost or doubled."""
    workers = [process(database_url, seed) for seed in ("1", "2")]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n", worker.stderr.read()
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        assert worker.communicate() == ("", "")
        assert worker.returncode == 0
    is_right(desk.ledger)


@pytest.mark.slow
def test_processes_that_meet_an_empty_database_migrate_it_once(database_url: str) -> None:
    """Whoever comes first makes the schema; the other waits and finds it made."""
    workers = [process(database_url) for _ in range(3)]
    for worker in workers:
        assert worker.communicate() == ("ready\n", "")
        assert worker.returncode == 0
    with open_ledger(database_url) as ledger:
        a_connection(ledger)


def test_first_openings_of_a_new_file_wait_for_each_other(tmp_path: Path) -> None:
    """SQLite's switch to WAL does not wait by itself: however many open a new file at once, all of them may."""
    errors: list[BaseException] = []

    def work(url: str, ready: threading.Barrier) -> None:
        database = Database(url)
        ready.wait()
        try:
            with database.read():
                pass
        except BaseException as error:  # noqa: BLE001 - a thread's error must fail the test
            errors.append(error)
        database.close()

    for number in range(60):
        ready = threading.Barrier(6)
        threads = [threading.Thread(target=work, args=(f"sqlite:///{tmp_path}/{number}.db", ready)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []


def test_workers_that_meet_a_new_stream_make_one_generation(desk: Desk) -> None:
    """Two runs of a stream that nobody has read yet agree on its first generation."""
    found: list[int] = []
    stream = a_stream(name="fresh")
    ready = threading.Barrier(4)

    def work() -> None:
        ready.wait()
        database = desk.ledger.database
        terms: dict[str, Any] = {"time_zone": "UTC", "history_from": NOW, "now": NOW}
        found.append(current_generation(database, desk.connection.id, stream, "mark", **terms).id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


class Handover(Database):
    """A database in which another thread always gets its turn right after a transaction has failed."""

    meanwhile: Callable[[], object] | None = None

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        try:
            with super().write() as connection:
                yield connection
        except ZeroDivisionError:
            if self.meanwhile:
                self.meanwhile()
            raise


def test_a_number_that_was_rolled_back_reaches_no_other_thread(desk: Desk, database_url: str) -> None:
    """Between a rollback and whatever follows it, another thread lands with the same book: into its own series."""
    database = Handover(database_url)

    def land(*records: LandedRecord, fails: bool = False) -> None:
        land_records(database, desk.book, records, None if not fails else Broken(), observed_at=NOW)

    database.meanwhile = lambda: (
        land(record("b", 1, entry(ORDERS, 1, sales_channel="pos"))),
        land(record("c", 1, entry(ORDERS, 2, sales_channel="web"))),
    )
    with pytest.raises(ZeroDivisionError):
        land(record("a", 1, entry(ORDERS, 4, sales_channel="web")), fails=True)
    database.close()
    assert sums(desk.ledger) == {
        ("orders", '{"sales_channel":"pos"}', "", DAY): (EURO, 0),
        ("orders", '{"sales_channel":"web"}', "", DAY): (2 * EURO, 0),
    }


class Broken:
    """A span that cannot be kept: the transaction fails after everything else was written."""

    @property
    def start(self) -> object:
        return 1 / 0

    def __lt__(self, _: object) -> bool:
        return bool(1 / 0)

    end = start
