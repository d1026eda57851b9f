"""A gate before a server on loopback: shut, nobody gets through, and whoever was inside is cut off."""

from __future__ import annotations

import selectors
import socket
from contextlib import ExitStack, contextmanager
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Gate:
    """Passes connections on to a port of loopback while it is open.

    Args:
        port: Where the server listens.
    """

    def __init__(self, port: int) -> None:
        self._behind = port
        self._lock = Lock()
        self._inside: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.is_open = True
        self._listen()

    def shut(self) -> None:
        """Refuse connections, and cut those that there are."""
        self.is_open = False
        # A thread that waits in accept() is woken by this, not by closing.
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        with self._lock:
            for each in self._inside:
                _cut(each)
            self._inside.clear()

    def open(self) -> None:
        """Let connections through again."""
        self._door = socket.create_server(("127.0.0.1", self.port))
        self.is_open = True
        self._listen()

    def _listen(self) -> None:
        Thread(target=self._let_in, args=(self._door,), daemon=True).start()

    def _let_in(self, door: socket.socket) -> None:
        while True:
            try:
                outer, _ = door.accept()
            except OSError:
                return
            inner = socket.create_connection(("127.0.0.1", self._behind))
            with self._lock:
                self._inside += (outer, inner)
            Thread(target=_carry, args=(outer, inner), daemon=True).start()


def _carry(outer: socket.socket, inner: socket.socket) -> None:
    """Carry bytes both ways until either side has no more."""
    with ExitStack() as stack:
        chosen = stack.enter_context(selectors.DefaultSelector())
        for each, other in ((outer, inner), (inner, outer)):
            stack.enter_context(each)
            chosen.register(each, selectors.EVENT_READ, other)
        try:
            while True:
                for key, _ in chosen.select():
                    read = key.fileobj.recv(65_536)  # type: ignore[union-attr]  # it is a socket
                    if not read:
                        return
                    key.data.sendall(read)
        except OSError:
            return


def _cut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended by itself
        return


@contextmanager
def gate(port: int) -> Iterator[Gate]:
    """Yield an open gate before a port, and shut it at the end."""
    opened = Gate(port)
    try:
        yield opened
    finally:
        if opened.is_open:
            opened.shut()
