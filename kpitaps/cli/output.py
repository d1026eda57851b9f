"""What people and scripts read: tables and sentences on stderr or stdout, JSON on stdout alone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from rich.console import Console


def out(text: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def err(text: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def out_json(value: Any) -> None:
    """Write JSON to stdout."""
    out(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())


def console(*, stderr: bool = False) -> Console:
    """Return a console for tables; wide enough not to cut figures where no terminal says how wide it is."""
    from rich.console import Console  # noqa: PLC0415 - only where a table is drawn

    terminal = sys.stderr if stderr else sys.stdout
    # Texts come from vendors and shops: "[API]" in a message is no markup, ":tea:" in a product's name no emoji.
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=None if terminal.isatty() else 120)
