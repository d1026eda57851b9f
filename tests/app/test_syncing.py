"""Syncing several connections: nobody waits for another vendor, and who stops stops them all."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from kpitaps import Account, Settings, Tap, setting
from kpitaps.app import Runtime, connect, sync_all
from kpitaps.config import Environment
from kpitaps.plugins import Installed, Plugins, PluginState
from kpitaps.store import latest_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kpitaps import Context, Entry, Span
    from kpitaps.sync import Progress


class Name(Settings):
    """Which account."""

    name: str = setting("Name", help="Of the account")


def tap_that(reads: Callable[[str], None]) -> Tap:
    """Return a tap whose every request does something, given the account's name."""
    tap = Tap("toy", title="Toy", settings=Name, api=1, base_url="https://toy.example", hosts=["toy.example"])

    @tap.account
    def account(ctx: Context) -> Account:
        return Account(ctx.settings.name, ctx.settings.name, "Europe/Amsterdam", "EUR")

    @tap.periods("leads", feeds=[tap.measure("leads")], every="1h", settles="1d", history="1y")
    def leads(ctx: Context, _span: Span) -> Iterator[Entry]:
        reads(ctx.settings.name)
        yield from ()

    return tap


@contextmanager
def opened(home: Path, tap: Tap, *names: str) -> Iterator[Runtime]:
    """Open a process that is connected to accounts of those names."""
    plugins = Plugins((Installed("toy", "kpitaps-toy", "1", PluginState.READY, taps=(tap,)),))
    with Runtime(Environment(home=home), plugins=plugins) as runtime:
        for name in names:
            connect(runtime, "toy", {"name": name}, company="main")
        yield runtime


def test_connections_are_read_side_by_side(tmp_path: Path) -> None:
    """Two accounts are read at the same time, and their results come in the order of the connections."""
    both = threading.Barrier(2, timeout=10)
    with opened(tmp_path, tap_that(lambda _: both.wait() and None), "ada", "bob") as runtime:
        results = sync_all(runtime)
    assert [(each.connection.name, each.errors) for each in results] == [("ada", {}), ("bob", {})]


def test_whoever_stops_stops_all(tmp_path: Path) -> None:
    """After Ctrl-C no connection reads on: what is under way is broken off, and no run is logged."""
    asked, go_on = threading.Event(), threading.Event()

    def read(name: str) -> None:
        if name == "bob":
            asked.set()
            go_on.wait(10)

    def listen(progress: Progress) -> None:
        assert asked.wait(10), progress
        raise KeyboardInterrupt

    with opened(tmp_path, tap_that(read), "ada", "bob") as runtime:
        with pytest.raises(KeyboardInterrupt):
            sync_all(runtime, listener=listen)
        go_on.set()
        for thread in threading.enumerate():
            if thread.name.startswith("sync"):
                thread.join(10)
        assert latest_runs(runtime.ledger.database) == []
