"""What the command line says when a shop refuses: one sentence, the documented exit code, and no secret."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from kpitaps_shopify.sandbox import Sandbox

from end_to_end import ledgers
from end_to_end.commands import Commands
from end_to_end.oracle import Oracle
from kpitaps.store import list_connections, open_repairs
from kpitaps.testing import Clock, Story, serve

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow  # a process for each command

DAYS = 40
SCOPES = ("read_orders", "read_all_orders", "read_customers")
SECRETS = ("shpss_", "shpat_")


@dataclass(frozen=True)
class Line:
    """A shop, and the command line beside it."""

    sandbox: Sandbox
    commands: Commands


@contextmanager
def _line(home: Path) -> Iterator[Line]:
    # The command line goes by the real time: the shop's stands still a little before that.
    now = datetime.now(UTC).replace(microsecond=0)
    story = Story(5, now.date() - timedelta(days=DAYS), orders_per_day=3)
    sandbox = Sandbox(story, Clock(now), plan=100_000)
    with serve(sandbox.app) as url:
        yield Line(sandbox, Commands(home, sandbox.host, url))


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A shop that was connected and read by the real command line."""
    with _line(tmp_path_factory.mktemp("home")) as made:
        assert made.commands.connect(made.sandbox.settings).returncode == 0
        assert made.commands.run("sync").returncode == 0
        yield made


def _without(scope: str) -> Callable[[Sandbox], None]:
    def take(sandbox: Sandbox) -> None:
        sandbox.scopes = tuple(each for each in SCOPES if each != scope)

    return take


def _fault(kind: str) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.faults.add(kind, times=None)


def _new_secret(sandbox: Sandbox) -> None:
    sandbox.settings["client_secret"] = "shpss_rotated"


REFUSALS = {
    "revoked": (_fault("revoked"), 4, "client"),
    "wrong client secret": (_new_secret, 4, "client"),
    "unknown shop": (_fault("unknown_shop"), 3, "does not exist"),
    "access denied": (_fault("access_denied"), 4, "scope"),
    "no read_orders": (_without("read_orders"), 4, "read_orders"),
    "no read_customers": (_without("read_customers"), 4, "read_customers"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_one_sentence(line: Line, refusal: str) -> None:
    """The code is the documented one, the ledger is as before, and once it is mended the next sync is fine again."""
    refuse, code, word = REFUSALS[refusal]
    settings = dict(line.sandbox.settings)
    with line.commands.database() as database:
        before = ledgers.untouched(database)
        refuse(line.sandbox)
        _assert_sentence(line.commands.run("sync"), code, word)
        assert ledgers.untouched(database) == before
        assert len(open_repairs(database)) == 1
        line.sandbox.faults.clear()
        line.sandbox.settings.update(settings)
        line.sandbox.scopes = SCOPES
        line.commands.sync_here()
        assert open_repairs(database) == []
        events = line.sandbox.story.events(line.sandbox.clock.now())
        ledgers.assert_true(ledgers.sums(database), Oracle(events, line.sandbox.story.zone).truth())


@pytest.mark.parametrize(
    ("wrong", "fault", "code", "word"),
    [
        ({"client_secret": "shpss_wrong"}, "", 4, "client"),
        ({"shop": "Not A Shop"}, "", 3, "shop"),
        ({}, "unknown_shop", 3, "does not exist"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_stored(
    tmp_path: Path, wrong: dict[str, str], fault: str, code: int, word: str
) -> None:
    """An account that does not answer is not connected, and the secret is not repeated."""
    with _line(tmp_path) as fresh:
        if fault:
            fresh.sandbox.faults.add(fault)
        _assert_sentence(fresh.commands.connect({**fresh.sandbox.settings, **wrong}), code, word)
        with fresh.commands.database() as database:
            assert list_connections(database) == []


def _lines(text: str) -> list[str]:
    return [each for each in text.splitlines() if each.strip()]


def _assert_sentence(done: subprocess.CompletedProcess[str], code: int, word: str) -> None:
    said = _lines(done.stderr)
    assert done.returncode == code, done
    assert len(said) == 1, done.stderr
    assert said[0].startswith("Error: ")
    assert word in said[0]
    assert "Traceback" not in done.stderr + done.stdout
    assert not any(secret in done.stderr + done.stdout for secret in SECRETS)
