"""A source of now that a test or a demo can set."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from kpitaps.calendar import utc

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Tells the time of a fictional world; safe to use from several threads.

    Args:
        now: What it shows at first; None starts at the real time.
        ticking: Whether it goes on with real time from there, or stands still until it is moved.
        monotonic: Where a ticking clock takes its pace from, in seconds.

    Raises:
        TapBug: if ``now`` is naive.
    """

    def __init__(
        self, now: datetime | None = None, *, ticking: bool = False, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ticking = ticking
        self._monotonic = monotonic
        self._lock = Lock()
        self._shown = datetime.now(UTC) if now is None else utc(now)
        self._since = monotonic()

    def now(self) -> datetime:
        """Return the time, in UTC."""
        with self._lock:
            return self._read()

    def set(self, now: datetime) -> None:
        """Move the clock to ``now``.

        Raises:
            TapBug: if ``now`` is naive.
        """
        with self._lock:
            self._move(utc(now))

    def advance(self, by: timedelta) -> datetime:
        """Move the clock on by a duration and return the new time."""
        with self._lock:
            self._move(self._read() + by)
            return self._shown

    def _read(self) -> datetime:
        if not self._ticking:
            return self._shown
        return self._shown + timedelta(seconds=self._monotonic() - self._since)

    def _move(self, now: datetime) -> None:
        self._shown = now
        self._since = self._monotonic()
