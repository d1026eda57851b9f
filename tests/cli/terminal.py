"""A terminal of its own for a command, because questions are only asked of people."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import termios
import time
from typing import TYPE_CHECKING

from cli.program import PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS_WITHIN = 30.0


class Terminal:
    """A command on a terminal.

    Attributes:
        process: The command.
        said: What it has shown so far, and what was typed where that is shown.
    """

    def __init__(self, home: Path, routes: str, *arguments: str) -> None:
        self._screen, inner = pty.openpty()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KPITAPS_")}
        self.process = subprocess.Popen(
            [PROGRAM, *arguments],
            env={**kept, "KPITAPS_HOME": str(home), "KPITAPS_ROUTES": routes},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)
        self.said = ""

    def until(self, text: str) -> None:
        """Read until a text was shown."""
        deadline = time.monotonic() + ANSWERS_WITHIN
        while text not in self.said:
            assert self._read(deadline), self.said

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._screen, f"{text}\n".encode())

    def type_unseen(self, text: str) -> None:
        """Type a line once the terminal does not show what is typed; what is typed before that is lost."""
        deadline = time.monotonic() + ANSWERS_WITHIN
        while termios.tcgetattr(self._screen)[3] & termios.ECHO:
            assert time.monotonic() < deadline, "what is typed stays visible"
            time.sleep(0.01)
        self.type(text)

    def end(self) -> int:
        """Read the rest and return the exit code."""
        deadline = time.monotonic() + ANSWERS_WITHIN
        while self._read(deadline):
            pass
        return self.process.wait(ANSWERS_WITHIN)

    def close(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._screen)

    def _read(self, deadline: float) -> bool:
        if not select.select([self._screen], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return False
        try:
            self.said += os.read(self._screen, 4096).decode(errors="replace")
        except OSError:  # Linux' way of saying that nobody writes to the terminal any more
            return False
        return True
