"""Accounts that somebody must consent to, from the first question to the last token, through the real command line."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from parts.oauth_provider import CLIENT, HOST, Provider
from store.shelf import dump

from cli.program import Program
from kpitaps.store import Ledger, Vault, list_connections
from kpitaps.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.conftest import CommandLine, Said

pytestmark = pytest.mark.slow  # a process for each command

TOY = f"""
from kpitaps import Account, AuthorizationCode, Secret, Settings, StaticKey, Tap, hookimpl, setting

class ToySettings(Settings):
    division: str = setting("Division", help="Its number", default="1")
    client_id: str = setting("Client ID", help="Of the app", default="")
    client_secret: Secret | None = setting("Client secret", help="Of the app", default=None)
    token: Secret | None = setting("Token", help="In place of an app", default=None)

oauth = AuthorizationCode("https://{HOST}/authorize", "/token", scopes=("read",))
tap = Tap("toy", title="Toy", settings=ToySettings, api=1, base_url="https://{HOST}", hosts=["{HOST}"],
          auth=[StaticKey(), oauth])

@tap.account
def account(ctx):
    ctx.http.get("/me")
    number = ctx.settings.division
    return Account(number, f"Division {{number}}", "Europe/Amsterdam", "EUR", user="anna")

@tap.records("orders", feeds=[tap.measure("orders")], every="15m", history="10d")
def orders(ctx, span):
    ctx.http.get("/orders")
    return []

@hookimpl
def kpitaps_taps():
    return [tap]
"""
SETTINGS = ("--set", f"client_id={CLIENT['client_id']}", "--set", "client_secret=env:TOY_SECRET")
BROWSER = """
import sys, urllib.request
urllib.request.urlopen(sys.argv[1]).read()
"""


@dataclass(frozen=True)
class Toy:
    """A source that wants a consent, and two faces of one command line with a tap for it.

    Attributes:
        kpitaps: The command line in this process.
        program: The same in processes of its own, where its browser is a small program that consents.
        provider: The source.
    """

    kpitaps: CommandLine
    program: Program
    provider: Provider

    def add(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Connect an account."""
        return self.program("add", "toy", *SETTINGS, *options)

    def add_alone(self, *options: str) -> Said:
        """Connect an account while nobody is there to consent."""
        return self.kpitaps("add", "toy", *SETTINGS, "--no-browser", "--wait", "0.1", *options)

    def by_hand(self, hand: Callable[[str], str], *options: str) -> subprocess.CompletedProcess[str]:
        """Connect an account: somebody is shown an address, and pastes another one."""
        command = [*self.program.command, "add", "toy", "--paste", *SETTINGS, *options]
        pipes: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        with subprocess.Popen(command, env=self.program.environment, text=True, **pipes) as process:
            assert process.stderr
            url = next((line.strip() for line in process.stderr if line.startswith("  http")), "")
            out, err = process.communicate(hand(url) + "\n", timeout=30)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def person(self, url: str) -> str:
        """Consent, and return the address that the browser ends at."""
        return self.provider.authorize({name: values[0] for name, values in parse_qs(urlsplit(url).query).items()})

    def stored(self) -> dict[str, list[Any]]:
        """Return the rows of every table that has some, but for how fresh the world's exchange rates are."""
        with Ledger(f"sqlite:///{self.kpitaps.home / 'kpitaps.db'}", Vault.at(self.kpitaps.home / "key")) as ledger:
            tables = metadata.tables.keys() - {"rate_feed"}
            return {name: rows for name, rows in dump(ledger, *sorted(tables)).items() if rows}

    def grants(self) -> tuple[list[str], list[str | None]]:
        """Return the keys of the grants, and of those that the connections use."""
        with Ledger(f"sqlite:///{self.kpitaps.home / 'kpitaps.db'}", Vault.at(self.kpitaps.home / "key")) as ledger:
            (keys,) = (sorted(row[2] for row in rows) for rows in dump(ledger, "oauth_grant").values())
            return keys, [each.grant_key for each in list_connections(ledger.database)]

    def status(self) -> list[tuple[str, str, list[str]]]:
        """Return name, state and repairs of each connection."""
        found = self.kpitaps("status", "--json").json
        return [(each["connection"], each["state"], [r["code"] for r in each["repairs"]]) for each in found]


