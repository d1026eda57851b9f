"""Whoever waits for an answer: until when, and whether still."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Late(Exception):
    """The answer takes longer than anybody waits for it."""


class Gone(Exception):
    """Nobody waits for the answer any more."""


class Waiting:
    """A client that waits, from now on.

    Threads cannot be stopped from outside: the one that makes the answer asks here whether it still has to.

    Args:
        seconds: How long the client waits at most.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._is_gone = threading.Event()

    @property
    def left(self) -> float:
        """How many seconds it still waits."""
        return max(0.0, self._until - time.monotonic())

    async def watch(self, receive: Callable[[], Awaitable[Any]]) -> None:
        """Wait until the client goes away; its request has been received to the end."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.end()

    def end(self) -> None:
        """Say that nobody waits any more."""
        self._is_gone.set()

    def check(self) -> None:
        """Do nothing while somebody waits; any thread may ask.

        Raises:
            Late: if it has taken too long.
            Gone: if nobody does.
        """
        if self._is_gone.is_set():
            raise Gone
        if not self.left:
            raise Late
