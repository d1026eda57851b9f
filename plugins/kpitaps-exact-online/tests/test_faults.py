"""What the tap does when Exact Online misbehaves, from the request to what `kpitaps status` says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from end_to_end import ledgers

from kpitaps import BadSettings, NeedsAuth, RetryLater
from kpitaps.app import connection_statuses
from kpitaps.testing import Story
from kpitaps.testing.story.book_events import EntryDeleted
from kpitaps.testing.story.book_world import OTHER

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Desk, World

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def busy(opened: Callable[..., Any]) -> Any:
    """Give two months of small books that were read yesterday, and may be read again."""
    world = opened(Story(4, date(2026, 1, 5), orders_per_day=0.1, pace=0.3), NOW - timedelta(days=1))
    world.later(NOW - timedelta(days=1))
    world.sandbox.clock.set(NOW)
    world.sandbox.log.clear()
    return world


def rows(world: Any) -> Any:
    return ledgers.rows(world.runtime.ledger.database)


def repairs(desk: Desk) -> dict[str, str]:
    return {r.code: r.message for status in connection_statuses(desk.runtime) for r in status.repairs}


# --- rights ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "stream", "said"),
    [
        ("crm/Opportunities", "opportunities", "opportunities"),
        ("sync/Project/TimeCostTransactions", "hours", "hours and costs"),
        ("sync/Payroll/Employees", "hours", "employees"),
        ("sync/Subscription/Subscriptions", "subscriptions", "subscriptions"),
        ("subscription/SubscriptionTypes", "subscriptions", "subscriptions"),
    ],
)
def test_a_missing_right_stops_only_its_stream(opened: Callable[..., Any], path: str, stream: str, said: str) -> None:
    """Not every package has everything: the books are read, and one repair names the right."""
    world = opened(Story(4, date(2026, 1, 5), orders_per_day=0.1, pace=0.5), NOW)
    world.sandbox.faults.add("missing_right", None, path)
    result = world.sync()
    assert list(result.errors) == [stream]
    assert isinstance(result.errors[stream], NeedsAuth)
    assert said in world.repairs[f"needs_auth:{stream}"]
    # Exact's own words, which stand in a header only.
    assert "The user does not have the rights for this" in world.repairs[f"needs_auth:{stream}"]
    assert world.figures("revenue")
    world.sandbox.faults.clear()
    assert world.sync().errors == {}
    assert world.repairs == {}


@pytest.mark.slow
def test_without_the_right_to_see_deletions_they_are_found_within_a_week(books: World) -> None:
    """A repair says so and names the right; the weekly reading of everything shows what has gone."""
    books.sandbox.faults.add("no_deleted_right", None)
    entry = books.entry("2026-03-02", OTHER, books.line("4300", 5_000), books.line("1000", -5_000))
    books.booked(entry)
    books.booked(EntryDeleted(datetime(2026, 3, 3, tzinfo=UTC), entry.entry))
    assert books.days("operating_costs") == {"2026-03-02": "50"}
    assert "Retrieve deleted records through web services" in books.repairs["advice:no_deletions"]
    assert books.later(datetime(2026, 3, 10, tzinfo=UTC)).days("operating_costs") == {}
    books.sandbox.faults.clear()
    assert books.later(datetime(2026, 3, 11, tzinfo=UTC)).repairs == {}


# --- which company ---------------------------------------------------------------------------------------------------


def test_of_several_companies_one_must_be_chosen(opened: Callable[..., Any]) -> None:
    """The refusal names those that the user sees, the archived one left out."""
    other = Story(founded=date(2100, 1, 1), name="Tweede B.V.")
    with pytest.raises(BadSettings, match=r"choose one of .*: \d+ \(.*De Kade\), \d+ \(Tweede B.V.\)$"):
        opened(others=[other])


def test_a_company_is_chosen_by_its_code(opened: Callable[..., Any], books: World) -> None:
    """Also one that the user did not look at last; its books are read, and no others."""
    code = books.sandbox.division
    world = opened(others=[Story(founded=date(2100, 1, 1), name="Tweede B.V.")], settings={"division": code + 1})
    (status,) = connection_statuses(world.runtime)
    assert (status.connection.account_id, status.connection.account_name) == (str(code + 1), "Tweede B.V.")
    assert world.sync().errors == {}
    paths = {entry.path for entry in world.sandbox.log if "/sync/" in entry.path}
    assert all(path.startswith(f"/api/v1/{code + 1}/") for path in paths)


@pytest.mark.parametrize(
    ("plus", "error", "said"),
    [(1, BadSettings, "is not active"), (2, NeedsAuth, "NoDivisionAccess"), (900, NeedsAuth, "no access to division")],
)
def test_a_company_that_cannot_be_read(
    opened: Callable[..., Any], books: World, plus: int, error: type[Exception], said: str
) -> None:
    """An archived one, one that the user may not see, one that does not exist: each is refused while connecting."""
    with pytest.raises(error, match=said):
        opened(settings={"division": books.sandbox.division + plus})


@pytest.mark.slow
def test_a_company_that_was_moved_is_read_anew(busy: Any) -> None:
    """All row versions are new and lower: everything is loaded beside what is there, and is the same in the end."""
    before = {measure: busy.days(measure) for measure in ("revenue", "assets", "receivables_open", "time_worked")}
    busy.sync()
    expected = {measure: busy.days(measure) for measure in before}
    busy.sandbox.move()
    busy.later(NOW + timedelta(minutes=10))
    assert {measure: busy.days(measure) for measure in before} == expected
    entry = busy.entry("2026-03-02", OTHER, busy.line("4300", 5_000), busy.line("1000", -5_000), at=NOW)
    was = busy.figures("operating_costs").get(("2026-03-02",), 0)
    busy.booked(entry)
    assert busy.figures("operating_costs")["2026-03-02",] - was == 50


# --- limits and pages ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_full_day_is_left_for_tomorrow(busy: Any) -> None:
    """What was to be read is put off until midnight; nothing is touched."""
    before = rows(busy)
    busy.sandbox.faults.add("daily_limit", None)
    assert all(isinstance(error, RetryLater) for error in busy.sync().errors.values())
    assert rows(busy) == before
    assert sum(entry.status == 429 for entry in busy.sandbox.log) == 1


@pytest.mark.slow
def test_links_that_are_left_out(busy: Any) -> None:
    """The key is always asked for, and a full page without a link is not taken for the last."""
    busy.sandbox.faults.add("next_dropped", None)
    assert busy.sync().errors == {}
    busy.sandbox.faults.clear()
    before = rows(busy)
    assert busy.sync().changed == 0
    assert rows(busy) == before


# --- tokens and limits, in virtual time ------------------------------------------------------------------------------


@pytest.fixture
def small(desk: Callable[..., Desk]) -> Desk:
    here = desk(Story(3, date(2026, 2, 20), orders_per_day=0.1, pace=0.2))
    assert here.sync().errors == {}
    here.sandbox.log.clear()
    return here


@pytest.mark.parametrize("kind", ["minutely_limit", "limit_with_remaining"])
def test_a_full_minute_is_waited_for(small: Desk, kind: str) -> None:
    """A 429 tells when the minute is over, in milliseconds, and maybe that there is room left: it is believed."""
    small.time.pass_by(900)
    small.sandbox.faults.add(kind, 1, "sync/Financial/TransactionLines")
    began = small.time()
    assert small.sync().errors == {}
    assert [entry.status for entry in small.sandbox.log if "TransactionLines" in entry.path] == [429, 200]
    # Nothing else takes any time here.
    assert 1 <= small.time() - began <= 61


@pytest.mark.parametrize("kind", ["expired_token", "early_refresh", "early_rotates", "used_refresh"])
@pytest.mark.slow
def test_a_token_that_is_refused_too_soon_waits_for_its_time(small: Desk, kind: str) -> None:
    """No new one is to be had before 570 s, so nobody asks; ten minutes later all is well, or a person is asked."""
    small.sandbox.faults.add(kind)
    assert all(isinstance(error, RetryLater) for error in small.sync().errors.values())
    assert not [entry for entry in small.sandbox.log if "oauth2/token" in entry.path]
    small.sandbox.faults.clear()
    small.time.pass_by(600)
    errors = small.sync().errors
    small.time.pass_by(600)
    if kind == "used_refresh":
        assert all(isinstance(error, NeedsAuth) for error in errors.values())
        assert "Old refresh token used" in repairs(small)["needs_auth:account"]
    else:
        assert small.sync().errors == {}
    assert small.sandbox.breaches == []


@pytest.mark.parametrize("kind", ["early_refresh", "early_rotates"])
def test_a_refusal_as_too_early_is_not_the_end(small: Desk, kind: str) -> None:
    """It may carry the next refresh token, which is kept: the token after it works."""
    small.time.pass_by(900)
    small.sandbox.faults.add(kind, 1, "oauth2/token")
    assert all(isinstance(error, RetryLater) for error in small.sync().errors.values())
    small.time.pass_by(600)
    assert small.sync().errors == {}
    assert small.sandbox.breaches == []
    assert repairs(small) == {}


def test_a_consent_that_was_taken_back(small: Desk) -> None:
    """Within ten minutes, when the next token is due, it becomes one repair."""
    small.sandbox.faults.add("revoked")
    assert all(isinstance(error, RetryLater) for error in small.sync().errors.values())
    small.time.pass_by(600)
    assert all(isinstance(error, NeedsAuth) for error in small.sync().errors.values())
    assert list(repairs(small)) == ["needs_auth:account"]
    assert small.sandbox.breaches == []
