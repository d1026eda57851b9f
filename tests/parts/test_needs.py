"""A missing tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parts.needs import need

if TYPE_CHECKING:
    from pathlib import Path

ABSENT = "a-tool-that-nobody-has"


def test_missing_tool_skips_locally(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a developer's machine a test without its tool is skipped, and the reason says what the tool is for."""
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="not installed: it plays"):
        need(ABSENT, "it plays")


def test_missing_tool_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under CI=true nothing may be missing."""
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="not installed: it plays"):
        need(ABSENT, "it plays")


def test_other_names_and_folders_count(tmp_path: Path) -> None:
    """A tool is found under its other names and in folders that are not on PATH."""
    program = tmp_path / "other-name"
    program.touch(mode=0o755)
    assert need(ABSENT, "it plays", also=[tmp_path], names=["other-name"]) == program
