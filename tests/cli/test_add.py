"""``kpitaps add``: settings are given or asked for, tried, and stored."""

from __future__ import annotations

from contextlib import closing, suppress
from signal import SIGINT
from sqlite3 import connect
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING

import pytest

from cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.conftest import CommandLine, Shop


@pytest.fixture
def terminal(kpitaps: CommandLine, shop: Shop) -> Iterator[Terminal]:
    """``kpitaps add shopify`` on a terminal."""
    with closing(Terminal(kpitaps.home, shop.routes, "add", "shopify")) as opened:
        yield opened


def test_settings_are_asked_for_and_secrets_stay_unseen(kpitaps: CommandLine, shop: Shop, terminal: Terminal) -> None:
    """On a terminal each setting is asked for with its help text; what is typed as a secret is not shown."""
    settings = shop.sandbox.settings
    for question, name in (("Shop name", "shop"), ("Client ID", "client_id")):
        terminal.until(f"{question} (")
        terminal.type(settings[name])
    terminal.until("Client secret (")
    terminal.type_unseen(settings["client_secret"])
    terminal.until("Customer for (")
    terminal.type("")
    assert terminal.end() == 0, terminal.said
    assert settings["client_id"] in terminal.said
    assert settings["client_secret"] not in terminal.said
    assert "Connected Branderij De Kade" in terminal.said
    (status,) = kpitaps("status", "--json").json
    assert status["state"] == "new"


def test_what_is_known_is_kept_with_enter(connected: CommandLine, shop: Shop) -> None:
    """Of a connection that is named, each setting is offered to be kept; the secret is kept unseen."""
    arguments = ("add", "shopify", "--name", "Branderij De Kade")
    with closing(Terminal(connected.home, shop.routes, *arguments)) as terminal:
        for question, name in (("Shop name (", "shop"), ("Client ID (", "client_id")):
            terminal.until(question)
            terminal.until(f"[{shop.sandbox.settings[name]}]")
            terminal.type("")
        terminal.until("Enter keeps it")
        terminal.type_unseen("")
        terminal.until("[365]")
        terminal.type("")
        assert terminal.end() == 0, terminal.said
    assert shop.sandbox.settings["client_secret"] not in terminal.said


@pytest.mark.slow
def test_ctrl_c_at_a_question_is_no_error(terminal: Terminal) -> None:
    """Who changes their mind gets exit code 130, as from any command that Ctrl-C stops."""
    terminal.until("Shop name (")
    for _ in range(20):
        # One that comes between the question and the reading of an answer is lost: a person presses again.
        terminal.process.send_signal(SIGINT)
        with suppress(TimeoutExpired):
            terminal.process.wait(timeout=1)
            break
    assert terminal.end() == 130, terminal.said
    assert "Traceback" not in terminal.said


def test_account_is_connected(kpitaps: CommandLine, shop: Shop) -> None:
    """With all settings given nothing is asked, and JSON says which account it is."""
    kpitaps.set(routes=shop.routes)
    said = kpitaps("add", "shopify", "--json", "--name", "web shop", *shop.settings())
    assert (said.code, said.err) == (0, "")
    assert said.json == {"connection": "web shop", "tap": "shopify", "account": "gid://shopify/Shop/64119414797"}


def test_secret_is_stored_encrypted(connected: CommandLine, shop: Shop) -> None:
    """Nobody who reads the ledger's files finds the client secret."""
    secret = shop.sandbox.settings["client_secret"].encode()
    assert [file.name for file in connected.home.iterdir() if secret in file.read_bytes()] == []


def test_adding_again_brings_settings_up_to_date(connected: CommandLine, shop: Shop) -> None:
    """The same account stays one connection, under the name it was given."""
    assert connected("add", "shopify", "--json", "--name", "web shop", *shop.settings()).code == 0
    assert connected("add", "shopify", "--json", *shop.settings()).code == 0
    assert [each["connection"] for each in connected("status", "--json").json] == ["web shop"]


def test_refused_settings_are_not_stored(kpitaps: CommandLine, shop: Shop) -> None:
    """What the source refuses leaves no connection behind, and the secret is in no message."""
    kpitaps.set(routes=shop.routes)
    said = kpitaps("add", "shopify", *shop.settings(client_secret="not-the-secret"))
    assert said.code == 4
    assert "not-the-secret" not in said.err
    assert kpitaps("status", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["add", "nope"], 2, "there is no tap 'nope'"),
        (["add", "shopify"], 3, "setting shop: is needed"),
        (["add", "shopify", "--set", "shop"], 2, "write --set name=value"),
        (
            ["add", "shopify", "--set", "shop=a.b", "--set", "client_id=1", "--set", "client_secret=2"],
            3,
            "setting shop",
        ),
        (["add", "shopify", "--set", "colour=red"], 3, "there is no setting 'colour'"),
    ],
)
def test_wrong_use_is_one_sentence(kpitaps: CommandLine, arguments: list[str], code: int, sentence: str) -> None:
    """What is wrong is said in one line on stderr."""
    said = kpitaps(*arguments)
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith("Error: ")
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_company_key_is_checked(kpitaps: CommandLine, shop: Shop) -> None:
    """A company's key ends up as a label value in queries: short and plain."""
    kpitaps.set(routes=shop.routes)
    said = kpitaps("add", "shopify", "--company", "De Kade!", *shop.settings())
    assert said.code == 2
    assert "lower case letters" in said.err


def test_company_is_made_where_it_is_new(kpitaps: CommandLine, shop: Shop) -> None:
    """A company that is not there yet takes its name, currency and zone from its first account."""
    kpitaps.set(routes=shop.routes)
    assert kpitaps("add", "shopify", "--json", "--company", "kade", *shop.settings()).code == 0
    with closing(connect(kpitaps.home / "kpitaps.db")) as ledger:
        row = ledger.execute("SELECT key, name, currency, time_zone FROM company").fetchall()
    assert row == [("kade", "Branderij De Kade", "EUR", "Europe/Amsterdam")]
