"""Row versions: the numbers by which Exact Online's sync endpoints tell what has changed.

They come from the database and only ever grow: https://support.exactonline.com/community/s/knowledge-base#All-All-DNO-Content-sync-api.
Here a version follows from when and what changed alone, so that it stays as it is when the past is added to by hand.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LOW = 32
_MOVED = int(timedelta(days=3650).total_seconds()) << _LOW


class Versioned(Protocol):
    """A row with a version."""

    key: str
    version: int


AnyRow = TypeVar("AnyRow", bound=Versioned)


def scale(at: datetime) -> int:
    """Return the number below which all versions of rows lie that changed before ``at``, and no others."""
    return int((at - _EPOCH).total_seconds()) << _LOW


def version_of(at: datetime, key: str, before: int = 0) -> int:
    """Return the version of the row ``key`` that changed at ``at`` and had the version ``before``."""
    return max(scale(at) + crc32(key.encode()), before + 1)


@dataclass(slots=True)
class Numbering:
    """How versions are shown: a division that was moved to another database has got new, here lower, ones.

    Attributes:
        moved_on: When it was moved, as wall time; None if never.
    """

    moved_on: datetime | None = None

    @property
    def offset(self) -> int:
        """What is taken off each version."""
        return _MOVED if self.moved_on else 0


@dataclass(slots=True)
class Table(Generic[AnyRow]):
    """Rows by key, and in the order of their versions.

    Attributes:
        rows: By key.
    """

    rows: dict[str, AnyRow] = field(default_factory=dict)
    _order: list[tuple[int, str]] = field(default_factory=list)

    def put(self, row: AnyRow) -> None:
        """Add a row, or take note of its new version."""
        self.rows[row.key] = row
        insort(self._order, (row.version, row.key))

    def drop(self, key: str) -> AnyRow | None:
        """Take a row out."""
        return self.rows.pop(key, None)

    def since(self, version: int) -> Iterator[AnyRow]:
        """Yield the rows from a version on, in that order."""
        for place in range(bisect_left(self._order, (version, "")), len(self._order)):
            number, key = self._order[place]
            row = self.rows.get(key)
            if row is not None and row.version == number:  # else it has changed again, or is gone
                yield row
