"""How a command ends when something outside it goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kpitaps.errors import LedgerUnavailable

if TYPE_CHECKING:
    from cli.conftest import CommandLine

KPITAPS = [sys.executable, "-m", "kpitaps"]


def test_a_full_disk_is_no_bug(tmp_path: Path) -> None:
    """It is told in one sentence, and not told again when the process ends."""
    environment = {**os.environ, "KPITAPS_HOME": str(tmp_path)}
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*KPITAPS, "measures"], env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "Error: what is printed cannot be written: No space left on device\n")


def test_ctrl_c_is_told_and_has_its_code(tmp_path: Path) -> None:
    """Whenever it comes once Python runs; here while the command waits for somebody to read."""
    into, out = os.pipe()
    environment = {**os.environ, "KPITAPS_HOME": str(tmp_path)}
    # A pipe holds 64 kB: once it is full, a command that says more waits.
    os.set_blocking(out, False)
    with suppress(BlockingIOError):
        while os.write(out, b"x" * 4096):
            pass
    os.set_blocking(out, True)
    with subprocess.Popen([*KPITAPS, "measures"], env=environment, stdout=out, stderr=subprocess.PIPE) as running:
        os.close(out)
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(3)
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        assert running.stderr.readline() == b"Stopped.\n"
        # what it has to say still may be said now
        os.read(into, 1 << 17)
        assert running.wait(30) == 130
        assert running.stderr.read() == b""
    os.close(into)


def test_a_key_of_somebody_else_is_named(kpitaps: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is fine, and another one would be empty; root may read everything, so the refusal is made up."""
    key = tmp_path / "key"
    key.write_text("x", encoding="utf-8")

    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(key))

    monkeypatch.setattr("kpitaps.app.runtime.Vault.at", refuse)
    said = kpitaps("status")
    assert (said.code, said.err) == (
        LedgerUnavailable.exit_code,
        f"Error: {key} cannot be read: Permission denied; it must belong to whoever runs kpitaps\n",
    )
