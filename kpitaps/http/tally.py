"""Counters of what a connection asked of its hosts, for the process' own metrics."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class HostTally:
    """What was counted for one host.

    Attributes:
        requests: Requests sent, by class of their answer: ``2xx`` … ``5xx``, and ``none`` where no whole answer came.
        retries: Requests that repeated an earlier one.
        throttles: Answers that said "too fast", whatever their status.
        received: Bytes of bodies as they came over the wire.
        waited: Seconds spent waiting for the host's budget.
    """

    requests: Mapping[str, int]
    retries: int
    throttles: int
    received: int
    waited: float


class _Counts:
    __slots__ = ("received", "requests", "retries", "throttles", "waited")

    def __init__(self) -> None:
        self.requests: defaultdict[str, int] = defaultdict(int)
        self.retries = 0
        self.throttles = 0
        self.received = 0
        self.waited = 0.0


class Tally:
    """Thread-safe counters per host; one may serve any number of connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: defaultdict[str, _Counts] = defaultdict(_Counts)

    def request(self, host: str, status: int | None, received: int = 0) -> None:
        """Count a request and its answer; ``status`` is None where no whole answer came."""
        with self._lock:
            counts = self._hosts[host]
            counts.requests["none" if status is None else f"{status // 100}xx"] += 1
            counts.received += received

    def retry(self, host: str) -> None:
        """Count a request that is about to be repeated."""
        with self._lock:
            self._hosts[host].retries += 1

    def throttle(self, host: str) -> None:
        """Count an answer that said "too fast"."""
        with self._lock:
            self._hosts[host].throttles += 1

    def wait(self, host: str, seconds: float) -> None:
        """Count seconds spent waiting for a budget."""
        with self._lock:
            self._hosts[host].waited += seconds

    def hosts(self) -> dict[str, HostTally]:
        """Return the counts so far, by the vendor's host."""
        with self._lock:
            return {
                host: HostTally(dict(c.requests), c.retries, c.throttles, c.received, c.waited)
                for host, c in self._hosts.items()
            }
