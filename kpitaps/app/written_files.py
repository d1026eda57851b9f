"""A folder of generated files that people share with us: only what differs is written, only what we made is removed.

A manifest in the folder says which files an earlier run made and what was in them. With it

- a second run changes nothing, not even a time of modification;
- a file that is no longer wanted goes, and nobody else's ever does;
- a file of ours that somebody changed by hand is kept beside its successor, as ``<name>.edited``, a second time as
  ``<name>.edited.2``, and so on;
- a folder belongs to the home that wrote it first: two of them would undo each other's files for ever;
- one run at a time writes it.

Whoever is to read the files is mostly another user: everybody may, whatever the umask says. A mode and a group that
somebody gave a file stay.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import sys
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from itertools import count, takewhile
from pathlib import Path, PurePosixPath
from stat import S_IMODE
from typing import TYPE_CHECKING

from kpitaps.app.export_files import replacing
from kpitaps.errors import BadUse, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EDITED = ".edited"
"""What is put behind the name of a kept file: neither Grafana nor Prometheus reads such files."""

FOR_ALL, FOR_US = 0o644, 0o600
"""Who may read a new file."""

_FOLDER = 0o755

_PASSWORD = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
"""An address with a password in it: somebody may have given Grafana that of Prometheus so."""

_PATIENCE = 30.0
"""Seconds that another run may take to write."""

_PAUSE = 0.1


class Action(StrEnum):
    """What becomes of a file."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True)
class FileChange:
    """What becomes of one file.

    Attributes:
        path: Its path in the folder, with slashes.
        action: What happens to it.
        before: What is in it; empty where there is none.
        after: What will be in it; empty where it goes.
        edited: Whether it was changed by hand since we wrote it: that version is kept as ``<name>.edited``.
    """

    path: str
    action: Action
    before: str
    after: str
    edited: bool = False

    @property
    def diff(self) -> str:
        """The difference, as a unified diff."""
        before, after = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, f"a/{self.path}", f"b/{self.path}"))


@dataclass(frozen=True)
class Changes:
    """What a run changed, or would change.

    Attributes:
        files: The files that are not as they should be, by path.
        same: How many are.
    """

    files: tuple[FileChange, ...]
    same: int

    def __bool__(self) -> bool:
        """Return whether there is anything to change."""
        return bool(self.files)


