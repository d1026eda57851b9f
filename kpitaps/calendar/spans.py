"""Spans of time, half-open and in UTC, and the set arithmetic that sync state is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kpitaps.errors import TapBug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The instants from ``start`` up to but not including ``end``, both in UTC whatever zone they were given in.

    Python compares and subtracts two times of one zone by their wall clocks, which is wrong where the clock changes.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise TapBug(f"a span needs instants with a UTC offset, not {self.start} to {self.end}")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end < self.start:
            raise TapBug(f"a span cannot end ({self.end}) before it starts ({self.start})")

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def __str__(self) -> str:
        return f"{_iso(self.start)}/{_iso(self.end)}"

    @property
    def length(self) -> timedelta:
        """How long the span lasts."""
        return self.end - self.start


class Spans:
    """An immutable set of instants, kept as sorted spans that do not touch."""

    __slots__ = ("_spans",)

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        merged: list[Span] = []
        for span in sorted(spans):
            if span.start == span.end:
                continue
            if merged and span.start <= merged[-1].end:
                merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
            else:
                merged.append(span)
        self._spans = tuple(merged)

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spans) and self._spans == other._spans

    def __hash__(self) -> int:
        return hash(self._spans)

    def __repr__(self) -> str:
        return f"Spans({', '.join(map(str, self._spans))})"

    def __or__(self, other: Spans) -> Spans:
        return Spans((*self._spans, *other))

    def __sub__(self, other: Spans) -> Spans:
        left = list(self._spans)
        for cut in other:
            left = [piece for span in left for piece in _without(span, cut)]
        return Spans(left)

    @property
    def newest(self) -> Span | None:
        """The last span, or None where there is none."""
        return self._spans[-1] if self._spans else None

    @property
    def length(self) -> timedelta:
        """The time in all spans together."""
        return sum((span.length for span in self._spans), timedelta())


def _without(span: Span, cut: Span) -> list[Span]:
    pieces = []
    if span.start < cut.start:
        pieces.append(Span(span.start, min(span.end, cut.start)))
    if cut.end < span.end:
        pieces.append(Span(max(span.start, cut.end), span.end))
    return pieces


def _iso(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
