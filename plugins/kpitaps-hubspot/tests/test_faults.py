"""What the tap makes of each fault of the sandbox, from the request to the ledger, the status and the repairs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from end_to_end import ledgers
from kpitaps_hubspot import objects
from kpitaps_hubspot.sandbox_properties import SCOPES

from kpitaps.app import connect
from kpitaps.errors import BadSettings, NeedsAuth
from kpitaps.testing import Story
from kpitaps.testing.story.office_events import LeadCaptured, LeadDeleted

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow  # each trouble is waited for as in life

FOUNDED = date(2026, 2, 1)
OPTIONAL = {"content", "crm.objects.feedback_submissions.read", "tickets"}


def _story() -> Story:
    return Story(founded=FOUNDED, pace=0.5)


def _content(world: Any) -> Any:
    return ledgers.content(world.runtime.ledger.database)


def _nothing_was_stored(world: Any) -> bool:
    return not any(_content(world).values())


@pytest.fixture(scope="module")
def calm(untroubled: Callable[[Story], Any]) -> Any:
    """What the ledger holds when nothing goes wrong."""
    return untroubled(_story())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "times", "where"),
    [
        ("cut_body", 1, "/search"),
        ("locked", 3, "/search"),
        ("503", 3, "/batch/read"),
        ("malformed_json", 2, "/emails"),
        ("duplicate_rows", None, None),
        ("null_calculated", None, None),
    ],
)
def test_what_passes_leaves_no_trace(
    portal: Callable[..., Any], calm: Any, kind: str, times: int | None, where: str | None
) -> None:
    """Refusals that pass are repeated; doubled rows and values that a search lacks change no number."""
    troubled = portal(_story())
    troubled.sandbox.faults.add(kind, times, where)
    troubled.synced()
    assert kind in {entry.note for entry in troubled.sandbox.log}
    assert _content(troubled) == calm


@pytest.mark.slow
def test_too_many_requests_in_ten_seconds_wait_for_the_next_ten(portal: Callable[..., Any]) -> None:
    """Nobody asks anything but searches until the ten seconds are over; then all goes on."""
    world = portal(_story())
    world.sandbox.faults.add("ten_secondly_limit", 1, "/batch/read")
    world.synced()
    assert "ten_secondly_limit" in {entry.note for entry in world.sandbox.log}


def test_a_day_that_is_used_up_waits_for_midnight(portal: Callable[..., Any]) -> None:
    """What is left of the day is not wasted on trying: the streams wait until the account's midnight."""
    world = portal(_story())
    world.sandbox.faults.add("daily_limit", None, "/search")
    result = world.sync()
    asked = len(world.sandbox.log)
    assert {run.outcome for run in result.runs if run.stream != "emails"} == {"retry_later"}
    waits = [run.retry_at - world.sandbox.clock.now() for run in result.runs if run.retry_at]
    # By the real clock: at most the 25 hours of a long day.
    assert all(timedelta(0) < wait <= timedelta(hours=25, minutes=1) for wait in waits)
    assert len(waits) >= 6
    world.sync()
    assert len(world.sandbox.log) - asked < 3
    assert world.repairs() == []


def test_an_account_that_is_being_moved_is_left_alone_for_a_while(portal: Callable[..., Any]) -> None:
    """HubSpot says with its own status when to come back; no repair asks anybody for anything."""
    world = portal(_story())
    world.sandbox.faults.add("migration", None, "0-3/search")
    result = world.sync("deals", "tickets")
    deals, tickets = result.runs
    assert (deals.outcome, tickets.outcome) == ("retry_later", "ok")
    assert deals.retry_at - deals.ended_at == timedelta(seconds=7)
    assert "477" in deals.message
    assert world.repairs() == []


def test_an_expired_access_token_is_renewed(portal: Callable[..., Any]) -> None:
    """An OAuth app asks for another one and goes on, by the clock and before its time; nobody notices."""
    world = portal(_story(), auth="oauth")
    world.synced()
    world.move_to(world.sandbox.clock.now() + timedelta(hours=1))
    world.sandbox.faults.add("expired_token", 1, "/search")
    world.synced()
    exchanges = [entry for entry in world.sandbox.log if entry.path == "/oauth/2026-03/token"]
    assert len(exchanges) >= 2
    assert {entry.status for entry in exchanges} == {200}


@pytest.mark.parametrize("auth", ["key", "oauth"])
def test_a_revoked_access_becomes_one_repair_and_closes_it(portal: Callable[..., Any], auth: str) -> None:
    """Nothing changes in the ledger, a repair says what to do, and it closes when the access works again."""
    world = portal(_story(), auth=auth)
    world.synced()
    before = _content(world)
    world.sandbox.faults.add("revoked")
    world.move_to(world.sandbox.clock.now() + timedelta(hours=2))
    result = world.sync()
    assert {run.outcome for run in result.runs} == {"needs_auth"}
    assert _content(world) == before
    assert len(world.repairs()) == 1
    assert world.lines()[0].state == "needs_auth"
    world.sandbox.faults.clear()
    if auth == "oauth":
        settings = {**world.sandbox.settings}
        connect(world.runtime, "hubspot", settings, consent=world.sandbox.consent)
    world.synced()
    assert world.repairs() == []


