"""A token that may only be renewed in its last half minute, and limits that are waited for longer than that."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from parts.oauth_world import TERMS, World, world

from kpitaps.http import Budgets, Rate, Reply
from kpitaps.http.verdicts import complaint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NARROW = replace(TERMS, min_age=575)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A provider whose tokens live for 600 s and are not renewed before 570 s, and a ledger."""
    with world(f"sqlite:///{tmp_path / 'ledger.db'}", life="600") as found:
        found.provider.min_age = 570
        found.consent()
        yield found


def test_a_token_that_dies_while_a_limit_is_waited_for_is_not_sent(here: World) -> None:
    """At 560 s a request waits for a minute; what it then sends is a token that is good then."""
    budgets = Budgets(monotonic=here.clock, wait=lambda _, seconds: here.clock.sleep(seconds), epoch=here.clock)
    limits = [budgets.bind(Rate("s", 1, per=60), "s")]
    http = here.http(NARROW, limits=limits, monotonic=here.clock, clock=here.clock)
    here.clock.now += 559
    assert http.get("/orders").ok
    assert http.get("/orders").ok
    assert (here.provider.count("rotated"), here.provider.count("turned away")) == (1, 0)


@pytest.mark.parametrize("step", [7, 29, 61])
def test_an_hour_of_calls_renews_in_the_window_only(here: World, step: int) -> None:
    """Never before 570 s, never with a token that is not good any more, however often is called."""
    http = here.http(NARROW, monotonic=here.clock, clock=here.clock)
    start = here.clock.now
    while here.clock.now < start + 3_600:
        assert http.get("/orders").ok
        here.clock.now += step
    renewed = [start, *(event.at for event in here.provider.events if event.kind == "rotated")]
    assert all(later - earlier >= 570 for earlier, later in pairwise(renewed))
    assert here.provider.count("turned away") == 0
    assert len(here.provider.forms) == len(renewed) - 1


@pytest.mark.parametrize(
    ("body", "reason", "said"),
    [
        (b"", "Forbidden - User division 7", " (“Forbidden - User division 7”)"),
        (b'{"error": {"message": {"value": "No."}}}', "", " (“No.”)"),
        (b'{"error": {"message": {"value": "No."}}}', "No rights", " (“No rights: No.”)"),
        (b"<h1>No rights</h1>", "No rights", " (“No rights”)"),
    ],
)
def test_a_reason_in_a_header_is_told(body: bytes, reason: str, said: str) -> None:
    """Some sources say the cause there only, others also in the body: it is said once."""
    headers = {"content-type": "application/json" if body[:1] == b"{" else "text/html"} | (
        {"Reason": reason} if reason else {}
    )
    assert complaint(Reply(403, headers=headers, content=body)) == said
