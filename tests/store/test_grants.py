"""Grants in the ledger: fences, leases, takeovers, and tokens that come too late."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from store.shelf import a_connection, open_ledger

from kpitaps.errors import LedgerUnavailable, NeedsAuth, TapBug
from kpitaps.http import Grant, Issued, Lease, PutOff, Refused, Unclear
from kpitaps.store import Database, Grants, Ledger, Vault, list_connections
from kpitaps.store.migrate import _upgrade
from kpitaps.store.tables import metadata, oauth_grant

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = Issued("access-0", 600.0, "refresh-0")
NEXT = Issued("access-1", 600.0, "refresh-1")
LATE = Issued("access-late", 600.0, "refresh-late")
GONE = Refused("used: authorise again")


class Shelf:
    """A store with one grant, and a clock that stands still."""

    def __init__(self, ledger: Ledger) -> None:
        self.now = 1_800_000_000.0
        self.ledger = ledger
        self.grants = Grants(ledger.database, ledger.vault, clock=lambda: self.now)
        self.grants.consent("toy", "user", FIRST)

    @property
    def grant(self) -> Grant:
        """The grant as anybody would read it."""
        found = self.grants.find("toy", "user")
        assert found
        return found

    def begin(self) -> Lease:
        """Take the lease for 90 s."""
        lease = self.grants.begin(self.grant, "me", seconds=90)
        assert lease
        return lease

    def settle(self, lease: Lease, outcome: Any, elapsed: float = 0.0) -> Grant:
        """Note how it ended."""
        return self.grants.settle(lease, outcome, elapsed=elapsed)

    def taken_over(self) -> tuple[Lease, Lease]:
        """Return a lease that ran out, and the one that took it over."""
        old = self.begin()
        self.now += 90
        return old, self.begin()

    def refresh_token(self) -> str:
        """Return the refresh token that would be exchanged next, after all waiting."""
        self.now += 10_000
        lease = self.begin()
        self.settle(lease, PutOff(TapBug("only looking")))
        return lease.refresh


@pytest.fixture
def shelf(database_url: str) -> Iterator[Shelf]:
    """A store with one grant, on SQLite and on PostgreSQL."""
    with open_ledger(database_url) as ledger:
        yield Shelf(ledger)


def test_a_renewal_is_stored_and_frees_the_lease(shelf: Shelf) -> None:
    """After a renewal there are new tokens and no holder; age counts from the answer, life from the question."""
    shelf.now += 600
    lease = shelf.begin()
    shelf.now += 2
    grant = shelf.settle(lease, NEXT, elapsed=2)
    assert grant.access
    assert (grant.access.value, grant.access.expires, grant.obtained_at) == ("access-1", shelf.now + 598, shelf.now)
    assert (grant.held_for, grant.doubts, grant.calls, grant.state) == (0, 0, 1, "ok")
    assert grant == shelf.grant
    assert shelf.refresh_token() == "refresh-1"


def test_nobody_else_gets_a_lease_that_is_held(shelf: Shelf) -> None:
    """While a lease runs, others read for how long, and are not given one."""
    shelf.begin()
    shelf.now += 30
    assert shelf.grant.held_for == 60
    assert shelf.grants.begin(shelf.grant, "other", seconds=90) is None


def test_a_lease_is_for_the_grant_as_it_was_read(shelf: Shelf) -> None:
    """Whoever read the row before a renewal is told to look again, although the lease is free."""
    seen = shelf.grant
    shelf.settle(shelf.begin(), NEXT)
    assert shelf.grants.begin(seen, "other", seconds=90) is None


def test_of_many_threads_one_gets_the_lease(shelf: Shelf) -> None:
    """Twelve threads that read the same row and reach for the lease at once: one has it."""
    seen, start = shelf.grant, threading.Barrier(12)

    def reach(number: int) -> Lease | None:
        start.wait()
        return shelf.grants.begin(seen, f"thread {number}", seconds=90)

    with ThreadPoolExecutor(12) as pool:
        assert sum(lease is not None for lease in pool.map(reach, range(12))) == 1


def test_a_lease_that_ran_out_is_taken_over_with_a_higher_fence(shelf: Shelf) -> None:
    """The next holder exchanges the same refresh token, and the row knows that it is the second try."""
    old, new = shelf.taken_over()
    assert (new.fence, new.refresh) == (old.fence + 1, old.refresh)
    assert (shelf.grant.doubts, shelf.grant.held_for) == (1, 90)
    shelf.now += 90
    assert shelf.grant.doubts == 2


def test_a_lease_that_ran_out_is_good_until_it_is_taken_over(shelf: Shelf) -> None:
    """Who is late, but was not missed, stores as usual."""
    lease = shelf.begin()
    shelf.now += 1000
    assert shelf.settle(lease, NEXT).state == "ok"
    assert shelf.refresh_token() == "refresh-1"


@pytest.mark.parametrize("outcome", [GONE, Unclear("silence"), PutOff(TapBug("x"), 50, counted=True), Issued("a", 9)])
def test_a_stale_fence_changes_nothing(shelf: Shelf, outcome: Any) -> None:
    """What an old holder says after the takeover is refused, unless it brings a refresh token."""
    old, _ = shelf.taken_over()
    before = shelf.grant
    assert shelf.settle(old, outcome) == before == shelf.grant


@pytest.mark.parametrize("end", [GONE, Unclear("silence")], ids=["broken", "in doubt"])
def test_a_late_token_takes_the_place_of_the_one_it_was_exchanged_for(shelf: Shelf, end: Any) -> None:
    """When the takeover has come to nothing, the late answer is the next link of the chain: the grant is good again."""
    old, new = shelf.taken_over()
    shelf.settle(new, end)
    grant = shelf.settle(old, LATE, elapsed=100)
    assert grant.access
    assert (grant.state, grant.doubts, grant.message) == ("ok", 0, "")
    assert (grant.access.value, grant.access.expires) == ("access-late", shelf.now + 500)
    assert shelf.refresh_token() == "refresh-late"


@pytest.mark.parametrize("end", [GONE, Unclear("silence")])
def test_a_late_token_is_kept_while_another_is_under_way(shelf: Shelf, end: Any) -> None:
    """A late token waits beside the present one, and takes its place if that comes to nothing."""
    old, new = shelf.taken_over()
    before = shelf.grant
    after = shelf.settle(old, LATE)
    assert (after.access, after.held_for) == (before.access, before.held_for)
    grant = shelf.settle(new, end)
    assert grant.access
    assert (grant.state, grant.access.value, grant.doubts) == ("ok", "access-late", 0)
    assert shelf.refresh_token() == "refresh-late"


def test_a_late_token_is_taken_when_the_other_holder_was_killed_too(shelf: Shelf) -> None:
    """A lease that ran out with a late token beside it: that token is next, not a third try of the present one."""
    old, _ = shelf.taken_over()
    shelf.settle(old, LATE)
    shelf.now += 90
    assert shelf.grants.begin(shelf.grant, "next", seconds=90) is None
    assert shelf.begin().refresh == "refresh-late"


def test_a_late_token_never_replaces_a_newer_one(shelf: Shelf) -> None:
    """When the takeover brought a token, that one is used; the late one is tried once, when it is refused."""
    old, new = shelf.taken_over()
    shelf.settle(new, NEXT)
    shelf.settle(old, LATE)
    assert shelf.refresh_token() == "refresh-1"
    assert shelf.settle(shelf.begin(), GONE).state == "ok"
    lease = shelf.begin()
    assert lease.refresh == "refresh-late"
    grant = shelf.settle(lease, GONE)
    assert (grant.state, grant.message) == ("broken", GONE.message)


def test_a_late_refresh_token_alone_is_kept_as_well(shelf: Shelf) -> None:
    """An error body's refresh token that comes late is the next one; there is no access token yet."""
    old, new = shelf.taken_over()
    shelf.settle(new, GONE)
    grant = shelf.settle(old, PutOff(TapBug("too early"), refresh="refresh-late"))
    assert (grant.state, grant.access) == ("ok", None)
    assert shelf.refresh_token() == "refresh-late"


