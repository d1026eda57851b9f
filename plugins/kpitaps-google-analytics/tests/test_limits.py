"""Google's quotas: what answers tell of them, and which one a refusal is about."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_google_analytics import limits
from kpitaps_google_analytics.limits import LIMITS, Quota
from kpitaps_google_analytics.sandbox_quota import Allowance

from kpitaps import CounterState, NeedsAuth, RetryLater
from kpitaps.http import Reply
from kpitaps.testing import Story

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENS_A_DAY = Quota("tokens_per_day", 200_000, 2_000_000)


def _reply(body: Any, status: int = 200) -> Reply:
    return Reply(status, headers={"content-type": "application/json"}, content=json.dumps(body).encode())


def _refusal(sentence: str) -> Reply:
    return _reply({"error": {"code": 429, "message": sentence, "status": "RESOURCE_EXHAUSTED"}}, 429)


def _after(world: Any) -> float:
    error = world.sync().errors["account"]
    assert isinstance(error, RetryLater)
    assert error.after is not None
    return float(error.after)


@pytest.mark.parametrize(
    ("sentence", "quota"),
    [
        ("Exhausted property tokens per day. These quota tokens will return in under 24 hours.", "tokens_per_day"),
        ("Exhausted property tokens per hour. These quota tokens will return in under one hour.", "tokens_per_hour"),
        ("Exhausted property tokens for a project per hour.", "tokens_per_project_per_hour"),
        ("Exhausted concurrent requests quota.", "concurrent_requests"),
        ("Exhausted potentially thresholded requests quota.", "potentially_thresholded_requests_per_hour"),
        ("Exhausted server errors for a project per hour.", "tokens_per_hour"),
        ("Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'.", "concurrent_requests"),
        ("Something else is exhausted.", "tokens_per_hour"),
    ],
)
def test_a_refusal_names_its_quota(sentence: str, quota: str) -> None:
    """It spends that one alone: how long to wait hangs on which it is."""
    assert limits.exhausted(_refusal(sentence)) == quota
    readers = [limit.read for limit in LIMITS if isinstance(getattr(limit, "read", None), Quota)]  # type: ignore[attr-defined]
    told = {reader.name: reader(_refusal(sentence)) for reader in readers}
    assert {name: state for name, state in told.items() if state is not None} == {quota: CounterState(remaining=0)}


@pytest.mark.parametrize(
    ("quota", "told"),
    [
        # A request took 12 of the 200,000.
        ({"tokensPerDay": {"consumed": 12, "remaining": 199_988}}, CounterState(199_988, None, spent=12)),
        # Analytics 360 has ten times as much.
        ({"tokensPerDay": {"consumed": 12, "remaining": 1_999_988}}, CounterState(1_999_988, 2_000_000, spent=12)),
        # What is 0 is left out.
        ({"tokensPerDay": {"consumed": 12}}, CounterState(0, None, spent=12)),
        ({"tokensPerHour": {"consumed": 12, "remaining": 3}}, None),
    ],
)
def test_answers_tell_what_is_left(quota: Any, told: CounterState | None) -> None:
    """Of the quota that is meant, and what the request has cost."""
    assert TOKENS_A_DAY(_reply({"kind": "analyticsData#runReport", "propertyQuota": quota})) == told


def test_a_batch_costs_what_its_reports_cost() -> None:
    """Each report tells its own cost; what is left is the least that is told."""
    # 5 + 7 = 12 tokens.
    reports = [
        {"propertyQuota": {"tokensPerDay": {"consumed": consumed, "remaining": remaining}}}
        for consumed, remaining in ((5, 90), (7, 83))
    ]
    assert TOKENS_A_DAY(_reply({"reports": reports})) == CounterState(83, None, spent=12)


@pytest.mark.parametrize(
    "reply",
    [
        _reply([1]),
        _reply({}),
        _reply({"error": {}}, 500),
        Reply(200, content=b"no JSON"),
        # Not Google's API says so, but something on the way to it.
        Reply(429, content=b"Too many requests"),
    ],
)
def test_other_answers_tell_nothing(reply: Reply) -> None:
    """Answers without quotas leave our own count as it is."""
    assert TOKENS_A_DAY(reply) is None


def test_every_report_asks_for_the_quotas(world: Any) -> None:
    """Also each report of a batch."""
    world.synced()
    kinds = ("account", "traffic", "key_events", "ads", "bought", "visitors")
    asked = [body for kind in kinds for body in world.google.reports(kind)]
    assert len(asked) > 20
    assert all(body["returnPropertyQuota"] is True for body in asked)


@pytest.mark.parametrize(
    ("sentence", "at_least", "at_most"),
    [
        ("Exhausted property tokens per hour.", timedelta(0), timedelta(hours=1, seconds=5)),
        ("Exhausted property tokens per day.", timedelta(0), timedelta(hours=25, seconds=5)),
    ],
)
def test_a_used_up_quota_waits(world: Any, sentence: str, at_least: timedelta, at_most: timedelta) -> None:
    """Until the hour or the day begins anew; nothing more is asked until then, and no repair asks anybody."""
    world.google.refusal = 429, sentence
    (run,) = world.sync().runs
    assert run.outcome == "retry_later"
    assert at_least < timedelta(seconds=_after(world)) <= at_most
    asked = len(world.google.asked)
    world.sync()
    assert len(world.google.asked) == asked
    assert world.repairs() == []


def test_hours_left_are_kept_to(world: Any) -> None:
    """What others have used is told: where no more than a request's worth is left, history is not begun."""
    world.google.quota = {"tokensPerHour": {"consumed": 10, "remaining": 60}}
    errors = world.sync("traffic").errors
    assert "used up" in str(errors["traffic"])
    assert isinstance(errors["traffic"], RetryLater)


def test_a_server_that_fails_is_left_alone(world: Any) -> None:
    """Ten errors an hour stop all requests of a project: the tenth is never provoked."""
    world.google.refusal = 500, "Internal error"
    world.google.asked.clear()
    for _ in range(6):
        world.sync()
    assert len(world.google.asked) == 9
    assert not isinstance(world.sync().errors["account"], NeedsAuth)


@pytest.mark.slow
def test_a_whole_load_keeps_to_the_published_quotas(sandboxed: Callable[..., Any]) -> None:
    """Three years of history and an hour's update at a standard property's quotas: nobody is ever refused."""
    world = sandboxed(Story(founded=date(2023, 4, 1), orders_per_day=1, pace=0.1), allowance=Allowance())
    world.synced()
    assert len(world.google.log) < 75
    world.move_by(minutes=50)
    seen = len(world.google.log)
    world.synced()
    assert len(world.google.log) - seen < 12
    assert {entry.status for entry in world.google.log} == {200}
    assert 0 < sum(entry.cost for entry in world.google.log) < 14_000


@pytest.mark.slow
def test_no_more_is_taken_than_there_is(sandboxed: Callable[..., Any]) -> None:
    """Of a property whose tokens others use up, history leaves a fifth, and stops before Google refuses."""
    # What a report is taken to cost, 50, must fit; a report of few visits costs Google's least.
    world = sandboxed(allowance=Allowance(project_hourly=300))
    for _ in range(4):
        world.sync()
    assert {entry.status for entry in world.google.log} == {200}
    assert "used up" in " ".join(map(str, world.sync().errors.values()))
    assert sum(entry.cost for entry in world.google.log) <= 300
