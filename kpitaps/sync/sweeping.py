"""Finding what a source has no more: which records a run has shown, and which of those that are missing were there."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kpitaps.store import highest_number, last_sweep, sweep
from kpitaps.store.clocks import is_numbered

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from kpitaps.store import LandedRecord, Landing, SeriesBook
    from kpitaps.store.engine import Database
    from kpitaps.tap import Stream


class Sweeping:
    """The sweep of one stream in one run, from before its first reading on.

    Attributes:
        seen: The hashed keys of the records that this run has shown, as far as a sweep needs to know them.

    Args:
        database: The ledger's database.
        book: The series of the generation that is read.
        stream: Its terms.
        now: When the run began.
    """

    def __init__(self, database: Database, book: SeriesBook, stream: Stream, now: datetime) -> None:
        self.seen: set[bytes] = set()
        self._database = database
        self._book = book
        self._stream = stream
        self._now = now
        # Looked at before anything lands: a number tells nothing of when, so what was landed later is told by it.
        self._highest = highest_number(database, book.generation) if self.is_due else None

    @cached_property
    def is_first(self) -> bool:
        """Whether the stream is swept, and all of it has just been read for the first time: nothing can be missing."""
        return self._stream.sweep is not None and self._before is None

    @cached_property
    def is_due(self) -> bool:
        """Whether it is time to look."""
        if self._stream.sweep is None or self._before is None:
            return False
        return self._now - self._before >= self._stream.sweep

    def saw(self, records: Iterable[LandedRecord]) -> None:
        """Keep which records with numbers the source has shown in this run, in case it is slow to list them."""
        if self.is_due:
            self.seen.update(record.record for record in records if is_numbered(record.updated_at))

    def end(self, *, restates_before: int) -> Landing:
        """Delete what was not seen, and keep when the stream was swept.

        Raises:
            LedgerUnavailable: if the database cannot be written; nothing has changed then.
        """
        return sweep(
            self._database,
            self._book,
            None if self.is_first else self.seen,
            # What is newer may not be shown yet, or another process has landed it while we read: it is not missing.
            older_than=self._now - self._stream.lag,
            up_to=self._highest,
            observed_at=self._now,
            restates_before=restates_before,
        )

    @cached_property
    def _before(self) -> datetime | None:
        return last_sweep(self._database, self._book.generation)
