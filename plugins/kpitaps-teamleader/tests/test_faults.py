"""What the tap does when Teamleader misbehaves, from the request to what `kpitaps status` says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from end_to_end import ledgers
from kpitaps_teamleader.changes import FILTERED

from kpitaps import NeedsAuth, RetryLater
from kpitaps.app import connect
from kpitaps.testing import Story

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow  # each trouble is waited for as in life

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def office(opened: Callable[..., Any]) -> Any:
    """Give two months of a small office that was read yesterday, and may be read again."""
    world = opened(Story(4, date(2026, 1, 5), orders_per_day=0.1, pace=0.5), NOW - timedelta(days=1))
    world.later(NOW - timedelta(days=1))
    world.sandbox.clock.set(NOW)
    world.sandbox.log.clear()
    return world


def rows(office: Any) -> Any:
    return ledgers.rows(office.runtime.ledger.database)


@pytest.mark.parametrize("stream", FILTERED)
def test_an_ignored_filter_leaves_the_numbers_alone_and_says_so(office: Any, stream: str) -> None:
    """The question about the year 2999 finds out: a repair opens, the stream waits, and both end by themselves."""
    before = rows(office)
    office.sandbox.faults.add("ignored_filter", None, FILTERED[stream])
    assert isinstance(office.sync(stream).errors[stream], RetryLater)
    assert rows(office) == before
    assert "ignores the filter updated_since" in office.repairs[f"advice:filter_ignored_{stream}"]
    office.sandbox.faults.clear()
    assert office.sync().errors == {}
    assert office.repairs == {}


def test_a_filter_that_is_ignored_later_is_noticed_too(office: Any) -> None:
    """Each row must be what was asked for: one that is older than the filter allows stops the stream."""
    asked = office.sandbox.window.take

    def ignore_from_now_on(*given: Any) -> Any:
        # The first question of the run, the one about the year 2999, is answered well.
        if sum(entry.path == "/deals.list" for entry in office.sandbox.log) == 1:
            office.sandbox.faults.add("ignored_filter", None, "deals.list")
        return asked(*given)

    office.sandbox.window.take = ignore_from_now_on
    before = rows(office)
    error = office.sync("deals").errors["deals"]
    assert "ignores the filter of deals.list: updated_since" in str(error)
    assert rows(office) == before


def test_a_list_that_may_not_be_read_stops_only_its_stream(office: Any) -> None:
    """The others are read; a repair says which right is missing, and closes when it was granted."""
    office.sandbox.faults.add("missing_rights", None, "timeTracking.list")
    result = office.sync()
    assert list(result.errors) == ["hours"]
    assert isinstance(result.errors["hours"], NeedsAuth)
    assert list(office.repairs) == ["needs_auth:hours"]
    office.sandbox.faults.clear()
    assert office.sync().errors == {}
    assert office.repairs == {}


def test_invoices_need_deals_for_their_rep(office: Any) -> None:
    """Without deals they would lose whose they are: they stop with them, and all else is read."""
    before = office.figures("revenue", "rep")
    office.sandbox.faults.add("missing_rights", None, "deals.list")
    assert sorted(office.sync().errors) == ["deals", "invoices"]
    assert {rep for _, rep in office.figures("revenue", "rep")} == {rep for _, rep in before}
    assert sorted(office.repairs) == ["needs_auth:deals", "needs_auth:invoices"]


def test_credit_notes_need_no_filter(office: Any) -> None:
    """All of them are read each time: a filter that is ignored does not touch them."""
    office.sandbox.faults.add("ignored_filter", None, "creditNotes.list")
    assert office.sync("credit_notes").errors == {}
    assert office.repairs == {}


def test_an_expired_token_is_renewed(office: Any) -> None:
    """Nobody notices: the token is refreshed with the next request."""
    office.sandbox.faults.add("expired_token")
    assert office.sync().errors == {}
    assert [entry.status for entry in office.sandbox.log if entry.path == "/oauth2/access_token"] == [200]


def test_an_uninstalled_integration_becomes_one_repair(office: Any) -> None:
    """The refresh is refused; nothing is touched, and consenting again mends it."""
    before = rows(office)
    office.sandbox.faults.add("revoked")
    assert all(isinstance(error, NeedsAuth) for error in office.sync().errors.values())
    assert len(office.repairs) == 1
    assert rows(office) == before
    office.sandbox.faults.clear()
    connect(office.runtime, "teamleader", dict(office.sandbox.settings), consent=office.sandbox.consent)
    assert office.sync().errors == {}
    assert office.repairs == {}


def test_a_lost_refresh_is_tried_once_more_and_then_asked_for(office: Any) -> None:
    """The token may have been used up: after a pause it is tried again, refused, and a person is asked."""
    office.sandbox.faults.add("refresh_lost")
    assert all(isinstance(error, RetryLater) for error in office.sync().errors.values())
    assert office.repairs == {}
    for broker in office.runtime._brokers.values():
        broker._pauses = (0.0,)  # half a minute at first, and more each time
    assert all(isinstance(error, NeedsAuth) for error in office.sync().errors.values())
    assert list(office.repairs) == ["needs_auth:account"]


def test_being_throttled_is_waited_for(office: Any) -> None:
    """A 429 says when to come back; the request is made again then."""
    office.sandbox.faults.add("throttled")
    assert office.sync("deals").errors == {}
    assert 429 in {entry.status for entry in office.sandbox.log}


@pytest.mark.parametrize("kind", ["duplicate_rows", "reordered_rows"])
def test_rows_that_come_twice_or_out_of_order_do_no_harm(office: Any, kind: str) -> None:
    """Each row counts once, whatever the order."""
    office.sandbox.faults.add(kind, None)
    assert office.sync().errors == {}
    office.sandbox.faults.clear()
    before = rows(office)
    assert office.sync().errors == {}
    assert rows(office) == before
