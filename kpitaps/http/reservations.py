"""Room for one request in all the limits that it draws on, and what a refusal means for them."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kpitaps.http.retry import retry_after
from kpitaps.http.told import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kpitaps.http.budgets import BoundLimit
    from kpitaps.http.meters import Hold
    from kpitaps.http.reply import Reply

    Told = Sequence[tuple[BoundLimit, Report | None]]

TOO_MANY = 429
"""The status that says that there were too many requests."""

FORBIDDEN = 403
"""The status that some sources (Salesforce) give a request beyond a limit; most mean that a right is missing."""


class Reservation:
    """Room for one request in all limits of a connection; set ``reply`` to the whole answer, if one comes.

    Attributes:
        waited: Seconds it had to be waited for.
        refused: Once it is settled: seconds until the limits that the source says are used up have room again; None
            if it did not refuse the request for a limit's sake.
    """

    def __init__(self, waited: float) -> None:
        self.waited = waited
        self.reply: Reply | None = None
        self.refused: float | None = None


@contextmanager
def reserved(
    limits: Sequence[BoundLimit], cost: float, *, urgent: bool, patience: float, epoch: Callable[[], float] = time.time
) -> Iterator[Reservation]:
    """Hold ``cost`` points of every limit while one request is made, and settle them afterwards.

    Raises:
        RetryLater: if that takes longer than ``patience`` seconds; nothing is held then.
        TapBug: if a limit can never hold that much.
    """
    holds: list[tuple[BoundLimit, Hold]] = []
    waited = 0.0
    try:
        for limit in limits:
            hold = limit.acquire(cost, urgent=urgent, patience=patience - waited)
            holds.append((limit, hold))
            waited += hold.waited
    except BaseException:
        for limit, hold in holds:
            limit.release(hold)
        raise
    reservation = Reservation(waited)
    told: list[tuple[BoundLimit, Report | None]] = []
    try:
        yield reservation
    finally:
        _settle(holds, reservation.reply, told)
    if reservation.reply is not None:
        reservation.refused = _refused(reservation.reply, told, epoch())


def _settle(
    holds: list[tuple[BoundLimit, Hold]], reply: Reply | None, told: list[tuple[BoundLimit, Report | None]]
) -> None:
    """Settle all holds, also when the tap's reader of one of them fails."""
    if not holds:
        return
    (limit, hold), *others = holds
    try:
        state = limit.settle(hold, reply)
        told.append((limit, state if isinstance(state, Report) else None))
    finally:
        _settle(others, reply, told)


def _refused(reply: Reply, told: Told, epoch: float) -> float | None:
    """Close the limits for whose sake a request was refused, and return the seconds until they are open again.

    A 429 is about the limits that it says are used up; else about those that it tells of at all (Exact Online sends
    the headers of the one that was hit, sometimes with something remaining); else about the one with the shortest
    window, which is the most easily hit. A 403 is a refusal of this kind only where a limit is told to be used up.
    """
    if reply.status not in {TOO_MANY, FORBIDDEN}:
        return None
    hit = [each for each in told if each[1] is not None and each[1].remaining == 0]
    if reply.status == TOO_MANY and not hit:
        hit = [each for each in told if each[1] is not None and each[1].is_telling] or _tightest(told)
    asked = retry_after(reply.headers, epoch)
    waits = []
    for limit, state in hit:
        reset = None if state is None or state.reset is None else state.reset[1]
        waits.append(limit.recovers() if asked is reset is None else max(asked or 0.0, reset or 0.0))
        limit.block(waits[-1])
    return max(waits, default=None)


def _tightest(told: Told) -> list[tuple[BoundLimit, Report | None]]:
    windowed = [each for each in told if each[0].limit.window is not None]
    return sorted(windowed, key=lambda each: each[0].limit.window or math.inf)[:1]
