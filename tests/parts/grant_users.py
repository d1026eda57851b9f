"""Real processes that share grants: each reads the provider's API in a loop, renewing tokens as it needs them."""

from __future__ import annotations

import multiprocessing
import time
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

from kpitaps.errors import NeedsAuth, RetryLater
from kpitaps.http import Bounds, Http, RetryPolicy, TokenBroker
from kpitaps.store import Grants, Ledger, Vault
from parts.oauth_provider import CLIENT, HOST
from parts.oauth_world import TERMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.context import ForkServerProcess
    from multiprocessing.synchronize import Event


@dataclass(frozen=True)
class Place:
    """Where the users find what they share.

    Attributes:
        database_url: The ledger.
        vault_key: Its key.
        provider_url: The provider.
        keys: The grants; each process has one thread for each.
        deadline: Seconds an HTTP request may take.
        lease: Seconds a renewal may take.
    """

    database_url: str
    vault_key: str
    provider_url: str
    keys: tuple[str, ...]
    deadline: float
    lease: float

    def client(self, stack: ExitStack, ledger: Ledger, key: str) -> Http:
        """Return a client of the provider's API that uses a grant; it is closed with the stack."""
        pauses = (0.05, 0.2, 0.5)
        broker = TokenBroker(Grants(ledger.database, ledger.vault), "toy", key, lease=self.lease, pauses=pauses)
        http = Http(
            f"https://{HOST}",
            [HOST],
            auth=TERMS.bind(CLIENT, broker=broker),
            routes={HOST: self.provider_url},
            policy=RetryPolicy(attempts=10, first=0.02, longest=0.5, patience=30),
            bounds=Bounds(connect=self.deadline, read=self.deadline, total=self.deadline),
        )
        return stack.enter_context(http)

    def open(self) -> Ledger:
        """Return the ledger, opened anew."""
        return Ledger(self.database_url, Vault(self.vault_key))


def use_grants(place: Place, stop: Event) -> None:
    """Read the API with every grant until told to stop."""
    with ExitStack() as stack, place.open() as ledger:
        clients = [place.client(stack, ledger, key) for key in place.keys]
        threads = [Thread(target=_read, args=(client, stop), daemon=True) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _read(client: Http, stop: Event) -> None:
    while not stop.is_set():
        try:
            client.get("/orders")
        except (NeedsAuth, RetryLater):
            time.sleep(0.05)  # somebody will consent, or it will pass


class Users:
    """Processes that use grants, started in some 20 ms each from a server that has imported everything."""

    def __init__(self, place: Place, size: int) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._place = place
        self._stop = self._context.Event()
        self.processes = [self._start() for _ in range(size)]

    def _start(self) -> ForkServerProcess:
        process = self._context.Process(target=use_grants, args=(self._place, self._stop))
        process.start()
        return process

    def kill(self, number: int) -> int:
        """Kill a process (SIGKILL), start another in its place, and return the first one's id."""
        process = self.processes[number]
        killed = process.pid
        assert killed
        process.kill()
        process.join()
        process.close()
        self.processes[number] = self._start()
        return killed

    def end(self) -> Sequence[int | None]:
        """Let all finish what they are doing, and return their exit codes."""
        self._stop.set()
        for process in self.processes:
            process.join(60)
        return [process.exitcode for process in self.processes]