def test_a_scope_that_nothing_works_without_is_named(portal: Callable[..., Any]) -> None:
    """The connection is refused, and the sentence names every scope that is missing."""
    granted = set(SCOPES.values()) - {"crm.objects.deals.read", "crm.objects.owners.read"}
    with pytest.raises(NeedsAuth, match=r"crm\.objects\.deals\.read, crm\.objects\.owners\.read"):
        portal(_story(), scopes=granted)


def test_a_scope_that_is_taken_away_becomes_a_repair(portal: Callable[..., Any]) -> None:
    """The stream that meets it stops, the others go on."""
    world = portal(_story())
    world.sandbox.faults.add("missing_scope", None, "0-3/search")
    result = world.sync()
    assert {run.stream for run in result.runs if run.outcome == "needs_auth"} == {"deals", "customers"}
    assert world.repairs() == ["needs_auth:customers", "needs_auth:deals"]


def test_a_plan_without_surveys_goes_without(portal: Callable[..., Any]) -> None:
    """Streams whose scope is missing are flagged as incomplete, the others are whole; once granted, all is read."""
    world = portal(_story(), scopes=set(SCOPES.values()) - OPTIONAL)
    world.synced()
    assert world.repairs() == ["incomplete:emails", "incomplete:feedback", "incomplete:tickets"]
    assert not {"tickets_created", "csat_answers", "emails_delivered"} & {key[0] for key in world.measurements()}
    world.sandbox.scopes = frozenset(SCOPES.values())
    world.synced()
    assert world.repairs() == []
    assert {"tickets_created", "csat_answers", "emails_delivered"} <= {key[0] for key in world.measurements()}


def test_a_plan_without_tickets_stays_without(portal: Callable[..., Any]) -> None:
    """Also when the ids of all records are compared: nobody is asked for anything but the scope."""
    world = portal(_story(), scopes=set(SCOPES.values()) - OPTIONAL)
    world.synced()
    world.move_to(world.sandbox.clock.now() + timedelta(days=2))
    world.synced()
    assert world.repairs() == ["incomplete:emails", "incomplete:feedback", "incomplete:tickets"]


def test_an_optional_scope_that_is_taken_away_takes_no_number(portal: Callable[..., Any]) -> None:
    """What was read before stays, flagged: HubSpot shows no ticket and no e-mail, which does not mean they are gone."""
    world = portal(_story())
    world.synced()
    before = world.measurements()
    world.sandbox.scopes = frozenset(set(SCOPES.values()) - OPTIONAL)
    world.move_to(world.sandbox.clock.now() + timedelta(days=2))
    world.synced()
    kept = ("tickets_created", "csat_answers", "emails_delivered")
    assert {key: halves for key, halves in world.measurements().items() if key[0] in kept} == {
        key: halves for key, halves in before.items() if key[0] in kept
    }


def test_a_category_that_tickets_do_not_have_is_a_repair(portal: Callable[..., Any]) -> None:
    """HubSpot leaves out an unknown property without a word; no ticket is filed under nothing because of that."""
    world = portal(_story(), settings={"ticket_category": "categorie"})
    result = world.sync()
    assert {name for name, error in result.errors.items() if isinstance(error, BadSettings)} == {"tickets"}
    assert "no property categorie" in str(result.errors["tickets"])
    assert world.repairs() == ["bad_settings:tickets"]


def test_a_great_clearance_is_not_listed_at_every_run(
    portal: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run looks at the first of the deleted records; the daily comparison of ids finds the others."""
    monkeypatch.setattr(objects, "GONE", 100)
    world = portal()
    now = world.sandbox.clock.now()
    spam = [LeadCaptured(now - timedelta(hours=2), number, "Spam", "", "", "direct") for number in range(1, 251)]
    world.happened(*spam, LeadCaptured(now - timedelta(hours=2), 251, "Noor Bakker", "", "", "direct"))
    seen = len(world.sandbox.log)
    world.happened(*(LeadDeleted(now - timedelta(minutes=5), each.lead) for each in spam))
    assert world.days("leads") == {"2026-03-01": "151"}
    assert [entry.path for entry in world.sandbox.log[seen:]].count("/crm/objects/2026-03/0-1") == 2, "probe and list"
    world.move_to(now + timedelta(days=2))
    world.synced()
    assert world.days("leads") == {"2026-03-01": "1"}


def test_what_the_search_index_shows_late_is_found(portal: Callable[..., Any]) -> None:
    """A record that a search did not show yet when it was read is found the next time."""
    world = portal()
    now = world.sandbox.clock.now()
    event = LeadCaptured(now - timedelta(minutes=1), 1, "Noor Bakker", "noor@cafe.example", "", "direct")
    world.sandbox.story.office.append(event)
    world.sandbox.faults.add("index_lag", None)
    world.synced()
    assert world.days("leads") == {}
    world.sandbox.faults.clear()
    world.move_to(now + timedelta(minutes=15))
    world.synced()
    assert world.days("leads") == {"2026-03-01": "1"}


def test_an_account_that_stays_locked_is_a_repair(portal: Callable[..., Any]) -> None:
    """HubSpot's locks last two seconds; one that outlasts all tries is something else."""
    world = portal(_story())
    world.sandbox.faults.add("locked", None, "details")
    result = world.sync()
    assert [run.outcome for run in result.runs] == ["needs_auth"]
    assert _nothing_was_stored(world)