@pytest.fixture
def toy(
    kpitaps: CommandLine, install: Callable[[str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Toy]:
    """A source whose access tokens are stale at once, and a tap for it."""
    install("toy", TOY)
    monkeypatch.setenv("TOY_SECRET", CLIENT["client_secret"])
    browser = tmp_path / "browser.py"
    browser.write_text(BROWSER)
    with Provider(life=0.05) as provider:
        provider.tolerance = 60
        kpitaps.home.mkdir(parents=True)
        kpitaps.set(routes=f"{HOST}={provider.url}")
        variables = {
            "KPITAPS_ROUTES": f"{HOST}={provider.url}",
            "PYTHONPATH": str(tmp_path / "site"),
            "BROWSER": f"{sys.executable} {browser} %s",
        }
        yield Toy(kpitaps, Program(kpitaps.home, variables), provider)


def test_a_consent_is_used_until_it_is_taken_back_and_given_again(toy: Toy) -> None:
    """Browser, sync, renewed tokens, a consent that was taken back, one repair on each connection, a new consent."""
    assert toy.add().returncode == 0
    assert toy.add_alone("--set", "division=2").code == 0
    assert toy.provider.count("rotated") > 0
    assert toy.kpitaps("sync").code == 0
    assert [name for name, *_ in toy.status()] == ["Division 1", "Division 2"]
    toy.provider.revoke(1)
    assert toy.kpitaps("sync").code == 4
    assert toy.kpitaps("sync").code == 4
    assert toy.status() == [(f"Division {n}", "needs_auth", ["needs_auth:account"]) for n in (1, 2)]
    lines = toy.kpitaps("status").out.splitlines()
    assert [
        line.endswith("kpitaps add toy --name 'Division 1'") for line in lines if "Repair: Division 1: " in line
    ] == [True]
    assert toy.add("--name", "Division 2").returncode == 0
    assert [repairs for *_, repairs in toy.status()] == [[], []]
    assert toy.kpitaps("sync").code == 0
    assert toy.status() == [(f"Division {n}", "ok", []) for n in (1, 2)]
    assert toy.provider.revoked() == {1}


def test_a_second_account_of_the_same_consent_is_not_asked_for(toy: Toy) -> None:
    """The user who consented sees both divisions: one grant serves both connections, also for settings that change."""
    assert toy.add("--wait", "20").returncode == 0
    assert toy.add_alone("--set", "division=2").code == 0
    assert toy.add_alone("--name", "Division 2").code == 0
    (key,), used = toy.grants()
    assert used == [key, key]
    assert "anna" not in key
    # Without a name, an account that is there could be meant, or another user's: somebody is asked.
    assert toy.add_alone().code == 4


def test_what_is_stored_need_not_be_given_again(toy: Toy) -> None:
    """Authorising a connection again takes its name, and nothing else."""
    assert toy.add().returncode == 0
    toy.provider.revoke(1)
    assert toy.kpitaps("sync").code == 4
    again = toy.program("add", "toy", "--name", "Division 1")
    assert (again.returncode, again.stdout) == (0, "Connected Division 1 as 'Division 1'. Run: kpitaps sync\n")
    assert toy.kpitaps("sync").code == 0


def test_a_consent_can_be_given_on_another_machine(toy: Toy) -> None:
    """On a server the address is printed, and where the browser ends is pasted; any redirect address will do."""
    done = toy.by_hand(toy.person, "--redirect", "https://kpi.example/done", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("{")
    assert toy.provider.forms[0]["redirect_uri"] == "https://kpi.example/done"
    assert toy.kpitaps("sync").code == 0


def test_a_registered_address_is_kept_to(toy: Toy) -> None:
    """A source that knows one redirect address gets that one, and the browser is waited for there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://localhost:{port}/auth"
    assert toy.add("--redirect", address).returncode == 0
    assert toy.provider.forms[0]["redirect_uri"] == address


@pytest.mark.parametrize(
    ("hand", "sentence"),
    [
        (lambda _: "", "nobody has handed over"),
        (lambda _: "http://127.0.0.1:9471/callback?code=c&state=s", "not the answer to the question"),
        (lambda url: f"x?error=access_denied&state={parse_qs(urlsplit(url).query)['state'][0]}", "'access_denied'"),
        (lambda url: f"x?code=c&state={parse_qs(urlsplit(url).query)['state'][0]}", "refused the code with 400"),
    ],
)
def test_nothing_is_stored_of_a_consent_that_fails(toy: Toy, hand: Callable[[str], str], sentence: str) -> None:
    """Declined, forged, mistyped or refused: exit code 4, one sentence, and no row in any table."""
    done = toy.by_hand(hand)
    assert done.returncode == 4
    assert sentence in done.stderr.splitlines()[-1]
    assert toy.stored() == {}


def test_nothing_is_stored_where_the_account_cannot_be_read(toy: Toy) -> None:
    """Tokens that open nothing are thrown away."""
    toy.provider.tolerance = -60
    done = toy.add()
    assert done.returncode == 4
    assert toy.stored() == {}


def test_a_consent_is_waited_for_only_so_long(toy: Toy) -> None:
    """Without a browser the address is printed; if nobody opens it, that is said."""
    said = toy.add_alone()
    assert said.code == 4
    assert f"  {toy.provider.url}/authorize?" in said.err
    assert said.err.endswith("Error: nobody has consented within 0.1 s: authorise again\n")
    assert toy.stored() == {}


def test_the_first_kind_that_is_given_counts(toy: Toy) -> None:
    """A token needs no consent; with neither, the error names both ways."""
    token = toy.provider.consent()[1]["access_token"]
    assert toy.kpitaps("add", "toy", "--json", f"--set=token={token}").code == 0
    assert toy.grants() == ([], [None])
    said = toy.kpitaps("add", "toy", "--json", "--set", "client_id=1")
    assert said.code == 3
    assert said.err == "Error: to authorise kpitaps, give one of these: token; or client_id and client_secret\n"


def test_a_grant_goes_when_a_token_takes_its_place(toy: Toy) -> None:
    """The same account by another kind of authorisation stays one connection, and its grant is forgotten."""
    assert toy.add().returncode == 0
    token = toy.provider.consent()[1]["access_token"]
    assert toy.kpitaps("add", "toy", "--json", "--name", "Division 1", f"--set=token={token}").code == 0
    assert toy.grants() == ([], [None])
    assert toy.kpitaps("sync").code == 0


def test_no_secret_is_shown_or_stored_in_clear(toy: Toy) -> None:
    """Tokens and secrets are in no output and no file, whatever goes well or wrong."""
    done = toy.add()
    shown = done.stdout + done.stderr + str(toy.kpitaps("sync"))
    toy.provider.revoke(1)
    shown += str(toy.kpitaps("sync")) + str(toy.kpitaps("status", "--json"))
    kept = b"".join(path.read_bytes() for path in toy.kpitaps.home.iterdir())
    secrets = [CLIENT["client_secret"], *toy.provider._refresh, *toy.provider._access]
    assert [secret for secret in secrets if secret in shown or secret.encode() in kept] == []
    assert len(secrets) > 3


def test_secrets_come_from_files_and_variables(toy: Toy, tmp_path: Path) -> None:
    """What stands in a command is seen by others, so a secret may be named by where it is."""
    token = tmp_path / "token"
    token.write_text(f"{toy.provider.consent()[1]['access_token']}\n")
    assert toy.kpitaps("add", "toy", "--json", f"--set=token=file:{token}").code == 0
    for value, sentence in (("env:NOPE", "no environment variable NOPE"), ("file:/nope", "No such file")):
        said = toy.kpitaps("add", "toy", "--json", f"--set=token={value}")
        assert said.code == 2
        assert sentence in said.err


def test_a_disconnected_account_is_read_no_more(toy: Toy) -> None:
    """It is listed apart, its secrets are gone, and adding it goes on where it was; purged, nothing is left."""
    assert toy.add().returncode == 0
    assert toy.kpitaps("disconnect", "Division 1").out.startswith("Disconnected 'Division 1'.")
    assert toy.kpitaps("sync", "--json").json == []
    assert toy.kpitaps("status").out.startswith("Disconnected: Division 1 (toy), since ")
    assert "oauth_grant" not in toy.stored()
    assert toy.kpitaps("disconnect", "Division 1").code == 2
    assert toy.add().returncode == 0
    assert toy.kpitaps("disconnect", "Division 1", "--purge", "--json").json["purged"] is True
    assert toy.stored().keys() == {"company"}
    said = toy.kpitaps("disconnect", "Division 1")
    assert (said.code, said.err) == (2, "Error: there is no connection 'Division 1': there are none yet\n")
