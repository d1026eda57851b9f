"""``kpitaps run``: sync what is due and serve metrics, until stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from kpitaps.cli.opening import opened_to_read
from kpitaps.cli.output import err


def run(
    listen: Annotated[str, typer.Option(help="Address and port; by default KPITAPS_LISTEN or 127.0.0.1:9470.")] = "",
) -> None:
    """Sync what is due, and serve metrics for Prometheus.

    Ctrl-C or SIGTERM stops it.
    """
    from kpitaps.config import parse_listen  # noqa: PLC0415
    from kpitaps.web import Serving, Site  # noqa: PLC0415

    with opened_to_read() as runtime:
        address = parse_listen(listen or runtime.environment.listen)
        with Serving(Site(runtime), *address) as serving:
            serving.until_stopped(lambda url: err(f"Serving on {url}/metrics (Ctrl-C stops)"))
    err("Stopped.")
