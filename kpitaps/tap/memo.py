"""What one run of a connection has looked up already."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Memo:
    """Computes each name once, whichever thread asks first; the others wait for it."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._opening = threading.Lock()

    def once(self, name: str, read: Callable[[], T]) -> T:
        """Return what ``read`` returned for ``name``; if it raises, nothing is kept, and the next one tries again."""
        with self._opening:
            # One lock per name: a look-up may need another one, and those who need neither do not wait.
            lock = self._locks.setdefault(name, threading.RLock())
        with lock:
            if name not in self._values:
                self._values[name] = read()
            found: T = self._values[name]
            return found
