"""An answer as bytes: protobuf, packed as one Snappy block.

All samples of an answer have the same length, and those of one layout the same instants: they are written once, and
each series only lays its values between them. A block is a row of pieces of which each repeats only itself, so they are
packed one by one and never held together unpacked.
"""

from __future__ import annotations

import struct
from itertools import chain, repeat
from math import isnan
from typing import TYPE_CHECKING

import cramjam

from kpitaps.exposition.remote_read.messages import message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpitaps.exposition.history import DayValues, Labels
    from kpitaps.exposition.remote_read.layout import Layout

_SIZE = 18
"""Bytes of a sample: its tag and length, a tag and its value, a tag and its instant, six bytes since 1971."""

_VALUE_AT = 3
_SAMPLE = struct.Struct("<3s8xs6s")
_HEAD, _STAMP = b"\x12\x10\x09", b"\x10"

_RESULTS, _TIMESERIES = b"\x0a", b"\x0a"
"""Tags of the fields of those names."""

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0_0000_0000_0002))[0]
"""What Prometheus takes for the end of a series: without it, the value before would be found for a look-back more."""

_PIECE = 1 << 16
"""Bytes that are packed at once: Snappy repeats nothing from further back."""


class TooManySamples(Exception):
    """A series has more samples than there may still be."""


class Frame:
    """The samples of a layout without their values; those of a day are made when they are first needed.

    Args:
        layout: Where they are.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._empty: dict[int, bytes] = {}

    def samples(self, known: DayValues, most: int) -> tuple[bytes, int]:
        """Return the samples of one series, encoded, and how many there are.

        A day of which nothing is known has none, but one that ends the series where the value of the day before would
        be taken for its own.

        Raises:
            TooManySamples: if there are more than ``most``.
        """
        layout = self._layout
        begin, values = _within(known, layout)
        parts, number = [], 0
        for first, after in _known(values):
            times = []
            for day in range(begin + first, begin + after):
                times.append(len(layout.stamps(day)))
                number += times[-1]
                # at once: what is too much must not be worked out to its end first
                if number > most:
                    raise TooManySamples
            parts.append(self._filled(values[first:after], begin + first, times))
            if begin + after < layout.days and layout.lingers(begin + after):
                parts.append(_end(layout.stamps(begin + after)[0]))
                number += 1
        return b"".join(parts), number

    def _filled(self, values: Sequence[float], first: int, times: Sequence[int]) -> bytes:
        """Return the samples of known days, from ``first`` on, of which each has its value so many times."""
        each = chain.from_iterable(map(repeat, values, times))
        packed = struct.pack(f"<{sum(times)}d", *each)
        filled = bytearray().join(map(self._of_day, range(first, first + len(times))))
        # one byte of every sample at a time: eight strides in C instead of a loop over samples
        for byte in range(8):
            filled[_VALUE_AT + byte :: _SIZE] = packed[byte::8]
        return bytes(filled)

    def _of_day(self, day: int) -> bytes:
        if day not in self._empty:
            self._empty[day] = b"".join(map(_sample, self._layout.stamps(day)))
        return self._empty[day]


def _sample(at: int) -> bytes:
    return _SAMPLE.pack(_HEAD, _STAMP, _varint(at))


def _end(at: int) -> bytes:
    sample = bytearray(_sample(at))
    struct.pack_into("<d", sample, _VALUE_AT, STALE)
    return bytes(sample)


def series_bytes(labels: Labels, samples: bytes) -> tuple[bytes, bytes]:
    """Return a series as it stands among a result's: what comes before its samples, and they."""
    # half a surrogate pair, as a broken JSON text may bring, must not take the whole answer down
    pairs = ({"name": name, "value": value.encode(errors="replace").decode()} for name, value in labels if value)
    head: bytes = message("TimeSeries")(labels=list(pairs)).SerializeToString()
    return _TIMESERIES + _varint(len(head) + len(samples)) + head, samples


class Block:
    """A Snappy block that grows result by result.

    Attributes:
        series: How many series it has.
        samples: How many samples.
    """

    def __init__(self) -> None:
        self.series = 0
        self.samples = 0
        self._packed: list[bytes] = []
        self._length = 0

    def add_result(self, series: Iterator[tuple[Labels, bytes, int]]) -> None:
        """Add the answer to one query: labels, samples, and how many, of each series."""
        packed, waiting, length = [], bytearray(), 0
        for labels, samples, number in series:
            for part in series_bytes(labels, samples):
                waiting += part
                length += len(part)
            self.series += 1
            self.samples += number
            if len(waiting) >= _PIECE:
                packed.append(_pack(waiting))
                waiting.clear()
        if waiting:
            packed.append(_pack(waiting))
        # the length stands before, but is known only now: it becomes a piece of its own
        head = _RESULTS + _varint(length)
        self._packed += [_pack(head), *packed]
        self._length += len(head) + length

    def pieces(self) -> list[bytes]:
        """Return the block in pieces, to be sent one after another."""
        return [_varint(self._length), *self._packed]


def _pack(piece: bytes | bytearray) -> bytes:
    """Return the elements of a piece without the length that stands before: the block has one of its own."""
    packed = bytes(cramjam.snappy.compress_raw(piece))
    return packed[len(_varint(len(piece))) :]


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _within(known: DayValues, layout: Layout) -> tuple[int, Sequence[float]]:
    """Return the values of a layout's days, and which of its days has the first of them."""
    skip = known.first - layout.first
    return max(0, skip), known.values[max(0, -skip) : max(0, layout.days - skip)]


def _known(values: Sequence[float]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of days of which something is known: the first, and the one after the last."""
    at = 0
    for gap in (*[day for day, value in enumerate(values) if isnan(value)], len(values)):
        if gap > at:
            yield at, gap
        at = gap + 1
