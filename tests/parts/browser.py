"""Chromium without a window: what a person would see of a page."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest

from parts.needs import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-default-browser-check",
    "--no-first-run",
    # A page that needs the internet shows it here: only loopback has an address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
DESKTOP = (1280, 800)
PHONE = (390, 844)
PATIENCE = 90


@dataclass(frozen=True)
class Chromium:
    """A browser that starts anew for each page, so that no page sees another's cookies.

    Attributes:
        program: Where it is installed.
        folder: Where pictures and its throw-away profiles go.
    """

    program: Path
    folder: Path
    _numbers: Iterator[int]

    def __call__(self, url: str, size: tuple[int, int] = DESKTOP, *, settle_ms: int = 0) -> Path:
        """Return the PNG picture of a page.

        Args:
            url: The page's address, on loopback.
            size: Width and height of the window in pixels.
            settle_ms: Milliseconds of the page's own time that its scripts get before the picture is taken.
        """
        picture = self.folder / f"page-{next(self._numbers)}.png"
        width, height = size
        self._run(f"--window-size={width},{height}", f"--screenshot={picture}", *_settling(settle_ms), url)
        assert picture.exists(), f"Chromium made no picture of {url}"
        return picture

    def dump_dom(self, url: str, *, settle_ms: int = 0) -> str:
        """Return the page's document as it stands after its scripts ran."""
        return self._run("--dump-dom", *_settling(settle_ms), url)

    def _run(self, *arguments: str) -> str:
        profile = self.folder / f"profile-{next(self._numbers)}"
        command = [str(self.program), *FLAGS, f"--user-data-dir={profile}", *arguments]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, f"Chromium ended with {done.returncode}: {done.stderr[-1000:]}"
        return done.stdout


def _settling(milliseconds: int) -> list[str]:
    return [f"--virtual-time-budget={milliseconds}"] if milliseconds else []


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Chromium:
    """A headless browser: call it for a picture of a page, or ask it for the page's document."""
    program = need("chromium", "tests look at the pages as a person would", names=["chromium-browser", "google-chrome"])
    return Chromium(program, tmp_path_factory.mktemp("chromium"), count(1))
