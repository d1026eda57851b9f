"""The exit codes of docs/reference/errors-and-exit-codes.md, each brought about for real."""

from __future__ import annotations

import time
from contextlib import closing
from signal import SIGINT
from sqlite3 import connect
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cli.conftest import open_shop
from cli.terminal import Terminal
from kpitaps.testing import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import CommandLine, Shop

BUGGY = """
from kpitaps import Settings, Tap, hookimpl

tap = Tap("buggy", title="Buggy", settings=Settings, api=1, base_url="https://buggy.test", hosts=["buggy.test"])

@tap.account
def account(ctx):
    return 1 / 0

@hookimpl
def kpitaps_taps():
    return [tap]
"""


@pytest.mark.parametrize("arguments", [[], ["nope"], ["kpis", "--nope"], ["add"]])
def test_2_bad_use(kpitaps: CommandLine, arguments: list[str]) -> None:
    """A command that is not understood ends with 2."""
    assert kpitaps(*arguments).code == 2


@pytest.mark.parametrize(
    ("variable", "value"), [("workers", "many"), ("listen", "everywhere"), ("token", ""), ("workers", "0")]
)
def test_3_bad_settings(kpitaps: CommandLine, variable: str, value: str) -> None:
    """A setting that makes no sense ends with 3; so does listening to the network without a token."""
    kpitaps.set(**{"listen": "0.0.0.0:0", variable: value})
    said = kpitaps("run")
    assert said.code == 3
    assert "KPITAPS_" in said.err or "everywhere" in said.err
    assert said.err.count("\n") == 1


def test_4_needs_authorisation(kpitaps: CommandLine) -> None:
    """An app that was uninstalled ends with 4, and opens a repair."""
    with open_shop() as shop:
        kpitaps.set(routes=shop.routes)
        assert kpitaps("add", "shopify", "--json", *shop.settings()).code == 0
        shop.sandbox.faults.add("revoked")
        said = kpitaps("sync")
    assert said.code == 4
    assert "refused the client id and secret" in said.err
    assert shop.sandbox.settings["client_secret"] not in said.err
    (status,) = kpitaps("status", "--json").json
    assert status["state"] == "needs_auth"
    assert [repair["code"] for repair in status["repairs"]] == ["needs_auth:account"]


def test_5_try_again_later(connected: CommandLine, shop: Shop) -> None:
    """A source that is closed for an hour ends with 5."""
    closed = PlainTextResponse("closed for maintenance", 503, {"Retry-After": "3600"})
    with serve(Starlette(routes=[Route("/{path:path}", closed, methods=["GET", "POST"])])) as url:
        connected.set(routes=f"{shop.sandbox.host}={url}")
        said = connected("sync")
    assert said.code == 5
    assert "503" in said.err


def test_6_bug_in_a_tap(kpitaps: CommandLine, install: Callable[[str, str], None]) -> None:
    """A tap whose code fails ends with 6 and is named, without a traceback."""
    install("buggy", BUGGY)
    said = kpitaps("add", "buggy", "--json")
    assert said.code == 6
    assert said.err == "Error: tap buggy: its account function failed: ZeroDivisionError: division by zero\n"


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x", "postgresql://127.0.0.1:9/x?connect_timeout=2"])
def test_7_ledger_unavailable(kpitaps: CommandLine, url: str) -> None:
    """A database that cannot be opened ends with 7."""
    kpitaps.set(database_url=url)
    said = kpitaps("status")
    assert said.code == 7
    assert said.err.startswith("Error: the ledger")


def test_7_home_that_is_no_folder(kpitaps: CommandLine, tmp_path: Path) -> None:
    """A home in which nothing can be made ends with 7 and names the variable."""
    (tmp_path / "file").touch()
    kpitaps.set(home=str(tmp_path / "file" / "home"))
    said = kpitaps("status")
    assert said.code == 7
    assert "KPITAPS_HOME" in said.err


def test_7_ledger_of_a_newer_release(connected: CommandLine) -> None:
    """A ledger that a newer kpitaps has made is left alone."""
    with closing(connect(connected.home / "kpitaps.db")) as ledger, ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9999'")
    said = connected("status")
    assert said.code == 7
    assert "upgrade kpitaps" in said.err


def test_8_check_found_problems(connected: CommandLine) -> None:
    """A verdict is no error: ``check`` ends with 8 and prints what it found on stdout."""
    with closing(connect(connected.home / "kpitaps.db")) as ledger, ledger:
        ledger.execute("UPDATE span SET start_at = start_at - 86400000000, end_at = end_at - 86400000000")
    said = connected("check")
    assert (said.code, said.err) == (8, "")


def test_130_ctrl_c(kpitaps: CommandLine) -> None:
    """A command that Ctrl-C stops ends with 130, as the shell has it, and says no more than that."""
    with open_shop() as shop:
        kpitaps.set(routes=shop.routes)
        assert kpitaps("add", "shopify", "--json", *shop.settings()).code == 0
        shop.sandbox.faults.add("timeout")
        with closing(Terminal(kpitaps.home, shop.routes, "sync")) as terminal:
            deadline = time.monotonic() + 30
            while shop.sandbox.faults.pending and time.monotonic() < deadline:
                time.sleep(0.05)
            terminal.process.send_signal(SIGINT)
            assert terminal.end() == 130, terminal.said
    assert "Traceback" not in terminal.said
