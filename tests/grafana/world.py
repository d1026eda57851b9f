"""The demo company as people meet it: kpitaps serves it, a Prometheus scrapes it and asks it for its past."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.program import Program, Served

from kpitaps.exposition.prometheus_config import PrometheusPlace, Server, prometheus_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parts.prometheus import RunningPrometheus, StartPrometheus

RULES = ("kpitaps-rules.yml",)

SCRAPES = 4
"""Scrapes after which rates have something to go by."""


@dataclass(frozen=True)
class World:
    """What runs.

    Attributes:
        program: kpitaps' command line on the demo's data.
        served: kpitaps itself.
        prometheus: The server that knows it, and watches its alert rules.
    """

    program: Program
    served: Served
    prometheus: RunningPrometheus


@contextmanager
def demo_world(folder: Path, start: StartPrometheus) -> Iterator[World]:
    """Load the demo as of now, serve it, and let a Prometheus with its alert rules look at it.

    Args:
        folder: Where the demo's home is to be.
        start: Starts a Prometheus.
    """
    demo = Program(folder / "home")
    done = demo("demo", "--once", "--json")
    assert done.returncode == 0, done.stderr
    program = Program(demo.home / "demo")
    written = program("prometheus", "files", str(folder / "prometheus"))
    assert written.returncode == 0, written.stderr
    rules = {name: (folder / "prometheus" / name).read_text() for name in RULES}
    with demo.serving("demo") as served:
        address = Server.parse(served.url.removeprefix("http://"), "--target")
        place = PrometheusPlace(address, scrape_interval="1s", rule_files=RULES)
        with start(prometheus_config(place), files=rules) as prometheus:
            prometheus.scraped()
            time.sleep(SCRAPES)
            yield World(program, served, prometheus)