def test_an_answer_that_is_stored_twice_is_stored_once(shelf: Shelf) -> None:
    """A store that lost its connection amid a commit is told again, perhaps after a takeover: nothing changes."""
    lease = shelf.begin()
    shelf.settle(lease, NEXT)
    assert shelf.settle(lease, NEXT).state == "ok"
    shelf.now += 600
    shelf.settle(shelf.begin(), PutOff(TapBug("busy")))
    before = shelf.grant
    assert shelf.settle(lease, NEXT) == before


def test_a_new_consent_ends_the_chain_before(shelf: Shelf) -> None:
    """What was issued under an earlier consent is refused, be it late or in time; all that was wrong is forgotten."""
    old, new = shelf.taken_over()
    shelf.settle(new, GONE)
    grant = shelf.grants.consent("toy", "user", NEXT)
    assert (grant.state, grant.message, grant.doubts) == ("ok", "", 0)
    assert shelf.settle(old, LATE) == shelf.settle(new, LATE) == shelf.grant
    assert shelf.refresh_token() == "refresh-1"


def test_a_broken_grant_gives_no_lease_to_those_who_read_it_before(shelf: Shelf) -> None:
    """Who saw the grant while it was good does not ask the source once more."""
    seen = shelf.grant
    shelf.settle(shelf.begin(), GONE)
    assert shelf.grant.since == shelf.now
    assert shelf.grants.begin(seen, "other", seconds=90) is None