def write_files(
    folder: Path,
    files: Mapping[str, str],
    *,
    kind: str,
    home: Path,
    take_over: bool = False,
    plan: bool = False,
    before: Callable[[Changes], None] | None = None,
) -> Changes:
    """Bring a folder's generated files to what is wanted.

    Args:
        folder: Where they are; made if need be.
        files: What is wanted: path in the folder, with slashes → text.
        kind: Whose files these are (``grafana``): what another kind made in the same folder is left alone.
        home: The home that they are made of.
        take_over: Whether the files of another home count as ours.
        plan: Whether only to tell what would be changed.
        before: Is shown what is to change before anything is written, and may refuse it.

    Raises:
        BadUse: if the files there are of another home, a file of somebody else is in the place of one of ours (nothing
            is written then), or something cannot be read or written.
        RetryLater: if another run does not come to an end.
    """
    with nullcontext() if plan and not folder.is_dir() else only_writer(folder):
        book = _Manifest(folder, kind, str(home.resolve()))
        if not take_over:
            book.refuse_another_home()
        differing = tuple(_changes(folder, files, book.known))
        made = sum(change.action is not Action.REMOVE for change in differing)
        changes = Changes(differing, len(files) - made)
        if changes and before:
            before(changes)
        if not plan:
            _write_all(folder, files, changes, book)
    return changes


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Keep other runs from writing into a folder meanwhile; it is made if need be.

    The folder itself is locked: nothing is left in it, and the lock goes with the process that holds it.

    Raises:
        BadUse: if it cannot be made or read.
        RetryLater: if another run does not come to an end.
    """
    _make(folder)
    if sys.platform == "win32":  # folders have no locks there
        yield
        return
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BadUse(f"{folder} cannot be read: {error.strerror}") from None
    try:
        _lock(opened, folder)
        yield
    finally:
        os.close(opened)


def _lock(opened: int, folder: Path) -> None:
    import fcntl  # noqa: PLC0415 - Windows has none

    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                sentence = f"another process is writing into {folder}; run this again when that one has ended"
                raise RetryLater(sentence) from None
            time.sleep(_PAUSE)
        except OSError:
            return  # a disk without locks, as some in a network are: then all is as good as without others
        else:
            return


def _write_all(folder: Path, files: Mapping[str, str], changes: Changes, book: _Manifest) -> None:
    if changes:
        book.expect(files)  # first: whatever a run that is cut short has written counts as ours
    for change in changes.files:
        _carry_out(folder, change)
    book.keep(files)


class _Manifest:
    """Which files an earlier run made: path → digests of what it may have left in them; and of which home."""

    def __init__(self, folder: Path, kind: str, home: str) -> None:
        self._path = folder / f".kpitaps-{kind}.json"
        self._text = _read(self._path)
        self._home, self._made_of = home, home
        self.known: dict[str, list[str]] = self._parse() if self._text is not None else {}

    def _parse(self) -> dict[str, list[str]]:
        try:
            told = json.loads(self._text or "")
            known: dict[str, list[str]] = told["files"]
            # early versions noted the path as it was given
            self._made_of = str(Path(told.get("home", self._home)).resolve())
            return {_within(name): list(map(str, digests)) for name, digests in known.items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadUse(
                f"{self._path} is no list of files that kpitaps wrote: restore it, or remove it together with them"
            ) from None

    def refuse_another_home(self) -> None:
        """Raise BadUse if an earlier run had another home."""
        if self._made_of != self._home:
            raise BadUse(
                f"the files in {self._path.parent} are of the home {self._made_of}, and this one is {self._home}: "
                "choose another folder or KPITAPS_HOME; if that home has moved here, or is gone, add --take-over"
            )

    def expect(self, files: Mapping[str, str]) -> None:
        """Note what is there and what is about to be written."""
        names = sorted({*self.known, *files})
        wanted = {name: [_digest(files[name])] if name in files else [] for name in names}
        self._write({name: sorted({*self.known.get(name, []), *wanted[name]}) for name in names})

    def keep(self, files: Mapping[str, str]) -> None:
        """Note what is there now."""
        self._write({name: [_digest(text)] for name, text in sorted(files.items())})

    def _write(self, known: Mapping[str, list[str]]) -> None:
        text = json.dumps({"made_by": "kpitaps", "home": self._home, "files": known}, indent=1) + "\n"
        if text != self._text:
            _write(self._path, text, FOR_ALL)
            self._text = text


def _changes(folder: Path, files: Mapping[str, str], known: Mapping[str, list[str]]) -> Iterator[FileChange]:
    for name in sorted({*known, *files}):
        path, wanted = folder / _within(name), files.get(name)
        there = _read(path)
        if there == wanted:
            continue
        if there is None:
            yield FileChange(name, Action.CREATE, "", wanted or "")
        elif name not in known:
            raise BadUse(f"{path} is not a file that kpitaps wrote: move it away, or choose another folder")
        else:
            action = Action.REMOVE if wanted is None else Action.CHANGE
            yield FileChange(name, action, there, wanted or "", edited=_digest(there) not in known[name])


def _carry_out(folder: Path, change: FileChange) -> None:
    path = folder / change.path
    if change.edited:
        _keep_beside(path, change.before)
    if change.action is not Action.REMOVE:
        _write(path, change.after, FOR_US if _PASSWORD.search(change.after) else FOR_ALL)
        return
    try:
        path.unlink(missing_ok=True)
        for parent in path.relative_to(folder).parents:
            inner = folder / parent
            if parent == Path() or inner.is_symlink() or any(inner.iterdir()):
                break
            inner.rmdir()
    except OSError as error:
        raise BadUse(f"{path} cannot be removed: {error.strerror}") from None


def _keep_beside(path: Path, text: str) -> None:
    """Keep what somebody wrote, and what was kept of them before."""
    for number in count(1):
        kept = path.with_name(f"{path.name}{EDITED}{f'.{number}' if number > 1 else ''}")
        there = _read(kept)
        if there is None:
            _write(kept, text, S_IMODE(path.stat().st_mode))
        if there in {None, text}:
            return


def _within(name: str) -> str:
    """Return the name if it stays in the folder: a manifest that somebody spoilt must not reach other files."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(name)
    return name


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise BadUse(f"{path} is not a file that kpitaps wrote: move it away, or choose another folder") from None
    except OSError as error:
        raise BadUse(f"{path} cannot be read: {error.strerror}") from None


def _write(path: Path, text: str, mode: int) -> None:
    _make(path.parent)
    with replacing(path, mode=mode) as out:
        out.write(text.encode())


def _make(folder: Path) -> None:
    """Make a folder, and those above it, that everybody can look into."""
    missing = [*takewhile(lambda each: not each.exists(), (folder, *folder.parents))]
    try:
        for each in reversed(missing):
            each.mkdir(mode=_FOLDER, exist_ok=True)
            each.chmod(S_IMODE(each.stat().st_mode) | _FOLDER)
    except OSError as error:
        raise BadUse(f"{folder} cannot be made: {error.strerror}") from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
