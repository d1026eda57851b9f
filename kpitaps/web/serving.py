"""Serving the site, with the scheduler beside it, until the process is told to stop."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn

from kpitaps.app import Meters, Scheduler, company_boards, connection_statuses
from kpitaps.errors import BadUse
from kpitaps.exposition import PageHolder
from kpitaps.exposition.self_metrics import process_metrics
from kpitaps.web.guard import Guard
from kpitaps.web.site import make_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps.app import Runtime
    from kpitaps.sync import ProgressListener


class Site:
    """A process' page, metrics and scheduler.

    Args:
        runtime: The process.
        listener: Is told the progress of syncs.
    """

    def __init__(self, runtime: Runtime, *, listener: ProgressListener = lambda _: None) -> None:
        self._runtime = runtime
        self._holder = PageHolder()
        self._meters = Meters()
        self._publishing = threading.Lock()
        self._own_metrics = process_metrics(lambda: self._meters.status(runtime))
        self.scheduler = Scheduler(runtime, synced=self._meters.count, published=self.publish, listener=listener)

    def publish(self) -> None:
        """Evaluate the KPIs and show them, if they changed."""
        with self._publishing:
            self._holder.publish(company_boards(self._runtime))

    def is_ready(self) -> bool:
        """Return whether the history of every connection is loaded."""
        statuses = connection_statuses(self._runtime)
        return all(stream.loaded >= 1.0 for status in statuses for stream in status.streams)

    def app(self, host: str) -> Guard:
        """Return the guarded application.

        Raises:
            BadSettings: if ``host`` is not loopback and no token is set.
        """
        token = self._runtime.environment.token
        app = make_app(self._holder, self._own_metrics, self.is_ready)
        return Guard(app, host=host, token=token.get_secret_value() if token else "")


def serve_until_stopped(site: Site, host: str, port: int, started: Callable[[str], None]) -> None:
    """Serve, and sync what is due, until SIGINT or SIGTERM.

    Args:
        site: What is served.
        host: Address to listen on.
        port: 0 takes a free one.
        started: Is called with the URL once the port is open.

    Raises:
        BadUse: if the port is taken.
        BadSettings: if the address is not loopback and no token is set.
    """
    app = site.app(host)
    listener = _listen(host, port)
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=3,
        )
    )
    name = f"[{host}]" if ":" in host else host
    site.publish()
    site.scheduler.start()
    try:
        started(f"http://{name}:{listener.getsockname()[1]}")
        server.run(sockets=[listener])
    finally:
        site.scheduler.stop()
        listener.close()


class _Server(uvicorn.Server):
    """A server that is done when it was told to stop: a signal is a wish here, not an error to raise again."""

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        with suppress(KeyboardInterrupt):
            super().run(sockets)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; otherwise every answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise BadUse(f"nothing can listen on {host}:{port}: {error.strerror}; choose another with --listen") from None
    return listener
