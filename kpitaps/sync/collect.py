"""From what a tap yields to what lands: checked, dated in the account's days, hashed."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from kpitaps.errors import TapBug
from kpitaps.measures import Entry
from kpitaps.store import LandedEntry, LandedRecord
from kpitaps.store.instants import to_micros
from kpitaps.tap import Record
from kpitaps.units import Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from kpitaps.tap import Account, Stream


class Collector:
    """Turns the answers of one stream of one connection into rows.

    Args:
        stream: The stream that is read.
        account: The account it belongs to: its zone dates instants, its currency is the default.
        salt: Keys the hashes of record ids and subjects.
    """

    def __init__(self, stream: Stream, account: Account, salt: bytes) -> None:
        self._stream = stream
        self._zone: ZoneInfo = account.zone
        self._currency = account.currency
        self._salt = salt
        self._feeds = {measure.key for measure in stream.feeds}

    def records(self, answers: Iterable[Any]) -> Iterator[LandedRecord]:
        """Yield the records as they land.

        Raises:
            TapBug: for anything that is no `Record`, or breaks a rule of the author API.
        """
        for record in answers:
            if not isinstance(record, Record):
                raise TapBug(
                    f"stream {self._stream.name} yielded {_kind(record)}; a records stream yields Record objects"
                )
            if record.updated_at is None and self._stream.sweep is None:
                raise TapBug(
                    f"stream {self._stream.name}: record {record.key} has no updated_at; "
                    "give it one, or declare sweep= for a source without an update clock"
                )
            clock = 0 if record.updated_at is None else to_micros(record.updated_at)
            yield LandedRecord(self._hash(record.key.encode()), clock, [*self.entries(record.entries)])

    def entries(self, entries: Iterable[Any]) -> Iterator[LandedEntry]:
        """Yield the entries as they land.

        Raises:
            TapBug: for anything that is no `Entry`, or for a measure that the stream does not feed.
        """
        for entry in entries:
            if not isinstance(entry, Entry):
                raise TapBug(
                    f"stream {self._stream.name} yielded {_kind(entry)}; it yields entries: measure.on(day, amount)"
                )
            measure, labels, currency, day, first, second = entry
            if measure.key not in self._feeds:
                raise TapBug(f"stream {self._stream.name} feeds {measure.key} without declaring it in feeds=")
            if measure.unit is Unit.MONEY and not currency:
                currency = self._currency
            if isinstance(day, datetime):
                day = day.astimezone(self._zone).date()
            if measure.kind is Kind.DISTINCT:
                first, second = self._subject(first, second)
            yield LandedEntry((measure.key, labels, currency), day.toordinal(), first, second)

    def _hash(self, key: bytes) -> bytes:
        return blake2b(key, digest_size=16, key=self._salt).digest()

    def _subject(self, first: int, second: int) -> tuple[int, int]:
        digest = self._hash(first.to_bytes(8, "big", signed=True) + second.to_bytes(8, "big", signed=True))
        return int.from_bytes(digest[:8], "big", signed=True), int.from_bytes(digest[8:], "big", signed=True)


def _kind(answer: object) -> str:
    # Its type, never its content: the run log is kept, and a source's own row may hold names and addresses.
    return f"a {type(answer).__name__}"
