# ruff: noqa: INP001 - a script, no package
"""Write the demo company's dashboards into this folder, as ``kpitaps grafana files`` makes them.

make dashboards                                  after a change of what dashboards show; a test says so if forgotten
python dashboards/generate.py HOME FOLDER        of a demo that is loaded already, into another folder
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from kpitaps.app import Runtime
from kpitaps.app.scenes import scenes
from kpitaps.cli.demo_world import parse_now
from kpitaps.config import Environment
from kpitaps.grafana.dashboards import build
from kpitaps.grafana.files import dashboard_text

NOW = "2026-06-15"
LANGUAGES = ("en", "nl")


def load_demo(home: Path) -> None:
    """Let the demo load all of its history into a home."""
    program = Path(sys.executable).with_name("kpitaps")
    environment = {**os.environ, "KPITAPS_HOME": str(home)}
    command = [str(program), "demo", "--once", "--json", "--now", NOW]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own


def dashboards(home: Path) -> dict[str, str]:
    """Return the dashboards of the demo in a home, by file: ``en/overview.json``."""
    instant = parse_now(NOW)
    mine = Environment.read().model_copy(update={"home": home / "demo", "database_url": "", "key": None})
    with Runtime(mine, now=lambda: instant) as runtime:
        return {
            f"{language}/{dashboard.name}.json": dashboard_text(dashboard)
            for language in LANGUAGES
            for scene in scenes(runtime, language)
            for dashboard in build(scene)
        }


def write(texts: dict[str, str], folder: Path) -> None:
    """Write files into a folder; JSON files that are not among them are removed."""
    for language in LANGUAGES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        for there in (folder / language).glob("*.json"):
            if f"{language}/{there.name}" not in texts:
                there.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write(dashboards(Path(sys.argv[1])), Path(sys.argv[2]))
    else:
        with TemporaryDirectory() as fresh:
            load_demo(Path(fresh))
            write(dashboards(Path(fresh)), Path(__file__).parent)
