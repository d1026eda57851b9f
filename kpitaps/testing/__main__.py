"""Run one sandbox in a process of its own: ``python -m kpitaps.testing <module>:<factory>``.

The factory is called with a `Story` and a `Clock`. When the sandbox answers, one line of JSON goes to stdout:
``{"url": …, "host": …, "hosts": […], "settings": {…}}``. It ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from datetime import date, datetime
from importlib import import_module
from threading import Event
from typing import TYPE_CHECKING, Any

from kpitaps.errors import BadUse, KpitapsError
from kpitaps.testing.clock import Clock
from kpitaps.testing.serving import serve
from kpitaps.testing.story import Story

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.testing.sandbox import Sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a sandbox until told to stop, and return the exit code."""
    options = _parser().parse_args(arguments)
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        sandbox = _make(options)
        with serve(sandbox.app, options.port) as url:
            hosts = list(getattr(sandbox, "hosts", (sandbox.host,)))
            said = {"url": url, "host": sandbox.host, "hosts": hosts, "settings": sandbox.settings}
            sys.stdout.write(f"{json.dumps(said)}\n")
            sys.stdout.flush()
            stopped.wait()
            sandbox.faults.clear()
    except KpitapsError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _make(options: argparse.Namespace) -> Sandbox:
    story = Story(
        options.seed,
        options.founded,
        options.zone,
        options.currency,
        options.orders_per_day,
        name=options.name,
        home=options.home,
    )
    clock = Clock(options.now, ticking=options.ticking or options.now is None)
    sandbox: Sandbox = _factory(options.factory)(story, clock, **options.options)
    return sandbox


def _factory(name: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadUse(f"{name!r} is no <module>:<factory> of a sandbox: {error}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kpitaps.testing", description=__doc__)
    parser.add_argument("factory", help="<module>:<factory>, such as kpitaps_shopify.sandbox:Sandbox")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--now", type=_instant, help="what time it is there, with an offset; the real time by default")
    parser.add_argument("--ticking", action="store_true", help="let the time go on from --now")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another shop")
    parser.add_argument("--founded", type=date.fromisoformat, default=date(2023, 1, 1), help="its first day")
    parser.add_argument("--zone", default="Europe/Amsterdam", help="IANA time zone")
    parser.add_argument("--currency", default="EUR", help="ISO 4217 code")
    parser.add_argument("--home", default="NL", help="ISO 3166 code of the country it mostly sells to")
    parser.add_argument("--name", default="Branderij De Kade", help="what the shop is called")
    parser.add_argument("--orders-per-day", type=float, default=8.0, help="about")
    parser.add_argument("--options", type=json.loads, default={}, help="JSON object of the factory's own keywords")
    return parser


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} needs an offset, such as {text}Z")
    return instant


if __name__ == "__main__":
    sys.exit(main())
