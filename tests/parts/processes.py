"""Programs that run beside a test: started on a free port, awaited, and stopped for sure."""

from __future__ import annotations

import pwd
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from functools import partial
from signal import SIGTERM, Signals
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

ATTEMPTS = 3
READY_WITHIN = 60.0
STOPPED_WITHIN = 10.0


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def as_user(name: str | None) -> dict[str, Any]:
    """Return what `subprocess` needs to run a program as this account; nothing for our own."""
    if name is None:
        return {}
    account = pwd.getpwnam(name)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextmanager
def serving(
    command: Callable[[int], Sequence[str]],
    is_ready: Callable[[int], bool],
    log: Path,
    *,
    stop: Signals = SIGTERM,
    user: str | None = None,
) -> Iterator[int]:
    """Run a server and yield its port once it is ready.

    Somebody else may take the port between its choice and its use: a server that ends before it is ready is started
    again on another one.

    Args:
        command: Makes the command line for a port.
        is_ready: Says whether the server on this port answers.
        log: Where its output goes.
        stop: The signal that ends it in good order.
        user: The account to run as, if not our own; needs root.

    Raises:
        RuntimeError: with the end of the log, if it does not get ready.
    """
    for _ in range(ATTEMPTS):
        port = free_port()
        process = _start(command(port), log, stop, user)
        try:
            if _becomes_ready(process, partial(is_ready, port)):
                yield port
                return
        finally:
            _end(process, stop)
    raise RuntimeError(f"{command(0)[0]} did not get ready; its log ends with:\n{log.read_text()[-2000:]}")


def _start(command: Sequence[str], log: Path, stop: Signals, user: str | None) -> subprocess.Popen[bytes]:
    # setpriv (Linux) ends the server with us even if we are killed and no fixture is torn down.
    guard = [found, "--pdeathsig", stop.name.removeprefix("SIG")] if (found := shutil.which("setpriv")) else []
    with log.open("ab") as output:
        return subprocess.Popen(
            [*guard, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=log.parent,
            **as_user(user),
        )


def _becomes_ready(process: subprocess.Popen[bytes], is_ready: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + READY_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        if is_ready():
            return True
        time.sleep(0.05)
    return False


def _end(process: subprocess.Popen[bytes], stop: Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop)
    try:
        process.wait(STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
