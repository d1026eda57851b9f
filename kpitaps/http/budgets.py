"""What is left of the sources' limits, shared by all connections of the process."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kpitaps.errors import RetryLater, TapBug
from kpitaps.http.limits import WHOLE

if TYPE_CHECKING:
    from kpitaps.http.limits import Limit
    from kpitaps.http.meters import BucketState, Hold, Meter
    from kpitaps.http.reply import Reply
    from kpitaps.http.told import Report

KEPT_FREE = 0.2
"""Share of a limit that history leaves to fresh data."""

TICK = 0.001
"""Seconds waited beyond a computed delay, so that rounding never leaves us just short of it."""

Wait = Callable[[threading.Condition, float], object]
"""Waits at most so many seconds, letting go of the condition meanwhile."""


@dataclass(frozen=True, slots=True)
class Time:
    """Where budgets take their time from.

    Attributes:
        monotonic: Seconds on a clock that never goes back.
        wait: How to wait; ``Condition.wait`` ends early when points come back.
        epoch: Seconds since 1970.
    """

    monotonic: Callable[[], float] = time.monotonic
    wait: Wait = threading.Condition.wait
    epoch: Callable[[], float] = time.time


class BoundLimit:
    """One limit of one scope. Who came first is served first; urgent requests go before patient ones.

    Args:
        limit: The terms.
        scope: Whose limit it is, for messages and metrics.
        time: Where it takes its time from.
    """

    def __init__(self, limit: Limit, scope: str, time: Time) -> None:
        self.scope = scope
        self.limit = limit
        self._time = time
        self._turn = threading.Condition()
        self._meter: Meter = limit.meter(time.monotonic(), time.epoch)
        self._urgent: deque[object] = deque()
        self._patient: deque[object] = deque()
        self._blocked_until = -math.inf
        self._parts: dict[str, BoundLimit] = {}

    def share(self, path: str) -> BoundLimit | None:
        """Return what a request to ``path`` draws on: this, the budget of one of its parts, or None for nothing."""
        part = self.limit.part(path)
        if part is None or part == WHOLE:
            return None if part is None else self
        with self._turn:
            if part not in self._parts:
                self._parts[part] = BoundLimit(self.limit, f"{self.scope} {part}", self._time)
            return self._parts[part]

    @property
    def remaining_ratio(self) -> float:
        """The free share of the limit, 0–1; of the tightest part where it has parts."""
        with self._turn:
            now = self._time.monotonic()
            free = 0.0 if now < self._blocked_until else self._meter.free(now)
            parts = list(self._parts.values())
            own = min(1.0, max(0.0, free / self._meter.capacity)) if self._meter.capacity > 0 else 0.0
        return min([own, *(part.remaining_ratio for part in parts)])

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
                return replace(self._meter.take(price, self._time.monotonic()), waited=waited)
            finally:
                queue.remove(ticket)
                self._turn.notify_all()

    def settle(self, hold: Hold, reply: Reply | None) -> BucketState | Report | None:
        """Replace a hold by what the source reports in ``reply``, and return that; None where no answer came."""
        state = None
        try:
            state = self.limit.report(reply, self._time.epoch())
        finally:
            with self._turn:
                self._meter.settle(hold, state, self._time.monotonic())
                self._turn.notify_all()
        return state

    def block(self, seconds: float) -> None:
        """Let nobody through for so long: the source has refused a request."""
        with self._turn:
            self._blocked_until = max(self._blocked_until, self._time.monotonic() + seconds)

    def recovers(self) -> float:
        """Return the seconds after which a source that has refused a request takes the next one, as far as we know."""
        with self._turn:
            return self._meter.recovers(self._time.monotonic())

    def release(self, hold: Hold) -> None:
        """Return a hold whose request was never sent."""
        with self._turn:
            self._meter.give(hold, self._time.monotonic())
            self._turn.notify_all()

    @property
    def _said(self) -> str:
        return f"the limit of {self._meter.capacity:g} of {self.scope}"

    def _until(self, ticket: object, price: float, *, urgent: bool, patience: float) -> float:
        """Wait until it is this ticket's turn and there is enough; return the seconds that took."""
        start = self._time.monotonic()
        while True:
            waited = self._time.monotonic() - start
            # The capacity may change while we wait, so the share kept free is computed anew.
            kept = 0.0 if urgent else KEPT_FREE * self._meter.capacity
            now = start + waited
            delay = self._meter.delay(min(price + kept, self._meter.capacity), now)
            delay = max(delay, self._blocked_until - now)
            first = self._is_first(ticket, urgent=urgent)
            if first and delay <= 0:
                return waited
            left = patience - waited
            if left <= 0 or left < delay < math.inf:
                after = None if delay in (0, math.inf) else delay
                raise RetryLater(f"{self._said} is used up: {price:g} more are asked for", after=after)
            pause = min(left, delay + TICK if first else left)
            self._time.wait(self._turn, min(pause, threading.TIMEOUT_MAX))

    def _is_first(self, ticket: object, *, urgent: bool) -> bool:
        if urgent:
            return self._urgent[0] is ticket
        return not self._urgent and self._patient[0] is ticket


class Budgets:
    """All limits of the process: whoever shares a scope shares its budget.

    Args:
        monotonic: Seconds on a clock that never goes back.
        wait: How to wait; passed in by tests.
        epoch: Seconds since 1970, for counters that start anew at midnight.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Wait = threading.Condition.wait,
        epoch: Callable[[], float] = time.time,
    ) -> None:
        self._time = Time(monotonic, wait, epoch)
        self._lock = threading.Lock()
        self._bound: dict[tuple[Limit, str], BoundLimit] = {}

    def bind(self, limit: Limit, scope: str) -> BoundLimit:
        """Return the budget of ``limit`` for ``scope``: the same one for the same two.

        ``scope`` is the limit's scope, filled in and headed by the tap's name (``shopify:acme``), since two taps may
        have accounts of one name.
        """
        with self._lock:
            if (limit, scope) not in self._bound:
                self._bound[limit, scope] = BoundLimit(limit, scope, self._time)
            return self._bound[limit, scope]

    def remaining(self) -> dict[tuple[str, str], float]:
        """Return the free share of each scope and label, 0–1; of the tightest limit where several have one label."""
        with self._lock:
            bound = list(self._bound.values())
        ratios: dict[tuple[str, str], float] = {}
        for each in bound:
            key = each.scope, each.limit.label
            ratios[key] = min(each.remaining_ratio, ratios.get(key, 1.0))
        return ratios
