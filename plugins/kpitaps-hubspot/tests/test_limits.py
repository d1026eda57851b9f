"""HubSpot's limits: how much is asked in ten seconds, in a second, in a day, and of one search."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_hubspot import limits, meetings, sandbox_api
from kpitaps_hubspot.sandbox import demo_sandbox
from kpitaps_hubspot.sandbox_limits import Allowance
from kpitaps_hubspot.settings import PortalSettings

from kpitaps import Context, Http, Reply, Span, StaticKey
from kpitaps.testing import Clock, Story, serve
from kpitaps.testing.story.office_events import LeadCaptured, MeetingPlanned

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEPT = Allowance(ten_secondly=40, searches=15)
"""Less than the tap starts from per ten seconds, more searches than it dares: both are learnt or kept to."""


def _busiest(times: list[float], seconds: float) -> int:
    """Return the most instants that any span of so many seconds holds."""
    return max(sum(start <= each < start + seconds for each in times) for start in times)


@pytest.mark.slow
def test_no_more_is_asked_than_may_be(portal: Callable[..., Any]) -> None:
    """Counted by the sandbox's own log with real time: in any second 5 searches, in ten what the answers allow."""
    world = portal(Story(founded=date(2026, 2, 20)), allowance=KEPT)
    world.sandbox.clock = ticking = Clock(NOW, ticking=True)
    world.sandbox.app.clock = ticking
    world.runtime.now = ticking.now
    world.synced("meetings")
    since = [(entry, entry.at.timestamp()) for entry in world.sandbox.log]
    searches = [at for entry, at in since if entry.path.endswith("/search")]
    assert len(searches) > 10
    assert _busiest(searches, 1.0) <= 5
    assert _busiest([at for entry, at in since if not entry.path.endswith("/search")], 10.0) <= KEPT.ten_secondly
    assert 429 not in {entry.status for entry in world.sandbox.log}


@pytest.mark.slow
def test_a_whole_load_keeps_to_the_published_limits(portal: Callable[..., Any]) -> None:
    """Ten years of history and what is new, at a key's real limits: nobody is ever refused."""
    world = portal(Story(founded=date(2025, 9, 1)), allowance=Allowance())
    world.synced()
    world.synced()
    assert {entry.status for entry in world.sandbox.log} == {200}


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, {}, {"ten": 190, "search": None, "day": 650_000}),
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, {"ten": 0, "search": None, "day": None}),
        (429, {"policyName": "DAILY"}, {"ten": None, "search": None, "day": 0}),
        (429, {"category": "RATE_LIMITS"}, {"ten": None, "search": 0, "day": None}),
        (429, {"policyName": "SECONDLY"}, {"ten": None, "search": 0, "day": None}),
        (403, {"category": "MISSING_SCOPES"}, {"ten": None, "search": None, "day": None}),
    ],
)
def test_each_refusal_is_about_one_limit(status: int, body: Any, told: dict[str, int | None]) -> None:
    """A refusal spends only the limit that it names; a good answer tells how large those are that it counts."""
    headers = {"content-type": "application/json"}
    headers |= {"x-hubspot-ratelimit-max": "190", "x-hubspot-ratelimit-daily": "650000"}
    reply = Reply(status, headers=headers, content=json.dumps(body).encode())
    found = {"ten": limits.ten_secondly(reply), "search": limits.secondly(reply), "day": limits.daily(reply)}
    assert {
        name: None if state is None else int(state.capacity if status == 200 else state.remaining)  # type: ignore[arg-type]
        for name, state in found.items()
    } == told


def test_a_page_that_is_not_full_is_not_the_last(portal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """HubSpot says itself whether there is more."""
    asked = sandbox_api.read_search
    monkeypatch.setattr(sandbox_api, "read_search", lambda *search: asked(*search).model_copy(update={"limit": 2}))
    leads = [LeadCaptured(NOW, number, "Noor", "", "", "direct") for number in range(1, 6)]
    assert portal().happened(*leads).days("leads") == {"2026-03-01": "5"}


@pytest.mark.slow
def test_more_than_ten_thousand_records_of_one_moment_are_read_whole() -> None:
    """An import gives more records one update time than a search shows in all: they are paged by id, each once."""
    moment = NOW - timedelta(days=3)
    sandbox = demo_sandbox(Story(founded=date(2100, 1, 1)), Clock(NOW))
    for number in range(1, 10_251):
        sandbox.story.office.append(MeetingPlanned(moment, number, 0, None, 101, NOW, 30))
    key = StaticKey(key="{service_key}").bind(sandbox.settings)
    with (
        serve(sandbox.app) as url,
        Http("https://api.hubapi.com", [sandbox.host], auth=key, routes={sandbox.host: url}) as http,
    ):
        ctx = Context(http, PortalSettings.read(sandbox.settings), NOW)
        read = [record.key for record in meetings.read(ctx, Span(moment, moment + timedelta(milliseconds=1)))]
    assert len(read) == len(set(read)) == 10_250
    assert Counter(entry.status for entry in sandbox.log)[400] == 0
