"""What is left of the sources' limits, shared by all connections of the process."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from kpitaps.errors import RetryLater, TapBug

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpitaps.http.limits import Limit
    from kpitaps.http.meters import Hold
    from kpitaps.http.reply import Reply

KEPT_FREE = 0.2
"""Share of a limit that history leaves to fresh data."""

TICK = 0.001
"""Seconds waited beyond a computed delay, so that rounding never leaves us just short of it."""

Wait = Callable[[threading.Condition, float], object]
"""Waits at most so many seconds, letting go of the condition meanwhile."""


class BoundLimit:
    """One limit of one scope. Who came first is served first; urgent requests go before patient ones.

    Args:
        limit: The terms.
        scope: Whose limit it is, for messages and metrics.
        monotonic: Seconds on a clock that never goes back.
        wait: How to wait; ``Condition.wait`` ends early when points come back.
    """

    def __init__(self, limit: Limit, scope: str, *, monotonic: Callable[[], float], wait: Wait) -> None:
        self.scope = scope
        self._limit = limit
        self._monotonic = monotonic
        self._wait = wait
        self._turn = threading.Condition()
        self._meter = limit.meter(monotonic())
        self._urgent: deque[object] = deque()
        self._patient: deque[object] = deque()

    @property
    def remaining_ratio(self) -> float:
        """The free share of the limit, 0–1."""
        with self._turn:
            free = self._meter.free(self._monotonic())
            return min(1.0, max(0.0, free / self._meter.capacity)) if self._meter.capacity > 0 else 0.0

    def acquire(self, cost: float, *, urgent: bool, patience: float = math.inf) -> Hold:
        """Reserve ``cost`` points, waiting until they are there; the hold must be settled or released.

        Args:
            cost: What the request takes at most.
            urgent: Whether it may use everything; others leave 20 % of the capacity.
            patience: Seconds to wait at most.

        Raises:
            RetryLater: if it takes longer than that; ``after`` says how long, where that is known.
            TapBug: if the cost exceeds what the limit can ever hold.
        """
        ticket, queue = object(), self._urgent if urgent else self._patient
        with self._turn:
            price = self._meter.price(cost)
            if price > self._meter.capacity:
                raise TapBug(f"a request of {cost:g} points exceeds {self._said}: ask for smaller pages")
            queue.append(ticket)
            try:
                waited = self._until(ticket, price, urgent=urgent, patience=patience)
                return replace(self._meter.take(price, self._monotonic()), waited=waited)
            finally:
                queue.remove(ticket)
                self._turn.notify_all()

    def settle(self, hold: Hold, reply: Reply | None) -> None:
        """Replace a hold by what the source reports in ``reply``; None where no good answer came."""
        state = None
        try:
            state = None if reply is None else self._limit.report(reply)
        finally:
            with self._turn:
                self._meter.settle(hold, state, self._monotonic())
                self._turn.notify_all()

    def release(self, hold: Hold) -> None:
        """Return a hold whose request was never sent."""
        with self._turn:
            self._meter.give(hold, self._monotonic())
            self._turn.notify_all()

    @property
    def _said(self) -> str:
        return f"the limit of {self._meter.capacity:g} of {self.scope}"

    def _until(self, ticket: object, price: float, *, urgent: bool, patience: float) -> float:
        """Wait until it is this ticket's turn and there is enough; return the seconds that took."""
        start = self._monotonic()
        while True:
            waited = self._monotonic() - start
            # The capacity may change while we wait, so the share kept free is computed anew.
            kept = 0.0 if urgent else KEPT_FREE * self._meter.capacity
            delay = self._meter.delay(min(price + kept, self._meter.capacity), start + waited)
            first = self._is_first(ticket, urgent=urgent)
            if first and delay <= 0:
                return waited
            left = patience - waited
            if left <= 0 or left < delay < math.inf:
                after = None if delay in (0, math.inf) else delay
                raise RetryLater(f"{self._said} is used up: {price:g} more are asked for", after=after)
            pause = min(left, delay + TICK if first else left)
            self._wait(self._turn, min(pause, threading.TIMEOUT_MAX))

    def _is_first(self, ticket: object, *, urgent: bool) -> bool:
        if urgent:
            return self._urgent[0] is ticket
        return not self._urgent and self._patient[0] is ticket


class Budgets:
    """All limits of the process: whoever shares a scope shares its budget.

    Args:
        monotonic: Seconds on a clock that never goes back.
        wait: How to wait; passed in by tests.
    """

    def __init__(
        self, *, monotonic: Callable[[], float] = time.monotonic, wait: Wait = threading.Condition.wait
    ) -> None:
        self._monotonic = monotonic
        self._wait = wait
        self._lock = threading.Lock()
        self._bound: dict[tuple[Limit, str], BoundLimit] = {}

    def bind(self, limit: Limit, scope: str) -> BoundLimit:
        """Return the budget of ``limit`` for ``scope``: the same one for the same two.

        ``scope`` is the limit's scope, filled in and headed by the tap's name (``shopify:acme``), since two taps may
        have accounts of one name.
        """
        with self._lock:
            if (limit, scope) not in self._bound:
                self._bound[limit, scope] = BoundLimit(limit, scope, monotonic=self._monotonic, wait=self._wait)
            return self._bound[limit, scope]

    def remaining(self) -> dict[str, float]:
        """Return the free share of each scope, 0–1; of the tightest limit where a scope has several."""
        with self._lock:
            bound = list(self._bound.values())
        ratios: dict[str, float] = {}
        for limit in bound:
            ratios[limit.scope] = min(limit.remaining_ratio, ratios.get(limit.scope, 1.0))
        return ratios


class Reservation:
    """Room for one request in all limits of a connection; set ``reply`` to the good answer, if one comes."""

    def __init__(self, waited: float) -> None:
        self.waited = waited
        self.reply: Reply | None = None


@contextmanager
def reserved(limits: Sequence[BoundLimit], cost: float, *, urgent: bool, patience: float) -> Iterator[Reservation]:
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
    try:
        yield reservation
    finally:
        _settle(holds, reservation.reply)


def _settle(holds: list[tuple[BoundLimit, Hold]], reply: Reply | None) -> None:
    """Settle all holds, also when the tap's reader of one of them fails."""
    if not holds:
        return
    (limit, hold), *others = holds
    try:
        limit.settle(hold, reply)
    finally:
        _settle(others, reply)
