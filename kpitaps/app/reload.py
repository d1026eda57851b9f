"""Servers read files again when these have changed: which of them did, and which are still to be told."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kpitaps.app.export_files import replacing
from kpitaps.app.written_files import FOR_US, only_writer
from kpitaps.errors import BadUse, KpitapsError, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_NOTE = ".kpitaps-reload"
"""What says in a folder which servers have read what is there."""

_PATIENCE = 30.0
"""Seconds a server may take to read its files again."""


@dataclass(frozen=True, slots=True)
class _Note:
    """Which servers have read the files of a folder.

    Attributes:
        files: Of which writing this is said: another one makes it void.
        read: The addresses of those that did.
    """

    files: str = ""
    read: frozenset[str] = frozenset()

    @classmethod
    def of(cls, folder: Path) -> _Note:
        """Return what is noted: of nobody where there is no note, or none that can be read."""
        try:
            told = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
            return cls(str(told["files"]), frozenset(map(str, told["read"])))
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, folder: Path) -> None:
        with replacing(folder / _NOTE, mode=FOR_US) as out:  # an address may have a password in it
            out.write(json.dumps({"files": self.files, "read": sorted(self.read)}).encode())


def expect_reload(folder: Path) -> None:
    """Note, before files are written, that no server has read them.

    Raises:
        BadUse: if the folder cannot be written.
    """
    _Note(secrets.token_hex(8)).write(folder)


def reload_servers(folder: Path, urls: Iterable[str], say: Callable[[str], None]) -> None:
    """Have each server read its files again, unless it has done so since they were last written.

    One that does not run reads them when it starts; it is told once it does, in case it has started too early.

    Args:
        folder: Where the files are.
        urls: The servers' addresses; those that are not named stay to be told.
        say: Is told, in sentences, what became of each.

    Raises:
        BadUse: if one of them refuses what was written, or does not read files on request.
        RetryLater: if one of them cannot be reached, or does not answer in time; the next call asks again.
    """
    note, errors = _Note.of(folder), list[KpitapsError]()
    for url in dict.fromkeys(url.rstrip("/") for url in urls):
        if url in note.read:
            continue
        try:
            is_there = _reload(url)
        except KpitapsError as error:
            errors.append(error)
            continue
        if is_there:
            _remember(folder, note.files, url)
        say(f"{url} {'has read its files again' if is_there else 'does not run; it is told once it does'}.")
    for other in errors[1:]:
        say(f"Error: {other}")
    if errors:
        raise errors[0]


def _remember(folder: Path, files: str, url: str) -> None:
    with only_writer(folder):
        note = _Note.of(folder)
        if note.files == files:  # else it has read what meanwhile is old
            replace(note, read=note.read | {url}).write(folder)


def _reload(url: str) -> bool:
    """Have one server read its files again; return whether it runs."""
    import httpx  # noqa: PLC0415 - only where somebody is to be told

    from kpitaps.http.own_service import LOOPBACK  # noqa: PLC0415

    try:
        with httpx.Client(timeout=_PATIENCE, mounts=LOOPBACK) as client:
            answer = client.post(f"{url}/-/reload")
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise BadUse(f"--reload {url!r} is no address: write one such as http://127.0.0.1:9090") from None
    except httpx.TimeoutException:
        raise RetryLater(f"{url} has not read its files again within {_PATIENCE:.0f} s") from None
    except httpx.TransportError as error:
        if _is_refused(error):
            return False
        raise RetryLater(f"{url} has not read its files again: {error}") from None
    if not answer.is_success:
        raise BadUse(f"{url} has not read its files again: {answer.text.strip() or answer.status_code}")
    return True


def _is_refused(error: BaseException | None) -> bool:
    """Return whether nobody listens at an address: a name that is not known, or a certificate, is another matter."""
    while error and not isinstance(error, ConnectionRefusedError):
        error = error.__cause__ or error.__context__
    return error is not None
