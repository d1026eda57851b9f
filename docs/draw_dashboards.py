# ruff: noqa: INP001 - a script, no package
"""Draw the dashboards of the demo company as Grafana shows them, for the docs and for our own eyes.

make pictures [ARGS="en/overview …"]     after a change of dashboards; those of the last hours need some minutes

Every query is asked of a Prometheus that scrapes the demo and reads its history. What comes back goes through
Grafana's own published libraries in a headless Chromium: transformations, units, colours, and most kinds of panels
are theirs; what they do not publish (state timelines, pie charts) is drawn plainly.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING, Any

from grafana.asking import Asker
from grafana.committed import Committed, committed
from grafana.world import demo_world
from parts.browser import Chromium
from parts.needs import need
from parts.npm import PICTURES, install
from parts.prometheus import starting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parts.prometheus import RunningPrometheus

FOLDER = Path(__file__).parent / "images" / "dashboards"
WIDTH = 1600
SHOWN_IN_DUTCH = frozenset({"overview", "goals"})
SETTLES_MS = 8_000

WATCHED = timedelta(minutes=20)
"""How long Prometheus looks before boards of the last hours are drawn: counters say nothing until they move."""

OF_HOURS = re.compile(r"now-\d+h")
COLORS = 192
"""Enough for charts, if those that are rare are kept; a picture with more is several times as large."""

BUNDLE = (
    "--bundle",
    "--minify",
    '--define:process.env.NODE_ENV="production"',
    "--loader:.svg=dataurl",
    "--loader:.ttf=empty",
    "--log-level=error",
)


def bundled(folder: Path) -> tuple[str, str]:
    """Return the script and the style of the page that draws a dashboard."""
    modules = install(PICTURES)
    command = [str(modules / "esbuild/bin/esbuild"), "page.jsx", *BUNDLE, f"--outfile={folder / 'page.js'}"]
    subprocess.run(command, cwd=PICTURES, check=True, stdin=subprocess.DEVNULL)  # noqa: S603 - our own
    return (folder / "page.js").read_text(), (folder / "page.css").read_text()


def scene(dashboard: Committed, prometheus: RunningPrometheus) -> dict[str, Any]:
    """Return what the page needs: the model, and the answer to each of its queries."""
    model = {**dashboard.model, "panels": list(unfolded(dashboard.model["panels"]))}
    asker = Asker(prometheus, Committed(dashboard.language, dashboard.name, model), time.time())
    panels = [
        {"panel": each, "targets": [asked.as_target() for asked in asker.panel(each)]} for each in model["panels"]
    ]
    return {
        "dashboard": model,
        "panels": panels,
        "variables": [
            {**{name: each.get(name) for name in ("name", "label", "hide")}, "value": each["current"]["value"]}
            | {"text": each["current"]["text"]}
            for each in dashboard.variables
        ],
        "range": {"from": asker.range[0], "to": asker.range[1]},
        "timeZone": model["timezone"],
    }


def unfolded(panels: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield panels with those that a row folds away opened below it, and what follows moved down."""
    moved = 0
    for panel in panels:
        at = panel["gridPos"]
        yield {**panel, "gridPos": {**at, "y": at["y"] + moved}, "panels": [], "collapsed": False}
        inside = panel.get("panels", [])
        for each in inside:
            yield {**each, "gridPos": {**each["gridPos"], "y": each["gridPos"]["y"] + moved}}
        if inside:
            moved += max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in inside) - at["y"] - at["h"]


def page(what: dict[str, Any], script: str, style: str) -> str:
    """Return the page that draws a scene, with all it needs inside."""
    text = (PICTURES / "page.html").read_text()
    parts = {
        "STYLE": style,
        "SCENE": json.dumps(what).replace("</", "<\\/"),
        "SCRIPT": script.replace("</script", "<\\/script"),
    }
    for name, part in parts.items():
        before, _, after = text.rpartition(name)
        text = before + part + after
    return text


def height(what: dict[str, Any]) -> int:
    """Return how many pixels high a dashboard is, as the page lays it out."""
    lowest: int = max(each["panel"]["gridPos"]["y"] + each["panel"]["gridPos"]["h"] for each in what["panels"])
    return 96 + lowest * 38 + 8


def shrink(picture: Path) -> None:
    """Make a picture small enough to be committed."""
    from PIL import Image  # noqa: PLC0415 - only where pictures are made

    with Image.open(picture) as image:
        image.convert("RGB").quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            picture, optimize=True
        )


def is_of_hours(dashboard: Committed) -> bool:
    """Return whether a dashboard shows what happened lately, which nobody has seen but Prometheus itself."""
    return OF_HOURS.fullmatch(dashboard.model["time"]["from"]) is not None


def watched(dashboard: Committed, since: float) -> Committed:
    """Wait until Prometheus has looked long enough, and return a dashboard that shows just that time."""
    time.sleep(max(0.0, since + WATCHED.total_seconds() - time.monotonic()))
    shown = {"from": f"now-{WATCHED // timedelta(minutes=1)}m", "to": "now"}
    return replace(dashboard, model={**dashboard.model, "time": shown})


def draw(wanted: list[Committed]) -> None:
    """Draw dashboards into the docs."""
    with TemporaryDirectory() as name, ExitStack() as session:
        folder = Path(name)
        script, style = bundled(folder)
        chromium = Chromium(need("chromium", "it draws"), folder, count(1))
        world = session.enter_context(demo_world(folder, starting(lambda: Path(mkdtemp(dir=folder)), session)))
        since = time.monotonic()
        for dashboard in sorted(wanted, key=is_of_hours):
            what = scene(watched(dashboard, since) if is_of_hours(dashboard) else dashboard, world.prometheus)
            (folder / "page.html").write_text(page(what, script, style))
            made = chromium(f"file://{folder / 'page.html'}", (WIDTH, height(what)), settle_ms=SETTLES_MS)
            target = FOLDER / f"{dashboard}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made, target)
            shrink(target)
            sys.stderr.write(f"{target}\n")


if __name__ == "__main__":
    asked = set(sys.argv[1:])
    draw(
        [
            each
            for each in committed()
            if (str(each) in asked if asked else each.language == "en" or each.name in SHOWN_IN_DUTCH)
        ]
    )
