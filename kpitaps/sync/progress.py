"""How far a sync is, for whoever looks on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one stream of one connection is.

    Attributes:
        connection: The connection's name.
        stream: The stream's name.
        fraction: How much of its time has been read, from 0 to 1.
        records: Records read in this run.
        seconds_left: An estimate; None while there is nothing to base one on.
    """

    connection: str
    stream: str
    fraction: float
    records: int
    seconds_left: float | None


ProgressListener = Callable[[Progress], None]
"""Is called after each slice, from the thread that runs the sync."""
