"""``kpitaps run``: sync what is due and serve metrics, until stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import err


def run(
    listen: Annotated[str, typer.Option(help="Address and port; by default KPITAPS_LISTEN or 127.0.0.1:9470.")] = "",
) -> None:
    """Sync what is due, and serve metrics for Prometheus, until stopped with Ctrl-C."""
    from kpitaps.config import parse_listen  # noqa: PLC0415
    from kpitaps.web import Site, serve_until_stopped  # noqa: PLC0415

    with opened() as runtime:
        host, port = parse_listen(listen or runtime.environment.listen)
        serve_until_stopped(Site(runtime), host, port, lambda url: err(f"Serving on {url}/metrics (Ctrl-C stops)"))
    err("Stopped.")
