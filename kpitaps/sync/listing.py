"""Reading a listing: all records there are, in one go; what it does not show any more is gone."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from kpitaps.errors import RetryLater, TapBug
from kpitaps.store import Landing, count_records, end_listing, known_versions, land_listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from kpitaps.calendar import Span
    from kpitaps.store import LandedRecord, SeriesBook
    from kpitaps.store.engine import Database
    from kpitaps.sync.collect import Collector
    from kpitaps.tap import Context, Record, Stream

_BATCH = 500
"""Records that land together. What has landed is not lost if the rest fails: with a request for each record's details,
this is some minutes of a vendor's budget."""

_LEAST = 50
"""Records that a run adds to what is known before it leaves the rest to the next."""


_BELIEVED = 50
"""Records that may all be gone at once; a source that shows none of more has failed rather than been emptied."""


def believe_empty(database: Database, generation: int, stream: str) -> None:
    """Take it that a source has no record any more.

    Raises:
        RetryLater: if the ledger has too many for that to be likely: nothing is deleted.
    """
    if (known := count_records(database, generation)) > _BELIEVED:
        raise RetryLater(
            f"stream {stream}: the source lists nothing, though the ledger has {known:,} records of it; none is "
            "deleted. If all are really gone, disconnect the account and add it again"
        )


class Listing:
    """One reading of a listing.

    Attributes:
        is_whole: Whether it has reached the end.

    Args:
        database: The ledger's database.
        book: The series of the generation that is read.
        stream: What is read.
        collector: Turns its answers into rows.
        observed_at: When the reading began.
        restates_before: Ordinal day; a change to an earlier day counts as a restatement.
        is_withheld: Whether the source keeps something of every day from us: if it shows nothing, nothing is gone.
    """

    def __init__(
        self,
        database: Database,
        book: SeriesBook,
        stream: Stream,
        collector: Collector,
        *,
        observed_at: datetime,
        restates_before: int,
        is_withheld: bool = False,
    ) -> None:
        self._database = database
        self._book = book
        self._stream = stream
        self._collector = collector
        self._observed_at = observed_at
        self._restates_before = restates_before
        self._is_withheld = is_withheld
        self._seen: set[bytes] = set()
        self.is_whole = False

    def read(self, context: Context, span: Span, enough: Callable[[], bool]) -> Iterator[Landing]:
        """Read and land everything, and yield what each batch did.

        Args:
            context: What the stream's function gets.
            span: The time of which everything is known afterwards.
            enough: Whether to stop once some records have landed whose versions the next run will know: the list is
                read from its start each time. Nothing is deleted then.

        Raises:
            KpitapsError: what the source or the tap said; the batches that landed before stay, and nothing is deleted.
        """
        batch: list[LandedRecord] = []
        as_they_were = news = 0
        for record, landed in self._collector.listed(self._stream.read(replace(context, known=self.knows))):
            self._seen.add(landed.record)
            if record.is_deleted:
                self._seen.discard(landed.record)
            elif record.is_unchanged:
                self._check(record, landed)
                as_they_were += 1
            else:
                batch.append(landed)
                # What the next run will know, and need not ask for again. Only that is progress.
                news += bool(landed.updated_at and landed.updated_at != self._versions.get(landed.record))
            stops = news >= _LEAST and enough()
            if len(batch) == _BATCH or (batch and stops):
                yield self._land(batch)
                batch = []
            if stops:
                return
        if batch:
            yield self._land(batch)
        if not self._seen and not self._is_withheld:
            believe_empty(self._database, self._book.generation, self._stream.name)
        end = end_listing(
            self._database,
            self._book,
            None if self._is_withheld and not self._seen else self._seen,
            span,
            observed_at=self._observed_at,
            restates_before=self._restates_before,
        )
        self.is_whole = True
        yield replace(end, records=as_they_were)

    def knows(self, key: str, version: str) -> bool:
        """Return whether the ledger has the record at that version."""
        return self._versions.get(self._collector.key(key)) == self._collector.version(version)

    @cached_property
    def _versions(self) -> dict[bytes, int]:
        """The versions in the ledger: asked for by a tap that uses them, and by no other."""
        return known_versions(self._database, self._book.generation)

    def _check(self, record: Record, landed: LandedRecord) -> None:
        if record.version is None or self._versions.get(landed.record) != landed.updated_at:
            raise TapBug(
                f"stream {self._stream.name} says that record {record.key} is unchanged, but the ledger "
                "does not have it at that version: ask ctx.knows(key, version) first"
            )

    def _land(self, batch: list[LandedRecord]) -> Landing:
        landing = land_listed(
            self._database, self._book, batch, observed_at=self._observed_at, restates_before=self._restates_before
        )
        if "_versions" in self.__dict__:
            self._versions.update((landed.record, landed.updated_at) for landed in batch)
        return landing
