"""What a contribution's clock says: when its record was updated, or by which number of the source's changes.

Both share one column, in which the higher value is the newer one. Instants are microseconds since 1970. Numbers are
kept 2**63 lower, below 0, so that each row tells which of the two it has: a number cannot be compared with a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.store.instants import to_micros

if TYPE_CHECKING:
    from datetime import datetime

NONE = 0
"""The clock of a record that has none."""

_SHIFT = 2**63


def dated(instant: datetime) -> int:
    """Return the clock of a record that was updated at an instant.

    What is said to be older than 1970, a date that nobody filled in, is as old as can be told.
    """
    return max(to_micros(instant), NONE + 1)


def numbered(revision: int) -> int:
    """Return the clock of a record that its source has numbered, from 0 to 2**63 - 1."""
    return revision - _SHIFT


def is_dated(clock: int) -> bool:
    """Return whether a clock is an instant."""
    return clock > NONE


def is_numbered(clock: int) -> bool:
    """Return whether a clock is a number of the source's changes."""
    return clock < NONE
