"""Following a tutorial word for word: its files are written, its commands run, its outputs compared."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import kpitaps

if TYPE_CHECKING:
    from collections.abc import Iterator

_FENCE = re.compile(r'^```(?P<kind>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```', re.MULTILINE | re.DOTALL)
_CHANGED = ", changed"
_SKIPPED = "…"
PATIENCE = 240


@dataclass(frozen=True, slots=True)
class Step:
    """One fenced block of a tutorial.

    Attributes:
        kind: ``sh`` for commands, ``text`` for what they show, else the language of a file.
        title: The file's path; with ``, changed`` after it, parts of a file that is there.
        text: What is in the block.
    """

    kind: str
    title: str
    text: str


def steps(page: Path) -> Iterator[Step]:
    """Yield the blocks of a tutorial."""
    for found in _FENCE.finditer(page.read_text()):
        yield Step(found["kind"], found["title"] or "", found["text"])


class Lesson:
    """Somebody who follows a tutorial in an empty folder, in a shell of their own and without the internet.

    What the tutorial installs from elsewhere is what this environment has, but for our own taps; ``kpitaps`` and
    ``pytest`` run in whichever environment is active.

    Args:
        folder: An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said = ""
        self._state = folder / "state.sh"
        self._state.write_text(f"cd {folder}\n")
        self._at = folder
        self._variables = self._environment(folder / "lent")

    def follow(self, step: Step) -> None:
        """Do what a block says.

        Raises:
            AssertionError: if a command shows something else than the next block says it does.
        """
        if step.kind == "sh":
            self._run(step.text)
        elif step.kind == "text":
            assert_shown(step.text, self._said)
        elif step.title.endswith(_CHANGED):
            file = self._at / step.title.removesuffix(_CHANGED)
            file.write_text(changed(file.read_text(), step.text))
        else:
            file = self._at / step.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(step.text)

    def _run(self, commands: str) -> None:
        """Run commands where the last ones left off: in their folder, with their variables."""
        script = f". {self._state}\n{commands}\ndeclare -x > {self._state}; echo cd $PWD >> {self._state}\n"
        done = subprocess.run(
            ["bash", "-c", script],
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        self._said = done.stdout
        self._at = Path(self._state.read_text().rpartition("cd ")[2].strip())

    @staticmethod
    def _environment(lent: Path) -> dict[str, str]:
        """Return variables that lend a shell the packages of this environment, and nothing else of it."""
        packages, programs = lent / "packages", lent / "bin"
        packages.mkdir(parents=True)
        programs.mkdir()
        for entry in Path(pytest.__file__).parents[1].iterdir():
            name = entry.name.lower()
            if not name.endswith(".pth") and not name.startswith(("_editable", "kpitaps_")):
                (packages / entry.name).symlink_to(entry)
        (packages / "kpitaps").symlink_to(Path(kpitaps.__file__).parent)
        for program in ("kpitaps", "pytest"):
            (programs / program).write_text(f'#!/bin/sh\nexec python -m {program} "$@"\n')
            (programs / program).chmod(0o755)
        (programs / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
        return {
            "PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(lent),
            "LANG": "C.UTF-8",
            "COLUMNS": "100",
            "PYTHONPATH": str(packages),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_QUIET": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say: without
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }


def assert_shown(shown: str, said: str) -> None:
    """Assert that a command said what a tutorial shows.

    How much space there is does not matter, for the widths of columns follow from what is in them. A line ``…`` stands
    for any lines, ``…`` within a line for any text.

    Raises:
        AssertionError: with the first line that is missing, and all that was said.
    """
    lines, may_skip = iter(_words(said)), False
    for wanted in _words(shown):
        if wanted == _SKIPPED:
            may_skip = True
            continue
        pattern = re.compile(".*".join(map(re.escape, wanted.split(_SKIPPED))))
        found = next(lines, "")
        while may_skip and found and not pattern.fullmatch(found):
            found = next(lines, "")
        assert pattern.fullmatch(found), f"{wanted!r} is shown, but this was said:\n{said}"
        may_skip = False


def _words(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def changed(code: str, parts: str) -> str:
    """Return code with top-level statements changed: those it has are replaced, new ones come after the one before.

    Raises:
        AssertionError: if the first statement is new, so that nobody can tell where it belongs.
    """
    before = ""
    for name, text in _statements(parts).items():
        there = _statements(code)
        if name in there:
            code = code.replace(there[name], text)
        else:
            assert before, f"{name} is new: show something before it that is there already"
            code = code.replace(before, f"{before}\n\n\n{text}")
        before = text
    return code


def _statements(code: str) -> dict[str, str]:
    """Return the top-level statements, decorators included, by what they define."""
    lines = code.splitlines()
    found = {}
    for node in ast.parse(code).body:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        found[_name(node)] = "\n".join(lines[first - 1 : node.end_lineno])
    return found


def _name(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.ImportFrom):
        return f"from {node.module}"
    return ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ast.unparse(node)