def test_a_put_off_renewal_is_no_doubt(shelf: Shelf) -> None:
    """A source that was busy leaves the token as it was; the second try after a doubt is still the second."""
    shelf.settle(shelf.begin(), PutOff(TapBug("busy"), 30))
    assert (shelf.grant.doubts, shelf.grant.retry_at, shelf.grant.message) == (0, shelf.now + 30, "busy")
    shelf.settle(shelf.begin(), Unclear("silence"))
    assert (shelf.grant.doubts, shelf.grant.held_for, shelf.grant.tried_at) == (1, 0, shelf.now)
    shelf.settle(shelf.begin(), PutOff(TapBug("busy")))
    assert shelf.grant.doubts == 1


def test_counters_are_of_this_day_and_this_hour(shelf: Shelf) -> None:
    """Token calls count per UTC day, errors until an hour has gone by without one."""
    for _ in range(3):
        shelf.settle(shelf.begin(), PutOff(TapBug("early"), counted=True))
        shelf.now += 3000
    assert (shelf.grant.calls, shelf.grant.errors) == (3, 3)
    shelf.now += 600
    assert (shelf.grant.calls, shelf.grant.errors) == (3, 0)
    shelf.now += 86_400
    assert shelf.grant.calls == 0
    shelf.settle(shelf.begin(), PutOff(TapBug("early"), counted=True))
    assert (shelf.grant.calls, shelf.grant.errors) == (1, 1)


def test_a_refused_access_token_is_refused_for_all(shelf: Shelf) -> None:
    """A refusal counts for the token that is there, and for no other; a token that lived its life clears the count."""
    shelf.grants.refuse(shelf.grant, "another")
    assert shelf.grant.access
    shelf.grants.refuse(shelf.grant, "access-0")
    assert (shelf.grant.access, shelf.grant.refused) == (None, 1)
    assert shelf.settle(shelf.begin(), NEXT).refused == 1
    assert shelf.settle(shelf.begin(), LATE).refused == 0


def test_tokens_are_encrypted(shelf: Shelf) -> None:
    """No token is in the table, nor in what a grant or lease shows of itself; another key opens nothing."""
    old, new = shelf.taken_over()
    shelf.settle(old, LATE)
    with shelf.ledger.database.read() as connection:
        row = connection.execute(sa.select(oauth_grant)).one()
    for secret in ("access-0", "refresh-0", "access-late", "refresh-late"):
        assert secret not in f"{row!r} {shelf.grant!r} {new!r} {LATE!r}"
    stranger = Grants(shelf.ledger.database, Vault("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="))
    with pytest.raises(LedgerUnavailable, match="encrypted with another key"):
        stranger.find("toy", "user")


def test_a_grant_that_no_connection_uses_is_forgotten(shelf: Shelf) -> None:
    """Nothing is left of a grant that nobody uses any more, and who was renewing it is told."""
    lease = shelf.begin()
    a_connection(shelf.ledger, grant="user")
    assert shelf.grants.find("toy", "user")
    a_connection(shelf.ledger, grant=None)
    assert shelf.grants.find("toy", "user") is None
    with pytest.raises(NeedsAuth, match="was removed"):
        shelf.settle(lease, NEXT)


def test_the_stores_own_clock_is_the_servers(shelf: Shelf) -> None:
    """Without a clock of its own the store takes a common one, in UTC seconds."""
    import time

    common = Grants(shelf.ledger.database, shelf.ledger.vault)
    found = common.find("toy", "user")
    assert found
    assert abs(found.now - time.time()) < 60


def test_migrations_make_the_table_that_the_code_expects(shelf: Shelf) -> None:
    """The table has the columns, in name and order, that the code knows."""
    with shelf.ledger.database.read() as connection:
        columns = [column["name"] for column in sa.inspect(connection).get_columns("oauth_grant")]
    assert columns == list(metadata.tables["oauth_grant"].columns.keys())


def test_a_ledger_of_the_release_before_is_migrated(database_url: str) -> None:
    """A ledger without grants gets their table when it is opened, and its connections have none."""
    database = Database(database_url)
    with database.write() as connection:
        _upgrade(connection, "0001")
        connection.execute(sa.text("INSERT INTO company VALUES (1, 'main', 'Acme', 'EUR', 'UTC', 0, 1)"))
        old = sa.text(
            "INSERT INTO connection (id, company_id, tap, name, account_id, account_name, time_zone, currency,"
            " settings, secrets, salt, created_at)"
            " VALUES (1, 1, 'toy', 'acme', '1', 'Acme', 'UTC', 'EUR', '{}', :raw, :raw, 0)"
        )
        connection.execute(old, {"raw": b"0123456789abcdef"})
    database.close()
    with open_ledger(database_url) as ledger:
        assert Grants(ledger.database, ledger.vault).find("toy", "user") is None
        (kept,) = list_connections(ledger.database)
        assert (kept.name, kept.grant_key, kept.stopped_at) == ("acme", None, None)
