"""Counting what was read, for the process' own metrics."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from kpitaps.exposition.status import RemoteReadStatus

if TYPE_CHECKING:
    from kpitaps.exposition.remote_read.answer import Answer


class ReadTally:
    """Counts requests since the process started; any thread may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._seconds = 0.0
        self._series = 0
        self._samples = 0

    def count(self, outcome: str, seconds: float, answer: Answer | None = None) -> None:
        """Count a request, how long it took, and what was answered."""
        with self._lock:
            self._requests[outcome] += 1
            self._seconds += seconds
            if answer is not None:
                self._series += answer.series
                self._samples += answer.samples

    def status(self) -> RemoteReadStatus:
        """Return what was counted."""
        with self._lock:
            return RemoteReadStatus(dict(self._requests), self._seconds, self._series, self._samples)
