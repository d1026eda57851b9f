"""One record of a source, and what it contributes to which measure on which day."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, Self

from kpitaps.errors import TapBug
from kpitaps.measures import Entry, Measure
from kpitaps.measures.measure import checked_day
from kpitaps.units import BIGINT_MAX, Amount, Kind

if TYPE_CHECKING:
    from datetime import date


class Tenure(NamedTuple):
    """That somebody, the two halves of a hash, is a customer from one local day or instant through another."""

    first_half: int
    second_half: int
    first: date
    last: date | None


class Record:
    """What one source record adds; when the record comes again, this replaces what it added before.

    Args:
        key: The source's own id, unique within the stream. Only a hash of it is stored.
        updated_at: The source's update clock, with an offset. An older one never overwrites a newer one. None only
            for streams that are swept or listed, and where there is a revision.
        version: For listings: a text that changes whenever the record does, such as its row in the source's list. A
            record of a known version may be `unchanged`, see `Context.knows`.
        revision: In place of ``updated_at``, for sources that number every change: of two readings the one with the
            higher number wins, equal ones replace each other. All records of a stream have one or the other; a stream
            that changes from one to the other raises its ``mapping``.

    Raises:
        TapBug: for an empty key, a naive time, a version that is no text, a revision that is no number from 0 to
            2**63 - 1, or a revision beside a time.
    """

    __slots__ = ("entries", "is_deleted", "is_unchanged", "key", "revision", "tenures", "updated_at", "version")

    def __init__(
        self,
        key: str,
        updated_at: datetime | None = None,
        *,
        version: str | None = None,
        revision: int | None = None,
    ) -> None:
        if not key or not isinstance(key, str):
            raise TapBug(f"a record's key is the source's own id as text, not {key!r}")
        if updated_at is not None and not isinstance(updated_at, datetime):
            raise TapBug(f"record {key}: updated_at is a time with a UTC offset, not {updated_at!r}")
        if updated_at is not None and updated_at.tzinfo is None:
            raise TapBug(f"record {key}: updated_at {updated_at.isoformat()} has no UTC offset")
        if version is not None and not isinstance(version, str):
            raise TapBug(f"record {key}: its version is a text, not {version!r}")
        if revision is not None:
            _check_revision(key, revision, updated_at)
        self.key = key
        self.updated_at = updated_at
        self.version = version
        self.revision = revision
        self.is_unchanged = False
        self.entries: list[Entry] = []
        self.tenures: list[Tenure] = []
        self.is_deleted = False

    def add(
        self,
        measure: Measure,
        day: date,
        amount: Amount,
        *,
        of: Amount | None = None,
        currency: str = "",
        **labels: str | None,
    ) -> Self:
        """Add an amount to a measure on a day; see `Measure.on` for the arguments."""
        return self._keep(measure.on(day, amount, of=of, currency=currency, **labels))

    def change(self, level: Measure, day: date, amount: Amount, *, currency: str = "", **labels: str | None) -> Self:
        """Change a level from a day on: ``+amount`` when something opens, ``-amount`` when it closes.

        Raises:
            TapBug: if the measure is no level.
        """
        if level.kind is not Kind.LEVEL:
            raise TapBug(f"{level.key} is a {level.kind}: change() is for levels, add() for the rest")
        return self.add(level, day, amount, currency=currency, **labels)

    def member(self, measure: Measure, day: date, who: str, **labels: str | None) -> Self:
        """Count a subject in a distinct measure on a day.

        Args:
            measure: A measure of kind distinct.
            day: The local day, or an aware instant.
            who: The subject's id in the source. Only a hash, keyed per connection, is stored.
            labels: As for `Measure.on`.

        Raises:
            TapBug: if the measure is not distinct or the id is empty.
        """
        if measure.kind is not Kind.DISTINCT:
            raise TapBug(f"{measure.key} is a {measure.kind}: member() is for distinct measures")
        halves = _subject(measure.key, who)
        return self._keep(Entry(measure, measure.label_values(labels), "", checked_day(measure.key, day), *halves))

    def customer(self, who: str, first: date, last: date | None = None) -> Self:
        """Say that somebody is a customer from one day through another, because of this record.

        The core unites what all records say of one customer, and so feeds ``new_customers`` (the first day of all),
        ``customers`` and ``customers_lost`` (the day after the last, until somebody comes back).

        Args:
            who: The customer's id in the source. Only a hash, keyed per connection, is stored.
            first: The first local day, or an aware instant: of the invoice, the order, the won deal, the subscription.
            last: The last one; None while there is no end to it.

        Raises:
            TapBug: if the id is empty, or one of the days is no day.
        """
        halves = _subject("customers", who)
        if self.is_deleted or self.is_unchanged:
            raise self._contradiction()
        through = None if last is None else checked_day("customers", last)
        self.tenures.append(Tenure(*halves, checked_day("customers", first), through))
        return self

    def deleted(self) -> Self:
        """Say that the source has deleted this record: all it contributed goes.

        Raises:
            TapBug: if the record contributes at the same time, or is unchanged.
        """
        if self.entries or self.tenures or self.is_unchanged:
            raise self._contradiction()
        self.is_deleted = True
        return self

    def unchanged(self) -> Self:
        """Say that a listed record is still there as it was: what it contributed stays; see `Context.knows`.

        Raises:
            TapBug: if the record contributes at the same time, or is deleted.
        """
        if self.entries or self.tenures or self.is_deleted:
            raise self._contradiction()
        self.is_unchanged = True
        return self

    def _keep(self, entry: Entry) -> Self:
        if self.is_deleted or self.is_unchanged:
            raise self._contradiction()
        self.entries.append(entry)
        return self

    def _contradiction(self) -> TapBug:
        return TapBug(f"record {self.key} can only be one of three: deleted, unchanged, or contributing")


def _check_revision(key: str, revision: int, updated_at: datetime | None) -> None:
    if updated_at is not None:
        raise TapBug(f"record {key} has an updated_at and a revision: give it the one that its source compares by")
    if not isinstance(revision, int) or isinstance(revision, bool) or not 0 <= revision <= BIGINT_MAX:
        raise TapBug(f"record {key}: its revision is a whole number from 0 to 2**63 - 1, not {revision!r}")


def _subject(what: str, who: str) -> tuple[int, int]:
    """Return the two halves of the hash under which somebody is counted."""
    if not who or not isinstance(who, str):
        raise TapBug(f"{what}: whom the record counts is the source's own id as text, not {who!r}")
    digest = blake2b(who.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "big", signed=True), int.from_bytes(digest[8:], "big", signed=True)
