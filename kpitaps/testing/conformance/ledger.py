"""What is in a SQLite ledger, read from its file: to compare with another one, or with itself before."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from kpitaps.store.packing import unpack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kpitaps.store.packing import PackedEntry

_SALT = b"one salt for all"
_ROWS = ("series", "contribution", "measurement", "member", "tenure", "published", "flag")

Place = tuple[str, str, str, int]
"""Measure, labels as JSON, currency, ordinal day."""


@dataclass(frozen=True, slots=True)
class Content:
    """What the ledger means, free of row numbers and times of reading.

    Attributes:
        records: Stream and hashed key of each record that contributes anything, and what it contributes.
        days: Stream and place of each sum that is not zero, and its numerator and denominator; what was counted in a
            window is here too.
        since: The ordinal of each stream's first day.
        flags: What is said against numbers: stream or check, measure, first and last ordinal day, quality.
    """

    records: Mapping[tuple[str, str], tuple[tuple[Place, int, int], ...]]
    days: Mapping[tuple[str, Place], tuple[int, int]]
    since: Mapping[str, int]
    flags: frozenset[tuple[str, str, int, int, str]] = frozenset()

    def is_doubted(self, place: Place) -> bool:
        """Return whether something is said against a day's sum, or against a count of exactly that window."""
        measure, labels, _, day = place
        window = json.loads(labels)
        for _, flagged, first, last, _ in self.flags:
            if "through" in window:
                is_met = (_iso(first), _iso(last)) == (window["from"], window["through"])
            else:
                is_met = first <= day <= last
            if is_met and flagged == measure:
                return True
        return False

    def of(self, streams: set[str]) -> Content:
        """Return what belongs to those streams."""
        return Content(
            {key: value for key, value in self.records.items() if key[0] in streams},
            {key: value for key, value in self.days.items() if key[0] in streams},
            {key: value for key, value in self.since.items() if key in streams},
            frozenset(flag for flag in self.flags if flag[0] in streams),
        )

    @property
    def measures(self) -> set[str]:
        """The keys of the measures that have any data."""
        listed = {place[0] for entries in self.records.values() for place, _, _ in entries}
        return listed | {place[0] for _, place in self.days}


class LedgerFile:
    """The file of a ledger that may be in use.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def content(self) -> Content:
        """Return what it means."""
        with closing(self._open()) as file:
            series = {
                number: (stream, (measure, labels, currency))
                for number, stream, measure, labels, currency in file.execute(
                    "SELECT s.id, g.stream, s.measure, s.labels, s.currency "
                    "FROM series s JOIN generation g ON g.id = s.generation_id"
                )
            }
            records = {
                (stream, bytes(record).hex()): tuple(sorted(_named(entry, series) for entry in unpack(bytes(entries))))
                for stream, record, entries in file.execute(
                    "SELECT g.stream, c.record, c.entries "
                    "FROM contribution c JOIN generation g ON g.id = c.generation_id WHERE length(c.entries) > 0"
                )
            }
            days = {
                (series[number][0], (*series[number][1], day)): (numerator, denominator)
                for number, day, numerator, denominator in file.execute(
                    "SELECT series_id, day, numerator, denominator FROM measurement "
                    "WHERE numerator != 0 OR denominator != 0"
                )
            }
            days |= {
                (series[number][0], _over(series[number][1], first, last, as_of)): (amount, 0)
                for number, first, last, as_of, amount in file.execute(
                    "SELECT series_id, first_day, last_day, as_of, amount FROM published WHERE amount != 0"
                )
            }
            since = dict(file.execute("SELECT stream, min(history_from) FROM generation GROUP BY stream"))
            flags = frozenset(file.execute("SELECT origin, measure, first_day, last_day, quality FROM flag"))
        return Content(records, days, {stream: _ordinal(micros) for stream, micros in since.items()}, flags)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row that figures are made of, byte for byte."""
        with closing(self._open()) as file:
            return {
                table: sorted(map(tuple, file.execute(f"SELECT * FROM {table}")))  # noqa: S608 - named right here
                for table in _ROWS
            }

    def connections(self) -> list[tuple[str, str, str]]:
        """Return account id, zone and currency of each connection."""
        with closing(self._open()) as file:
            return list(file.execute("SELECT account_id, time_zone, currency FROM connection ORDER BY id"))

    def ran(self) -> set[str]:
        """Return the streams and checks that have ever been run."""
        with closing(self._open()) as file:
            return {name for (name,) in file.execute("SELECT DISTINCT stream FROM run")}

    def use_one_salt(self) -> None:
        """Hash as every other ledger of the kit does, so that they can be compared; before anything is read."""
        with closing(self._open()) as file, file:
            file.execute("UPDATE connection SET salt = ?", (_SALT,))

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path)


def readable(place: Place) -> str:
    """Return a place in the ledger as people say it."""
    measure, labels, currency, day = place
    told = ", ".join(f"{name} {value!r}" for name, value in json.loads(labels).items() if value)
    return " ".join(filter(None, (measure, currency, f"of {told}" if told else "", f"on {_iso(day)}")))


def _named(entry: PackedEntry, series: Mapping[int, tuple[str, Any]]) -> tuple[Place, int, int]:
    number, day, first, second = entry
    return (*series[number][1], day), first, second


def _over(place: tuple[str, str, str], first: int, last: int, as_of: int) -> Place:
    """Return the place of what was counted in a window: its days stand among the labels."""
    measure, labels, currency = place
    window = {"from": _iso(first), "through": _iso(last)}
    return measure, json.dumps({**json.loads(labels), **window}), currency, as_of


def _ordinal(micros: int) -> int:
    # 1970-01-01 is day 719163; a stream's history begins at local midnight, at most 14 hours from that of UTC.
    return 719_163 + (micros + 14 * 3_600_000_000) // 86_400_000_000


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()
