"""Counting what this process did, for its own metrics."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kpitaps.app.status import connection_statuses
from kpitaps.errors import LedgerUnavailable
from kpitaps.exposition import CheckStatus, ConnectionStatus, HostStatus, ProcessStatus, StreamStatus

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps.app.runtime import Runtime
    from kpitaps.app.status import ConnectionStatus as Connected
    from kpitaps.app.status import StreamStatus as Stream
    from kpitaps.sync import SyncResult


@dataclass(slots=True)
class _Counts:
    runs: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    records: int = 0
    restated: int = 0
    last_success: datetime | None = None


class Meters:
    """Counts the syncs of this process; any thread may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[tuple[int, str], _Counts] = defaultdict(_Counts)

    def count(self, result: SyncResult) -> None:
        """Count what a sync did."""
        with self._lock:
            for run in result.runs:
                counts = self._counts[run.connection_id, run.stream]
                counts.runs[run.outcome] += 1
                counts.records += run.records
                counts.restated += run.restated
                if run.outcome == "ok":
                    counts.last_success = run.ended_at
                if run.ended_at is not None:
                    counts.seconds += (run.ended_at - run.started_at).total_seconds()

    def status(self, runtime: Runtime) -> ProcessStatus:
        """Return how everything is: the ledger's view of the connections, and this process' counts.

        While the ledger cannot be read, the connections are left out: how they are is not known.
        """
        budgets = runtime.budgets.remaining()
        hosts = []
        for host, tally in runtime.tally.hosts().items():
            requests = {"failed" if name == "none" else name: count for name, count in tally.requests.items()}
            hosts.append(HostStatus(host, requests, budgets.get(host, {})))
        try:
            connections = tuple(self._connection(each) for each in connection_statuses(runtime))
        except LedgerUnavailable:
            return ProcessStatus(hosts=tuple(hosts), is_ledger_up=False)
        return ProcessStatus(connections, tuple(hosts))

    def _connection(self, each: Connected) -> ConnectionStatus:
        loaded = [stream.loaded for stream in each.streams]
        return ConnectionStatus(
            company=each.company,
            connection=each.connection.name,
            tap=each.connection.tap,
            is_up=each.state in ("ok", "loading"),
            history_loaded=sum(loaded) / len(loaded) if loaded else 0.0,
            repairs_open=len(each.repairs),
            streams=tuple(self._stream(each.connection.id, stream) for stream in each.streams),
            checks=tuple(
                CheckStatus(check.name, check.run.started_at, check.run.outcome == "ok")
                for check in each.checks
                if check.run is not None
            ),
        )

    def _stream(self, connection_id: int, stream: Stream) -> StreamStatus:
        with self._lock:
            counts = self._counts[connection_id, stream.name]
            return StreamStatus(
                stream=stream.name,
                # What an earlier process read says nothing of when it ended, only up to when it read.
                last_success=counts.last_success or stream.through,
                runs=dict(counts.runs),
                seconds=counts.seconds,
                records=counts.records,
                restatements=counts.restated,
            )
