"""The leaky bucket with which vendors ration what a query may cost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class LeakyBucket:
    """Points that are spent by requests and come back with real time.

    Args:
        size: Points when it is full, as it is at first.
        rate: Points that come back per second.
        monotonic: Real time in seconds.
    """

    def __init__(self, size: float, rate: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.size = size
        self.rate = rate
        self._monotonic = monotonic
        self._points = size
        self._at = monotonic()

    @property
    def available(self) -> float:
        """Points that can be spent now."""
        now = self._monotonic()
        self._points = min(self.size, self._points + (now - self._at) * self.rate)
        self._at = now
        return self._points

    def take(self, points: float) -> bool:
        """Spend points if there are enough, and return whether there were."""
        if self.available < points:
            return False
        self._points -= points
        return True

    def give_back(self, points: float) -> None:
        """Return points that a request asked for and did not need."""
        self._points = min(self.size, self.available + points)
