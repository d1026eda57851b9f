"""One row per record: what it contributes, packed.

An entry is 24 bytes: series (u32), day (i32) and two signed 64-bit halves: numerator and denominator in millionths, or
the hash of a counted subject. Entries are sorted, and amounts unique per (series, day), so that equal contributions
are equal bytes.
"""

from __future__ import annotations

from struct import Struct
from struct import error as PackingError  # noqa: N812 - struct names its error like a function
from typing import TYPE_CHECKING

from kpitaps.errors import TapBug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ENTRY = Struct("<Iiqq")
_SUBJECT = Struct(">qq")

PackedEntry = tuple[int, int, int, int]
"""Series, day, and the two halves."""


def pack(entries: Iterable[PackedEntry]) -> bytes:
    """Return the entries as bytes, in canonical order.

    Raises:
        TapBug: if an amount leaves the range of BIGINT.
    """
    try:
        return b"".join(_ENTRY.pack(*entry) for entry in sorted(entries))
    except PackingError:
        raise TapBug("a record adds more to one day than the ledger can hold, about 9.2 trillion") from None


def unpack(packed: bytes) -> Iterator[PackedEntry]:
    """Yield the entries of a packed record."""
    return _ENTRY.iter_unpack(packed)


def subject(first: int, second: int) -> bytes:
    """Return the 16 bytes of a counted subject from its two halves."""
    return _SUBJECT.pack(first, second)
