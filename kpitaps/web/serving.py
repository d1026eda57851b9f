"""Serving the site, with the scheduler beside it, until the process is told to stop."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Self

import uvicorn

from kpitaps.app import LiveBoards, Meters, Scheduler, TableKeeper, connection_statuses
from kpitaps.app.digest.schedule import DigestSchedule
from kpitaps.app.history import LedgerHistory
from kpitaps.errors import BadUse
from kpitaps.exposition import PageHolder
from kpitaps.exposition.remote_read import Limits, RemoteReadEndpoint
from kpitaps.exposition.self_metrics import process_metrics
from kpitaps.web.guard import Guard
from kpitaps.web.site import make_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from kpitaps.app import Runtime
    from kpitaps.exposition import ProcessStatus
    from kpitaps.sync import ProgressListener

log = logging.getLogger(__name__)


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
        self._boards = LiveBoards(runtime)
        self.tables = TableKeeper(runtime, self._boards)
        self._publishing = threading.Lock()
        self._published: datetime | None = None
        history = LedgerHistory(runtime, self._boards)
        self._remote_read = RemoteReadEndpoint(history.now, runtime.now, _limits(runtime))
        self._own_metrics = process_metrics(self._status)
        self.digests = DigestSchedule(runtime)
        self.scheduler = Scheduler(runtime, synced=self._meters.count, published=self.publish, listener=listener)

    def publish(self) -> None:
        """Evaluate the KPIs and show them, if they changed.

        Raises:
            LedgerUnavailable: if the ledger cannot be read; what was shown stays.
        """
        with self._publishing:
            self._holder.publish(self._boards.now())
            self._published = self._runtime.now()
        self.tables.look()

    def is_ready(self) -> bool:
        """Return whether the history of every connection is loaded.

        Raises:
            LedgerUnavailable: if the ledger cannot be read.
        """
        statuses = connection_statuses(self._runtime)
        return all(stream.loaded >= 1.0 for status in statuses for stream in status.streams)

    def app(self, host: str) -> Guard:
        """Return the guarded application.

        Raises:
            BadSettings: if ``host`` is not loopback and no token is set.
        """
        token = self._runtime.environment.token
        app = make_app(self._holder, self._own_metrics, self.is_ready, self._remote_read)
        return Guard(app, host=host, token=token.get_secret_value() if token else "")

    def _status(self) -> ProcessStatus:
        status = self._meters.status(self._runtime)
        return replace(status, remote_read=self._remote_read.status(), board_published=self._published)


def _limits(runtime: Runtime) -> Limits:
    said = runtime.environment
    look_back = timedelta(seconds=said.remote_read_look_back)
    return Limits(said.remote_read_series, said.remote_read_samples, look_back)


class Serving:
    """A site and the port that is kept for it; nothing is answered before `until_stopped`.

    Args:
        site: What is served.
        host: Address to listen on.
        port: 0 takes a free one.

    Raises:
        BadUse: if the port is taken.
        BadSettings: if the address is not loopback and no token is set.
    """

    def __init__(self, site: Site, host: str, port: int) -> None:
        self._site = site
        self._host = f"[{host}]" if ":" in host else host
        self._app = site.app(host)
        self._socket = _bind(host, port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def until_stopped(self, started: Callable[[str], None]) -> None:
        """Serve, and sync what is due, until SIGINT or SIGTERM.

        Args:
            started: Is called with the URL once it answers.
        """
        url = f"http://{self._host}:{self._socket.getsockname()[1]}"
        server = _Server(self._app, lambda: started(url))
        self._site.publish()
        self._site.scheduler.start()
        self._site.digests.start()
        self._site.tables.start()
        try:
            server.run([self._socket])
        finally:
            self._site.tables.stop()
            if not self._site.digests.stop():
                log.warning("a digest is still on its way; if it does not arrive, kpitaps digest --list tells")
            if not self._site.scheduler.stop():
                log.warning("a source has still not answered; what it was asked for is read next time")


class _Server(uvicorn.Server):
    """A server that signals ask to stop; uvicorn's own raises them again when it is done, and dies of SIGTERM."""

    def __init__(self, app: Guard, started: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=3,
            )
        )
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so once requests are answered: from then on a signal also finds us prepared."""
        await super().startup(sockets)
        if self.started:
            self._tell_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM ask for the end, for the length of the context."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; otherwise every answer waits 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise BadUse(f"nothing can listen on {host}:{port}: {error.strerror}; choose another with --listen") from None
    return bound
