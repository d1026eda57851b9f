"""A queue of misbehaviours that a sandbox acts out, one request after another."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event, Lock
from typing import TYPE_CHECKING

from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from starlette.requests import Request

STATUS_KINDS = ("429", "500", "502", "503")
BODY_KINDS = ("cut_body", "malformed_json")
HTTP_KINDS = (*STATUS_KINDS, *BODY_KINDS, "timeout")
"""What any HTTP service can do wrong; `kpitaps.testing.Front` acts these out for every sandbox."""


@dataclass(slots=True)
class Fault:
    """One misbehaviour and how often it is still to happen.

    Attributes:
        kind: Which one.
        times: How many requests it will spoil; None for every one until the queue is cleared.
        path_contains: Only requests whose path contains this.
        seconds: For "timeout": how long the answer is held.
    """

    kind: str
    times: int | None
    path_contains: str | None = None
    seconds: float = 3_600.0


class Faults:
    """The queue; safe to use from several threads.

    Args:
        kinds: The vendor's own misbehaviours, besides `HTTP_KINDS`.
        sticky: Those of them that last until the queue is cleared.
    """

    def __init__(self, kinds: Iterable[str] = (), sticky: Iterable[str] = ()) -> None:
        self.sticky = frozenset(sticky)
        self.kinds = (*HTTP_KINDS, *kinds, *sorted(self.sticky - set(kinds)))
        self._queue: list[Fault] = []
        self._lock = Lock()
        self._released = Event()

    def add(
        self, kind: str, times: int | None = 1, path_contains: str | None = None, *, seconds: float = 3_600.0
    ) -> None:
        """Queue a misbehaviour.

        Args:
            kind: One of ``kinds``.
            times: How many requests it spoils; None for all. A sticky kind always spoils all.
            path_contains: Only requests whose path contains this.
            seconds: For "timeout": how long the answer is held.

        Raises:
            BadUse: for a kind that this sandbox cannot act out.
        """
        if kind not in self.kinds:
            raise BadUse(f"there is no fault {kind!r}: there are {', '.join(self.kinds)}")
        with self._lock:
            self._released.clear()
            self._queue.append(Fault(kind, None if kind in self.sticky else times, path_contains, seconds))

    def take(self, kinds: Collection[str], path: str) -> Fault | None:
        """Return the first queued fault of these kinds for a path, and count it as having happened."""
        with self._lock:
            for fault in self._queue:
                if fault.kind in kinds and (fault.path_contains or "") in path:
                    if fault.times is not None:
                        fault.times -= 1
                    self._queue = [each for each in self._queue if each.times is None or each.times > 0]
                    return fault
        return None

    def spoils(self, kind: str, request: Request) -> bool:
        """Return whether a request is to be spoilt in this way; if so, that is counted, and noted in the log."""
        spoilt = self.take((kind,), request.url.path) is not None
        if spoilt:
            request.state.note = kind
        return spoilt

    def clear(self) -> None:
        """Forget all that is queued, and let go of answers that are held."""
        with self._lock:
            self._queue = []
            self._released.set()

    @property
    def released(self) -> bool:
        """Whether answers that are held should go out now."""
        return self._released.is_set()

    @property
    def pending(self) -> list[str]:
        """The kinds still queued."""
        with self._lock:
            return [fault.kind for fault in self._queue]
