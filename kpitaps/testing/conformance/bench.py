"""One connection of the tap under test to its sandbox, over real HTTP on loopback, with a ledger of its own."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from kpitaps.app import Runtime, connect, connection_statuses, sync_all
from kpitaps.config import Environment
from kpitaps.http import Bounds, RetryPolicy
from kpitaps.plugins import Installed, Plugins, PluginState
from kpitaps.store import Company
from kpitaps.testing.conformance.ledger import LedgerFile
from kpitaps.testing.conformance.witness import Witness
from kpitaps.testing.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kpitaps.sync import ProgressListener, SyncResult
    from kpitaps.tap import Tap
    from kpitaps.testing.sandbox import Sandbox

HOLD = 5.0
"""Seconds that a sandbox holds an answer to act out a timeout; longer than `_BOUNDS` has patience."""

_BOUNDS = Bounds(connect=5.0, read=0.4, total=30.0)
_ATTEMPTS = 12
_LEDGER = "kpitaps.db"


class Bench:
    """A tap, its sandbox and a ledger.

    Attributes:
        sandbox: The sandbox; its clock is that of kpitaps, too.
        home: The folder of the ledger.
        file: The ledger's file.
    """

    def __init__(self, tap: Tap, sandbox: Sandbox, witness: Witness, runtime: Runtime, home: Path) -> None:
        self.sandbox = sandbox
        self.home = home
        self.file = LedgerFile(home / _LEDGER)
        self._tap = tap
        self._witness = witness
        self._runtime = runtime

    @property
    def secrets(self) -> set[str]:
        """What must never be seen: the secret settings, and every token that the sandbox has handed out."""
        given = self.sandbox.settings
        return {given[name] for name in self._tap.settings.secret_names() if name in given} | self._witness.tokens

    @property
    def repairs(self) -> dict[str, str]:
        """The open repairs: message by code."""
        return {r.code: r.message for status in connection_statuses(self._runtime) for r in status.repairs}

    def connect(self, **changed: str) -> None:
        """Connect the sandbox's account, or connect it again.

        Args:
            changed: Settings that differ from the sandbox's own.

        Raises:
            KpitapsError: what the settings or the sandbox say.
        """
        consent = getattr(self.sandbox, "consent", None)
        more: dict[str, Any] = {} if consent is None else {"consent": consent}
        company = Company(0, "main", "Conformance", self.sandbox.story.currency, self.sandbox.story.zone)
        connect(self._runtime, self._tap.name, {**self.sandbox.settings, **changed}, company=company, **more)
        self.file.use_one_salt()

    def sync(self, listener: ProgressListener = lambda _: None) -> SyncResult:
        """Read all that is new; what went wrong is in the result."""
        return sync_all(self._runtime, listener=listener)[0]


@contextmanager
def open_bench(tap: Tap, sandbox: Sandbox, home: Path, *, workers: int = 4) -> Iterator[Bench]:
    """Serve a sandbox and open the ledger in ``home``; nothing is connected yet.

    Args:
        tap: The tap under test; it need not be installed.
        sandbox: The sandbox.
        home: The folder of the ledger.
        workers: Slices that are read at the same time.
    """
    plugins = Plugins((Installed(tap.name, f"kpitaps-{tap.name}", "0", PluginState.READY, "", (tap,)),))
    witness = Witness(sandbox.app)
    with ExitStack() as stack:
        url = stack.enter_context(serve(witness))
        hosts = getattr(sandbox, "hosts", None) or [sandbox.host]
        environment = Environment(home=home, routes=dict.fromkeys(hosts, url), workers=workers)
        policy = RetryPolicy.testing(attempts=_ATTEMPTS)
        runtime = Runtime(environment, now=sandbox.clock.now, plugins=plugins, policy=policy, bounds=_BOUNDS)
        yield Bench(tap, sandbox, witness, stack.enter_context(runtime), home)
