"""Run sandboxes of one company in a process of their own: ``python -m kpitaps.testing <module>:<factory> …``.

Each factory is called with the same `Story` and `Clock`. When all answer, each has one line of JSON on stdout, in their
order: ``{"url": …, "host": …, "hosts": […], "settings": {…}}``. They end on SIGTERM or SIGINT, and if so asked when
stdin is closed, as it is when whoever started them has died.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from contextlib import ExitStack
from datetime import date, datetime
from importlib import import_module
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from kpitaps.errors import BadUse, KpitapsError
from kpitaps.testing.clock import Clock
from kpitaps.testing.serving import serve
from kpitaps.testing.story import Story

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.testing.sandbox import Sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the sandboxes until told to stop, and return the exit code."""
    options = _parser().parse_args(arguments)
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    if options.until_closed:
        Thread(target=_await_end_of_stdin, args=(stopped,), name="stdin", daemon=True).start()
    try:
        with ExitStack() as stack:
            sandboxes = _make(options)
            urls = [stack.enter_context(serve(sandbox.app, options.port)) for sandbox in sandboxes]
            for sandbox, url in zip(sandboxes, urls, strict=True):
                hosts = list(getattr(sandbox, "hosts", (sandbox.host,)))
                said = {"url": url, "host": sandbox.host, "hosts": hosts, "settings": sandbox.settings}
                sys.stdout.write(f"{json.dumps(said)}\n")
            sys.stdout.flush()
            stopped.wait()
            for sandbox in sandboxes:
                sandbox.faults.clear()
    except KpitapsError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _await_end_of_stdin(stopped: Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stopped.set()


def _make(options: argparse.Namespace) -> list[Sandbox]:
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
    return [_factory(name)(story, clock, **options.options) for name in options.factories]


def _factory(name: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadUse(f"{name!r} is no <module>:<factory> of a sandbox: {error}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kpitaps.testing", description=__doc__)
    parser.add_argument(
        "factories", nargs="+", metavar="factory", help="<module>:<factory>, such as kpitaps_shopify.sandbox:Sandbox"
    )
    parser.add_argument("--port", type=int, default=0, help="of a single sandbox; 0 takes a free one")
    parser.add_argument("--until-closed", action="store_true", help="end also when stdin is closed")
    parser.add_argument("--now", type=_instant, help="what time it is there, with an offset; the real time by default")
    parser.add_argument("--ticking", action="store_true", help="let the time go on from --now")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another shop")
    parser.add_argument("--founded", type=date.fromisoformat, default=date(2023, 1, 1), help="its first day")
    parser.add_argument("--zone", default="Europe/Amsterdam", help="IANA time zone")
    parser.add_argument("--currency", default="EUR", help="ISO 4217 code")
    parser.add_argument("--home", default="NL", help="ISO 3166 code of the country it mostly sells to")
    parser.add_argument("--name", default="Branderij De Kade", help="what the shop is called")
    parser.add_argument("--orders-per-day", type=float, default=8.0, help="about")
    parser.add_argument("--options", type=json.loads, default={}, help="JSON object of the factories' own keywords")
    return parser


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} needs an offset, such as {text}Z")
    return instant


if __name__ == "__main__":
    sys.exit(main())
