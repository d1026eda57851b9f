"""docs/tutorial/your-first-tap.md, followed word for word from an empty folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from house.checkout import ROOT
from parts.lessons import Lesson, assert_shown, changed, steps

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "tutorial" / "your-first-tap.md"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_first_tap_is_written_listed_and_conforming(tmp_path: Path) -> None:
    """Every file, command and shown line holds: the tap is listed, breaks two rules, and then keeps them all."""
    lesson = Lesson(tmp_path)
    followed = list(steps(PAGE))
    for step in followed:
        lesson.follow(step)
    assert [step.kind for step in followed].count("text") >= 5


def test_lesson_blocks_are_all_known() -> None:
    """Every fenced block is a command, an output or a file with a name: none is passed over."""
    assert PAGE.read_text().count("\n```") == 2 * len(list(steps(PAGE)))
    assert [step for step in steps(PAGE) if step.kind not in ("sh", "text") and not step.title] == []


def test_a_shown_line_that_was_not_said_is_noticed() -> None:
    """Lines must come in order; what may lie between or within them is marked."""
    said = "one 1\ntwo   2\n\nthree 3\n"
    for shown in ("one 1\ntwo 2\nthree 3", "one …\n…\nthree 3", "…\nthree …"):
        assert_shown(shown, said)
    for shown in ("one 2", "two 2", "one 1\nthree 3", "…\nthree 3\ntwo 2"):
        with pytest.raises(AssertionError, match="is shown, but this was said"):
            assert_shown(shown, said)


def test_changed_parts_take_their_places() -> None:
    """What is there is replaced, decorators included; what is new follows the one before it."""
    code = "from a import b\n\n\n@b\ndef c():\n    return 1\n\n\nd = 2\n"
    parts = "from a import b, e\n\n\ndef f():\n    pass\n\n\n@b(2)\ndef c():\n    return 3\n"
    assert changed(code, parts) == (
        "from a import b, e\n\n\ndef f():\n    pass\n\n\n@b(2)\ndef c():\n    return 3\n\n\nd = 2\n"
    )
