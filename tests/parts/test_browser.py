"""The browser part."""

from __future__ import annotations

from struct import unpack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from parts.browser import Chromium


@pytest.fixture
def page(tmp_path: Path) -> str:
    """A page that changes itself when it has loaded."""
    file = tmp_path / "page.html"
    file.write_text("<p id=a>before</p><script>document.getElementById('a').textContent = 'af' + 'ter'</script>")
    return file.as_uri()


def test_picture_has_the_size_of_the_window(chromium: Chromium, page: str) -> None:
    """A picture of a page is a PNG as large as the window that was asked for."""
    header = chromium(page, (390, 844)).read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert unpack(">II", header[16:24]) == (390, 844)


def test_document_is_the_one_after_the_scripts(chromium: Chromium, page: str) -> None:
    """The document is what scripts made of the page."""
    assert "after" in chromium.dump_dom(page)
