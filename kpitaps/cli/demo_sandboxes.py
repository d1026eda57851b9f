"""The demo's sandboxes: what stands in for the vendors, in one process of their own beside this one."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from kpitaps.errors import BadUse, NeedsAuth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ENDS_WITHIN = 10.0


@dataclass(frozen=True, slots=True)
class Stand:
    """A sandbox that answers.

    Attributes:
        url: Where it is.
        hosts: The vendor's hosts that it stands in for.
        settings: With which it is connected, secrets included.
    """

    url: str
    hosts: tuple[str, ...]
    settings: dict[str, str]


@contextmanager
def stands(factories: Mapping[str, str], options: Sequence[str]) -> Iterator[dict[str, Stand]]:
    """Start the sandboxes of all taps for the length of the context: one company, which they all tell of.

    They and the reading of them are as much work as each other, and Python does one thing at a time in a process.

    Args:
        factories: ``<module>:<factory>`` by tap.
        options: What ``python -m kpitaps.testing`` shall know of the company and the time.

    Raises:
        BadUse: if they do not start; the reason is on stderr.
    """
    command = [sys.executable, "-m", "kpitaps.testing", *factories.values(), "--until-closed", *options]
    # Ctrl-C goes to a whole terminal's processes: this one must first stop reading, then ends the other.
    process = subprocess.Popen(  # noqa: S603 - our own
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        try:
            said = [process.stdout.readline() for _ in factories]
            if not all(said):
                raise BadUse("the sandboxes did not start")
            yield dict(zip(factories, map(_read, said), strict=True))
        finally:
            process.stdin.close()
            try:
                process.wait(_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def consent(url: str) -> str:
    """Consent at a sandbox's page, as a person would, and return where the browser is sent back to.

    Raises:
        NeedsAuth: if it sends nobody anywhere.
    """
    answer = httpx.get(url, follow_redirects=False, trust_env=False)
    if not answer.has_redirect_location:
        raise NeedsAuth(f"the sandbox did not accept a consent: HTTP {answer.status_code}")
    return answer.headers["location"]


def _read(line: bytes) -> Stand:
    said = json.loads(line)
    return Stand(said["url"], tuple(said["hosts"]), said["settings"])
