"""What sources tell of their limits, and how: headers with a count, what remains of it, and when it starts anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kpitaps.http.retry import sent_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.http.reply import Reply

_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?")
_EPOCH = 1e9
"""Numbers from here on are seconds since 1970 (September 2001 and later); smaller ones are seconds from now."""
_EPOCH_MS = 1e11
"""Numbers from here on are milliseconds since 1970 (March 1973 and later)."""

_RESOLUTION = 1.0
"""Seconds by which a told instant may be off: ``Date`` and most resets leave out the fraction of a second."""
_SKEW = 2.0
"""Seconds by which our clock and the source's may differ, where an answer has no ``Date`` to compare with."""


@dataclass(frozen=True, slots=True)
class CounterState:
    """What an answer tells of a limit; None for what it does not say.

    Attributes:
        remaining: What may still be asked for, this answer's own request taken off.
        capacity: What the limit is.
        resets_at: When the count starts anew; aware.
        spent: What this answer's request has cost, where a limit counts points.
    """

    remaining: float | None = None
    capacity: float | None = None
    resets_at: datetime | None = None
    spent: float | None = None


@dataclass(frozen=True, slots=True)
class LimitHeaders:
    """The names of the headers in which a source tells of a limit, as a limit's ``read``.

    A reset is understood as seconds or milliseconds since 1970, as seconds from now, or as ISO 8601 with an offset,
    with or without a colon in it. What makes no sense counts as not told.

    Attributes:
        limit: The header with the limit itself; "" where there is none, here and below.
        remaining: The header with what remains.
        reset: The header with the instant at which the count starts anew.
    """

    limit: str = ""
    remaining: str = ""
    reset: str = ""

    def __call__(self, reply: Reply) -> CounterState | None:
        """Return what the headers of ``reply`` say; None if they say nothing."""
        capacity, remaining = _count(reply.headers, self.limit), _count(reply.headers, self.remaining)
        resets_at = reset_instant(reply.header(self.reset) or "", reply.headers) if self.reset else None
        if capacity is None and remaining is None and resets_at is None:
            return None
        return CounterState(remaining, capacity, resets_at)


def _count(headers: Mapping[str, str], name: str) -> float | None:
    value = headers.get(name, "").strip() if name else ""
    return float(value) if _NUMBER.fullmatch(value) else None


def reset_instant(value: str, headers: Mapping[str, str]) -> datetime | None:
    """Return the instant that a reset header names, in UTC, or None if it makes no sense.

    Args:
        value: The header's value.
        headers: The answer's headers, whose ``Date`` seconds from now are counted from.
    """
    value = value.strip()
    try:
        if not _NUMBER.fullmatch(value):
            instant = datetime.fromisoformat(value)
            return instant.astimezone(UTC) if instant.tzinfo else None
        number = float(value)
        if number >= _EPOCH:
            return datetime.fromtimestamp(number / 1000 if number >= _EPOCH_MS else number, UTC)
        sent = sent_at(headers)
        start = datetime.now(UTC) if sent is None else datetime.fromtimestamp(sent, UTC)
        return start + timedelta(seconds=number)
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Report:
    """What an answer tells of a limit, as the meters take it.

    Attributes:
        remaining: As in `CounterState`.
        capacity: The same, or None where it could not be right.
        spent: The same.
        reset: Seconds until the count starts anew: at least so many from when the request was sent, at most so many
            from when its answer was read.
    """

    remaining: float | None = None
    capacity: float | None = None
    spent: float | None = None
    reset: tuple[float, float] | None = None

    @property
    def is_telling(self) -> bool:
        """Whether the source has said anything of the limit."""
        return self.remaining is not None or self.capacity is not None or self.reset is not None


def report(state: CounterState, reply: Reply, *, longest: float, now: float) -> Report:
    """Return ``state`` with its reset in seconds.

    Args:
        state: What the answer says.
        reply: The answer; its ``Date`` tells the source's own time.
        longest: Seconds that the limit's window can last; a reset that is further off, or past, is not believed.
        now: Our own time, in seconds since the epoch, for an answer without ``Date``.
    """
    capacity = state.capacity if state.capacity is not None and state.capacity >= 1 else None
    remaining = None if state.remaining is None else max(0.0, state.remaining)
    return Report(remaining, capacity, state.spent, _seconds(state.resets_at, reply, longest=longest, now=now))


def _seconds(instant: datetime | None, reply: Reply, *, longest: float, now: float) -> tuple[float, float] | None:
    if instant is None or instant.tzinfo is None:
        return None
    sent = sent_at(reply.headers)
    doubt = _RESOLUTION + (_SKEW if sent is None else 0.0)
    wait = instant.timestamp() - (now if sent is None else sent)
    if not -doubt <= wait <= longest + doubt:
        return None
    return max(0.0, wait - doubt), wait + doubt
