"""kpitaps and a sandbox as users start them: each in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(sys.executable).with_name("kpitaps")
SANDBOX = [sys.executable, "-m", "kpitaps.testing", "kpitaps_shopify.sandbox:Sandbox"]
ENDS_WITHIN = 15.0
STARTS_WITHIN = 60.0


@dataclass(frozen=True)
class Program:
    """The command ``kpitaps`` with a home of its own.

    Attributes:
        home: The folder of its data.
        variables: ``KPITAPS_*`` variables besides the home.
        command: How it is started.
    """

    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = (str(PROGRAM),)

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever its exit code."""
        return subprocess.run(
            [*self.command, *arguments],
            env=self.environment,
            cwd=self.home.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        """Return what a command prints as JSON.

        Raises:
            AssertionError: with its errors, if it fails.
        """
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def add(self, settings: dict[str, str], *more: str) -> Any:
        """Connect an account of Shopify."""
        return self.json("add", "shopify", *(f"--set={name}={value}" for name, value in settings.items()), *more)

    @property
    def environment(self) -> dict[str, str]:
        """The environment it is started with: nothing of the developer's own settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KPITAPS_")}
        return {**kept, "KPITAPS_HOME": str(self.home), "KPITAPS_LISTEN": "127.0.0.1:0", **self.variables}

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[Served]:
        """Start a command that serves, and end it if the block has not.

        Raises:
            AssertionError: with what it said, if it does not say that it serves.
        """
        log = self.home.with_name(f"{self.home.name}.log")
        with log.open("ab") as output:
            start = output.tell()
            process = subprocess.Popen(
                [*self.command, *arguments],
                env=self.environment,
                cwd=self.home.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            url = _await_url(process, log, start)
            with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
                yield Served(url, process, log, client)
        finally:
            _end(process)


@dataclass(frozen=True)
class Served:
    """A process that serves.

    Attributes:
        url: Its address.
        process: The process.
        log: What it says.
        client: An HTTP client for its address.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    client: httpx.Client

    def ends(self, signal: int) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(signal)
        return self.process.wait(ENDS_WITHIN)


@dataclass(frozen=True)
class SandboxProcess:
    """A Shopify sandbox in a process of its own.

    Attributes:
        host: The vendor's host it stands in for.
        settings: With which it is connected.
        url: Where it is.
        client: Speaks to the face that steers it.
    """

    host: str
    settings: dict[str, str]
    url: str
    client: httpx.Client

    @property
    def routes(self) -> dict[str, str]:
        """The variable that sends the vendor's host here."""
        return {"KPITAPS_ROUTES": f"{self.host}={self.url}"}

    def steer(self, path: str, **body: Any) -> Any:
        """Post to the sandbox's own face and return the answer."""
        answer = self.client.post(f"/_sandbox/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()


@contextmanager
def sandbox_process(*options: str) -> Iterator[SandboxProcess]:
    """Start a Shopify sandbox; its budget is too large to wait for."""
    command = [*SANDBOX, "--options", '{"plan": 20000}', *options]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        with httpx.Client(base_url=said["url"], timeout=20, trust_env=False) as client:
            yield SandboxProcess(said["host"], said["settings"], said["url"], client)
    finally:
        _end(process)


def _await_url(process: subprocess.Popen[bytes], log: Path, start: int) -> str:
    deadline = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        if found := re.search(r"(http://\S+?)/metrics", log.read_bytes()[start:].decode()):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"it does not serve; it said:\n{log.read_bytes()[start:].decode()}")


def _end(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
