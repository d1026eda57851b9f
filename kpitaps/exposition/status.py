"""How kpitaps itself is doing, as frozen values that whoever runs it fills in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """One stream of a connection, counted since the process started.

    Attributes:
        stream: Its name.
        last_success: When a run last succeeded, whenever that was; None if none did.
        runs: How many runs there were, by outcome.
        seconds: How long they took together.
        records: How many records they read.
        restatements: How many measurements they changed that were known already.
    """

    stream: str
    last_success: datetime | None
    runs: Mapping[str, int]
    seconds: float
    records: int
    restatements: int


@dataclass(frozen=True, slots=True)
class CheckStatus:
    """One check of a connection that has been run, whenever and by whichever process that was.

    Attributes:
        check: Its name.
        last_run: When it was last run.
        is_up: Whether it could judge then; what it has found is told by the figures' quality.
    """

    check: str
    last_run: datetime
    is_up: bool


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """One connection.

    Attributes:
        company: Its company's key.
        connection: Its key.
        tap: The tap it is an account of.
        is_up: Whether its last run of every stream succeeded.
        history_loaded: The part of its history that has been read, 0 to 1.
        repairs_open: How many things a person must mend.
        streams: Its streams.
        checks: Its checks that have been run.
    """

    company: str
    connection: str
    tap: str
    is_up: bool
    history_loaded: float
    repairs_open: int
    streams: tuple[StreamStatus, ...] = ()
    checks: tuple[CheckStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class HostStatus:
    """One host that requests went to, counted since the process started.

    Attributes:
        host: Its name.
        requests: How many requests there were, by status class: ``2xx`` to ``5xx``, or ``failed`` without an answer.
        budgets: The part that is left of each of its limits, 0 to 1, by what the limit is called: ``requests/10s``.
    """

    host: str
    requests: Mapping[str, int]
    budgets: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemoteReadStatus:
    """How Prometheus reads the past, counted since the process started.

    Attributes:
        requests: How many requests there were, by outcome: ``answered``, ``refused`` for what cannot be answered as it
            is asked, ``busy`` for those that waited too long for their turn, ``late`` for those whose answer would
            have come too late, ``gone`` for those whose client went away before it was made, ``failed``.
        seconds: How long they took together.
        series: How many series they were answered.
        samples: How many samples.
    """

    requests: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    series: int = 0
    samples: int = 0


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """Everything that the process says of itself.

    Attributes:
        connections: The connections; none while the ledger cannot be read, which knows them.
        hosts: The hosts that requests went to.
        remote_read: How Prometheus reads the past.
        is_ledger_up: Whether the ledger can be read.
        board_published: When the live figures were last made, changed or not; None if they never were.
    """

    connections: tuple[ConnectionStatus, ...] = ()
    hosts: tuple[HostStatus, ...] = ()
    remote_read: RemoteReadStatus = RemoteReadStatus()
    is_ledger_up: bool = True
    board_published: datetime | None = None
