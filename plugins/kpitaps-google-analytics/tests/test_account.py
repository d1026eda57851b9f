"""Whose figures these are, and what a person learns when Google does not show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpitaps import BadSettings, NeedsAuth
from kpitaps.store import list_connections

if TYPE_CHECKING:
    from collections.abc import Callable

DENIED = "User does not have sufficient permissions for this property. To learn more about Property ID, see …"
NO_SCOPE = "Request had insufficient authentication scopes."
DISABLED = "Google Analytics Data API has not been used in project 1234 before or it is disabled."


def test_a_small_report_tells_zone_and_currency(world: Any) -> None:
    """One request; what is connected goes by the property's number."""
    (connection,) = list_connections(world.runtime.ledger.database)
    assert (connection.account_id, connection.name) == ("234567891", "Google Analytics 234567891")
    assert (connection.time_zone, connection.currency) == ("Europe/Amsterdam", "EUR")
    ((path, body),) = world.google.asked
    assert path == "/v1beta/properties/234567891:runReport"
    assert "dimensions" not in body
    # In the furthest west 31 March still is today.
    assert body["dateRanges"] == [{"startDate": "2026-03-31", "endDate": "2026-03-31"}]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        (DENIED, r"234567891 is not the property ID.*add it as a Viewer under Admin → Property access management"),
        (DENIED, r"to kpi@project\.iam\.gserviceaccount\.com\."),
        (DENIED, "sufficient permissions"),
        (NO_SCOPE, "authorise again, and allow it: .*insufficient authentication scopes"),
        (DISABLED, "switch on the Google Analytics Data API in the Google Cloud project"),
    ],
)
def test_a_refusal_says_what_to_do(connected: Callable[..., Any], google: Any, sentence: str, words: str) -> None:
    """Google answers alike for a wrong number and a missing right: both are named, with whom to add where."""
    google.refusal = 403, sentence
    with pytest.raises(NeedsAuth, match=words):
        connected()


def test_a_right_that_is_taken_away_is_one_repair(world: Any) -> None:
    """No stream tries on; it closes by itself when the right is back."""
    world.synced()
    world.google.refusal = 403, DENIED
    assert [run.outcome for run in world.sync().runs] == ["needs_auth"]
    assert len(world.repairs()) == 1
    world.google.refusal = None
    assert world.synced().repairs() == []


@pytest.mark.parametrize("key", ["not JSON", "{}", '{"client_email": "a@b", "private_key": "no key"}'])
def test_another_file_is_no_key(connected: Callable[..., Any], key: str) -> None:
    """What is pasted must be what Google's console gives out; nothing of it is repeated."""
    with pytest.raises(BadSettings, match="paste the whole JSON file"):
        connected(service_account=key)
