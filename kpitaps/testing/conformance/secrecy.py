"""Does anything get out that must not? Secrets into what is said or kept, people into the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.errors import BadSettings, KpitapsError, NeedsAuth
from kpitaps.http import Scrubber
from kpitaps.testing.conformance.bench import HOLD
from kpitaps.testing.conformance.verdict import fail, hidden, unjudged
from kpitaps.testing.conformance.witness import overheard

if TYPE_CHECKING:
    from pathlib import Path

    from kpitaps.testing.conformance.bench import Bench
    from kpitaps.testing.conformance.stage import Stage

__tracebackhide__ = hidden

_KEY = "key"
"""The file that encrypts the others."""

_SHORTEST = 4


def check_secrets(stage: Stage) -> None:
    """No secret setting and no token is logged, printed, told in an error or kept in clear, whatever goes wrong."""
    refusals = [kind for kind, met in stage.kit.faults.items() if met in (NeedsAuth, BadSettings)]
    with stage.bench() as bench, overheard() as said:
        told = [_tried(bench)]
        for kind in ("500", "malformed_json", *refusals):
            bench.sandbox.faults.add(kind, None, stage.kit.fault_paths.get(kind), seconds=HOLD)
            told.append(_synced(bench))
            bench.sandbox.faults.clear()
        told += bench.repairs.values()
        places = {"its log or output": said.getvalue(), "an error": "\n".join(told)}
        for place, text in places.items():
            if Scrubber(bench.secrets).scrub(text) != text:
                fail(f"a secret gets into {place}: say what happened without the settings' and the tokens' values")
        for secret in bench.secrets:
            if found := _files_with(bench.home, secret):
                fail(f"a secret is kept in clear in {found[0].name}: make it a setting of the type Secret")


def check_people(stage: Stage) -> None:
    """Nobody's name, address or id in the source is in the ledger's file."""
    people = [text for text in stage.kit.people(stage.story) if len(text) >= _SHORTEST]
    if not people:
        unjudged("the story names nobody: give the kit names that its sandbox serves with people()")
    for text in people:
        if _files_with(stage.first.home, text):
            fail(
                f"the ledger holds {text!r}, which belongs to a person: a record's key, member() and customer() are "
                "stored as hashes, a label is not"
            )


def _tried(bench: Bench) -> str:
    try:
        bench.connect()
    except KpitapsError as error:
        unjudged(f"the account cannot be connected: {error}")
    return _synced(bench)


def _synced(bench: Bench) -> str:
    return "\n".join(map(str, bench.sync().errors.values()))


def _files_with(home: Path, text: str) -> list[Path]:
    wanted = text.encode()
    files = (file for file in sorted(home.rglob("*")) if file.is_file() and file.name != _KEY)
    return [file for file in files if wanted in file.read_bytes()]
