"""From what a tap yields to what lands: checked, dated in the account's days, hashed."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from math import inf
from typing import TYPE_CHECKING, Any

from kpitaps.errors import TapBug
from kpitaps.measures import Entry
from kpitaps.store import LandedEntry, LandedFlag, LandedRecord
from kpitaps.store.clocks import NONE, dated, is_numbered, numbered
from kpitaps.store.customers import CUSTOMER_FROM, CUSTOMER_UNTIL, FED
from kpitaps.tap import Flag, Record
from kpitaps.units import Kind, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
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
        self._needs_clock = stream.sweep is None or stream.keys is not None
        # A clock that some record of this run has: all others have the same kind.
        self._clock = NONE

    def records(self, answers: Iterable[Any]) -> Iterator[LandedRecord]:
        """Yield the records as they land.

        Raises:
            TapBug: for anything that is no `Record`, or breaks a rule of the author API.
        """
        for record in answers:
            checked = self._checked(record)
            if checked.is_unchanged:
                raise TapBug(
                    f"stream {self._stream.name} says that record {checked.key} is unchanged; only a listing knows that"
                )
            yield LandedRecord(self.key(checked.key), self._clock_of(checked), self._contributions(checked))

    def listed(self, answers: Iterable[Any]) -> Iterator[tuple[Record, LandedRecord]]:
        """Yield the records of a listing, and how they land: their version in place of the clock.

        Raises:
            TapBug: for anything that is no `Record`, or breaks a rule of the author API.
        """
        for record in answers:
            checked = self._checked(record)
            version = 0 if checked.version is None else self.version(checked.version)
            yield checked, LandedRecord(self.key(checked.key), version, self._contributions(checked))

    def keys(self, answers: Iterable[Any]) -> Iterator[bytes]:
        """Yield what the ledger keeps of listed keys.

        Raises:
            TapBug: for a key that no record could have.
        """
        for key in answers:
            if not isinstance(key, str) or not key:
                raise TapBug(f"the keys of stream {self._stream.name} are the ids of its records as text, not {key!r}")
            yield self.key(key)

    def key(self, key: str) -> bytes:
        """Return what the ledger keeps of a record's key."""
        return self._hash(key.encode())

    def version(self, version: str) -> int:
        """Return what the ledger keeps of a record's version: never 0, which stands for none."""
        # 63 bits, because the column is signed: two versions of one record are taken for each other once in 2**63.
        return int.from_bytes(self._hash(version.encode())[:8], "big") >> 1 or 1

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
            day = self._local(day)
            if measure.kind is Kind.DISTINCT:
                first, second = self._subject(first, second)
            yield LandedEntry((measure.key, labels, currency), day.toordinal(), first, second)

    def totals(self, answers: Iterable[Any], days: range) -> tuple[list[LandedEntry], list[LandedFlag]]:
        """Return the entries of ``days`` (ordinals) as they land, and what is said against them.

        Raises:
            TapBug: for anything that is neither an `Entry` nor a `Flag`, or a measure that the stream does not feed.
        """
        said: list[Flag] = []
        entries = [entry for entry in self.entries(_unflagged(answers, said)) if entry.day in days]
        return entries, landed_flags(self._stream, said)

    def _checked(self, record: object) -> Record:
        if not isinstance(record, Record):
            terms = self._stream
            raise TapBug(f"stream {terms.name} yielded {_kind(record)}; a {terms.kind} stream yields Record objects")
        return record

    def _clock_of(self, record: Record) -> int:
        where = f"stream {self._stream.name}: record {record.key}"
        if record.revision is not None:
            clock = numbered(record.revision)
        elif record.updated_at is not None:
            clock = dated(record.updated_at)
        elif self._needs_clock:
            raise TapBug(
                f"{where} has no updated_at; give it one, or declare sweep= for a source without an update clock"
            )
        else:
            clock = NONE
        if clock and not self._clock:
            self._clock = clock
        if is_numbered(clock) is not is_numbered(self._clock):
            raise TapBug(f"{where} is not dated or numbered as the others are: all have updated_at, or all a revision")
        return clock

    def _contributions(self, record: Record) -> list[LandedEntry]:
        entries = [*self.entries(record.entries)]
        if record.tenures:
            entries += self._customers(record)
        return entries

    def _customers(self, record: Record) -> Iterator[LandedEntry]:
        """Yield from when and until when the record makes somebody a customer; what it says twice counts once."""
        if not self._feeds.issuperset(FED):
            raise TapBug(
                f"stream {self._stream.name} says who is a customer without declaring {', '.join(FED)} in feeds="
            )
        spells: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for first_half, second_half, first, last in record.tenures:
            since = self._local(first).toordinal()
            until = inf if last is None else self._local(last).toordinal() + 1
            if until <= since:
                raise TapBug(
                    f"stream {self._stream.name}: record {record.key} makes somebody a customer from {first} through "
                    f"{last}, which is before it"
                )
            spells.setdefault(self._subject(first_half, second_half), []).append((since, until))
        for halves, days in spells.items():
            for since, until in _united(days):
                yield LandedEntry((CUSTOMER_FROM.key, (), ""), since, *halves)
                if until != inf:
                    yield LandedEntry((CUSTOMER_UNTIL.key, (), ""), int(until), *halves)

    def _local(self, day: date) -> date:
        return day.astimezone(self._zone).date() if isinstance(day, datetime) else day

    def _hash(self, key: bytes) -> bytes:
        return blake2b(key, digest_size=16, key=self._salt).digest()

    def _subject(self, first: int, second: int) -> tuple[int, int]:
        digest = self._hash(first.to_bytes(8, "big", signed=True) + second.to_bytes(8, "big", signed=True))
        return int.from_bytes(digest[:8], "big", signed=True), int.from_bytes(digest[8:], "big", signed=True)


def _unflagged(answers: Iterable[Any], said: list[Flag]) -> Iterator[Any]:
    for answer in answers:
        if isinstance(answer, Flag):
            said.append(answer)
        else:
            yield answer


def landed_flags(stream: Stream, said: Iterable[Flag]) -> list[LandedFlag]:
    """Return what a stream says against its numbers, as it lands: measure by measure.

    Raises:
        TapBug: for a measure that the stream does not feed.
    """
    landed = []
    for flag in said:
        for measure in flag.measures:
            if measure not in stream.feeds:
                raise TapBug(f"stream {stream.name} flags {measure.key} without declaring it in feeds=")
            days = flag.first.toordinal(), flag.last.toordinal()
            landed.append(LandedFlag(measure.key, *days, flag.quality.value, flag.reason, flag.fix))
    return landed


def _united(spells: Iterable[tuple[int, float]]) -> Iterator[tuple[int, float]]:
    """Yield the same days as few spells, each from a day to before a day."""
    begun: tuple[int, float] | None = None
    for since, until in sorted(spells):
        if begun is None:
            begun = since, until
        elif since <= begun[1]:
            begun = begun[0], max(begun[1], until)
        else:
            yield begun
            begun = since, until
    if begun is not None:
        yield begun


def _kind(answer: object) -> str:
    # Its type, never its content: the run log is kept, and a source's own row may hold names and addresses.
    return f"a {type(answer).__name__}"
