"""What the tap makes of each fault of the sandbox, from the request to the ledger, the status and the repairs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from kpitaps import NeedsAuth
from kpitaps.app import connect

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow  # each loads years of history

SITE = {"sessions", "pageviews", "engaged_sessions", "session_duration"}
ADS = {"ad_impressions", "ad_clicks", "ad_spend", "ad_revenue"}
PEOPLE = {"visitors", "new_visitors"}
ALL = SITE | ADS | PEOPLE | {"key_events", "page_load"}


@pytest.mark.parametrize(
    ("kind", "quality", "measures"),
    [
        ("sampled", "sampled", ALL),
        ("thresholded", "thresholded", ALL),
        # Without channels there is nothing to lump together.
        ("other_row", "truncated", ALL - {"page_load"}),
        ("truncated", "truncated", ALL),
        ("empty_reason", "incomplete", ALL),
        ("restricted", "incomplete", {"ad_spend", "ad_revenue"}),
    ],
)
def test_quirks_become_flags(sandboxed: Callable[..., Any], kind: str, quality: str, measures: set[str]) -> None:
    """Each of the measures concerned is flagged, no other; a repair opens only where somebody can do something."""
    world = sandboxed()
    world.google.faults.add(kind, None)
    world.synced()
    assert {flag[:2] for flag in world.flags()} == {(quality, measure) for measure in measures}
    assert bool(world.repairs()) is (kind == "restricted")


def test_a_quirk_that_is_over_leaves_the_days_that_are_read_again(sandboxed: Callable[..., Any]) -> None:
    """The last days are exact once Google's answer is; of the older ones holds what was said when they were read."""
    world, calm = sandboxed(), sandboxed()
    world.google.faults.add("sampled", None)
    world.synced("traffic")
    world.google.faults.clear()
    world.synced("traffic")
    calm.synced("traffic")
    assert max(flag[3] for flag in world.flags()) == "2026-03-28"
    recent = {place: amount for place, amount in calm.days("sessions").items() if place[0] > "2026-03-28"}
    assert recent
    assert {place: amount for place, amount in world.days("sessions").items() if place[0] > "2026-03-28"} == recent


def test_a_restriction_that_is_taken_away_gives_back_the_history(sandboxed: Callable[..., Any]) -> None:
    """From the next day on the true amounts are read, however old they are, and the repair closes."""
    world, calm = sandboxed(), sandboxed()
    calm.move_by(days=1)
    calm.synced("ads")
    world.google.faults.add("restricted", None)
    world.synced("ads")
    assert world.days("ad_spend") == world.days("ad_revenue") == {}
    assert len(world.repairs()) == 2
    world.google.faults.clear()
    world.move_by(days=1)
    world.synced("ads")
    assert world.content() == calm.content()
    assert world.flags() == world.repairs() == []


@pytest.mark.parametrize("auth", ["service_account", "oauth"])
def test_an_expired_token_is_renewed(sandboxed: Callable[..., Any], auth: str) -> None:
    """By the clock and before its time; nobody notices. The refresh token lives on."""
    world = sandboxed(auth=auth)
    world.synced("traffic")
    before = world.content()
    world.google.faults.add("expired_token", 1, ":runReport")
    world.synced("traffic")
    assert world.content() == before
    tokens = [entry for entry in world.google.log if entry.path == "/token"]
    assert len(tokens) >= 2
    assert {entry.status for entry in tokens} == {200}
    assert 401 in {entry.status for entry in world.google.log}


@pytest.mark.parametrize("auth", ["service_account", "oauth"])
def test_a_revoked_access_is_one_repair(sandboxed: Callable[..., Any], auth: str) -> None:
    """Nothing changes in the ledger; who authorises again closes it, and what was missed is read."""
    world = sandboxed(auth=auth)
    world.synced("traffic")
    before = world.content()
    world.google.faults.add("revoked")
    world.move_by(hours=2)
    (run,) = world.sync("traffic").runs
    assert run.outcome == "needs_auth"
    assert world.content() == before
    assert len(world.repairs()) == 1
    world.google.faults.clear()
    connect(world.runtime, "google_analytics", dict(world.google.settings), consent=world.google.consent)
    assert world.synced("traffic").repairs() == []


def test_an_unshared_property_is_refused(sandboxed: Callable[..., Any]) -> None:
    """A wrong number and a right that is missing are one answer of Google's; both are named."""
    with pytest.raises(NeedsAuth, match=r"to kpitaps@kade-analytics.*222333444 is not the property ID"):
        sandboxed(settings={"property_id": "222333444"})
    with pytest.raises(NeedsAuth, match="the Google account that has consented"):
        sandboxed(settings={"property_id": "222333444"}, auth="oauth")


@pytest.mark.parametrize(("kind", "longest"), [("quota_hour", timedelta(hours=1)), ("quota_day", timedelta(hours=25))])
def test_a_used_up_quota_is_waited_for(sandboxed: Callable[..., Any], kind: str, longest: timedelta) -> None:
    """The stream is put off until the quota starts anew, and nothing is asked in vain."""
    world = sandboxed()
    world.google.faults.add(kind, 1, ":runReport")
    (run,) = world.sync("traffic").runs
    assert run.outcome == "retry_later"
    assert run.retry_at is not None
    assert timedelta(0) < run.retry_at - run.ended_at <= longest + timedelta(seconds=5)
    asked = len(world.google.log)
    assert world.sync("traffic").runs[0].outcome == "retry_later"
    assert len(world.google.log) == asked


@pytest.mark.parametrize(
    ("kind", "times"), [("500", 2), ("503", 3), ("cut_body", 1), ("malformed_json", 2), ("429", 1)]
)
def test_what_passes_leaves_no_trace(sandboxed: Callable[..., Any], kind: str, times: int) -> None:
    """Refusals that pass are repeated, within the errors that Google allows; no number changes."""
    world, calm = sandboxed(), sandboxed()
    world.google.faults.add(kind, times, "eports")
    world.synced()
    calm.synced()
    assert kind in {entry.note for entry in world.google.log}
    assert world.content() == calm.content()
    assert world.flags() == []


def test_advertising_without_channels(sandboxed: Callable[..., Any]) -> None:
    """Where Google cannot split advertising by channel, its sums are the same, without a label."""
    world, calm = sandboxed(ads_by_channel=False), sandboxed()
    world.synced("ads")
    calm.synced("ads")
    assert {len(place) for place in world.days("ad_clicks")} == {1}
    assert sum(map(int, world.amounts("ad_clicks").values())) == sum(map(int, calm.amounts("ad_clicks").values())) > 0
    assert world.days("ad_revenue") == calm.days("ad_revenue")
