"""Running an ASGI application on loopback, in a thread of this process."""

from __future__ import annotations

import logging
import socket
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn

from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.testing.sandbox import Asgi

_START_WITHIN = 10.0


@contextmanager
def serve(app: Asgi, port: int = 0) -> Iterator[str]:
    """Serve an application on 127.0.0.1 while the context lasts, and give its URL.

    Answers that are still held at the end are dropped after a second.

    Args:
        app: An ASGI application.
        port: 0 takes a free one.

    Raises:
        BadUse: if the port is taken, or the application does not start.
    """
    # asyncio switches Nagle's algorithm off only where the protocol is named; otherwise every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise BadUse(f"nothing can listen on 127.0.0.1:{port}: {error.strerror}") from None
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            loop="asyncio",
            log_config=None,
            # A body cut on purpose is an error in uvicorn's eyes; who tests for it knows.
            log_level=logging.CRITICAL,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )
    thread = Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    try:
        _await_start(server, thread)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _await_start(server: uvicorn.Server, thread: Thread) -> None:
    deadline = time.monotonic() + _START_WITHIN
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise BadUse("the application did not start: its own log says why")
        time.sleep(0.002)
