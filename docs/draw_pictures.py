# ruff: noqa: INP001 - a script, no package
"""Draw the pictures of the docs from what the program really prints.

python docs/draw_pictures.py     after a change of what people see
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

PICTURES = Path(__file__).parent / "images"
NOW = "2026-06-15"
COMMAND = ("demo", "--once", "--now", NOW)

PAPER = TerminalTheme((253, 253, 252), (36, 41, 47), [(36, 41, 47)] * 8)
# rich's own frame loads a font from elsewhere; this one takes what the reader has.
FRAME = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>TITLE</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; white-space: pre;
}}
{styles}
</style>
<defs>{lines}</defs>
<rect width="{width}" height="{height}" rx="8" fill="#fdfdfc"/>
<g class="{unique_id}-matrix" transform="translate(16, 16)">
{matrix}
</g>
</svg>
"""


FULL = 60
"""Characters that a line with figures has at least."""

BREAKDOWN = "   "
"""How the lines of one label's values begin: the picture leaves them out, for there are many."""


def demo_table() -> str:
    """Return what ``kpitaps demo --once`` prints on a certain day, without breakdowns by label."""
    program = Path(sys.executable).with_name("kpitaps")
    with TemporaryDirectory() as home:
        environment = {**os.environ, "KPITAPS_HOME": home}
        done = subprocess.run([program, *COMMAND], env=environment, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    # What begins a breakdown has no figures of its own; a domain's heading is in capitals.
    return "\n".join(
        line for line in lines if not line.startswith(BREAKDOWN) and (not line or line.isupper() or len(line) > FULL)
    )


def draw(text: str, title: str) -> str:
    """Return a picture of what a command printed."""
    prompt = Text(f"$ kpitaps {' '.join(COMMAND)}\n", style="bold")
    width = max(map(len, text.splitlines())) + 2
    console = Console(record=True, width=width, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    console.print(prompt)
    console.print(Text(text), soft_wrap=True)
    return console.export_svg(theme=PAPER, code_format=FRAME.replace("TITLE", title), unique_id="demo")


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "demo.svg").write_text(draw(demo_table(), f"The demo company's KPIs on {NOW}"))
