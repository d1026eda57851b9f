"""The token broker's rules, each against a real provider and a real ledger."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from parts.oauth_provider import HOST
from parts.oauth_world import TERMS, World, world

from kpitaps.errors import LedgerUnavailable, NeedsAuth, RetryLater
from kpitaps.http import AuthorizationCode, Http, RetryPolicy
from kpitaps.http.broker import LEASE, PAUSES
from kpitaps.http.wire import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXACT = replace(TERMS, min_age=570, refresh_life=30 * 86_400, token_calls_a_day=200, errors_an_hour=10)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A provider and a ledger, with one grant whose token has just been issued."""
    with world(f"sqlite:///{tmp_path / 'ledger.db'}") as found:
        found.consent()
        yield found


def _lost(here: World) -> None:
    """Let the provider's next token answer be lost after its work is done."""

    def rotate_and_say_nothing(form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with here.provider.lock:
            here.provider.work(form)
        return 0, {}

    here.provider.script.append(rotate_and_say_nothing)


def _says(here: World, status: int, body: dict[str, Any] | None = None, times: int = 1) -> None:
    here.provider.script.extend([lambda _: (status, body or {})] * times)


def test_a_token_that_is_fresh_is_used(here: World) -> None:
    """Nothing is renewed before it is needed."""
    http = here.http()
    assert http.get("/orders").ok
    here.clock.now += 3600 - 181
    assert http.get("/orders").ok
    assert here.provider.forms == []


def test_a_token_near_its_end_is_renewed_and_the_chain_goes_on(here: World) -> None:
    """A renewal stores the next refresh token, which is used for the one after."""
    http = here.http()
    for _ in range(3):
        here.clock.now += 3600
        assert http.get("/orders").ok
    assert (here.provider.count("rotated"), here.provider.revoked()) == (3, set())


def test_another_process_takes_the_stored_token(here: World) -> None:
    """What one process has renewed, all others use."""
    here.clock.now += 3600
    assert here.http().get("/orders").ok
    assert here.http().get("/orders").ok
    assert len(here.provider.forms) == 1


def test_no_consent_yet_is_for_a_person(here: World) -> None:
    """A connection whose grant is not there says that somebody must authorise."""
    with pytest.raises(NeedsAuth, match="has not been authorised"):
        here.http(broker=here.broker("nobody")).get("/orders")


def test_without_a_broker_nobody_has_consented(here: World) -> None:
    """A tap that needs a grant can be bound before there is one."""
    auth = TERMS.bind({"client_id": "a", "client_secret": "bcde"})
    with (
        Http(f"https://{HOST}", [HOST], auth=auth, routes={HOST: here.provider.url}) as http,
        pytest.raises(NeedsAuth, match="nobody has authorised"),
    ):
        http.get("/orders")


def test_the_token_is_committed_before_it_is_used(here: World) -> None:
    """When the API sees a new access token, the ledger already has it and its refresh token."""
    seen: list[tuple[int, Any]] = []
    api = here.provider.api

    def look(authorization: str) -> Any:
        grant = here.grants.find("toy", "user")
        assert grant
        assert grant.access
        seen.append((authorization == f"Bearer {grant.access.value}", grant.held_for))
        return api(authorization)

    here.provider.api = look  # type: ignore[method-assign]
    here.clock.now += 3600
    here.http().get("/orders")
    assert seen == [(True, 0)]


def test_the_intent_is_committed_before_the_request(here: World) -> None:
    """When the provider is asked, the row says by whom, since when, and under which fence; and it is not locked."""
    here.clock.now += 3600
    before, rows = here.row(), []

    def look(_: dict[str, str]) -> None:
        rows.append(here.row())
        with here.ledger.database.write():  # another writer is not held up
            pass

    here.provider.script.append(look)
    here.http().get("/orders")
    (row,) = rows
    assert (row.fence, row.intent_fence, row.calls) == (before.fence + 1, before.fence + 1, 1)
    assert row.intent_at == here.clock.now * 1e6
    assert row.lease_until - row.intent_at == LEASE * 1e6
    assert row.owner
    assert here.row().intent_at is None


def test_the_lease_outlasts_the_http_deadline() -> None:
    """Nobody takes a lease over while the slowest allowed request may still be answered."""
    assert Bounds().total < LEASE * 3 / 4


def test_threads_renew_once(here: World) -> None:
    """Of sixteen threads over four processes' brokers one renews, the others take its token."""
    clients = [here.http(broker=here.broker(sleep=threading.Event().wait)) for _ in range(4)]
    here.clock.now += 3600
    here.provider.before = lambda: threading.Event().wait(0.2)  # type: ignore[assignment,return-value]
    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(lambda number: clients[number % 4].get("/orders").ok, range(16)))
    assert (len(here.provider.forms), here.provider.count("turned away")) == (1, 0)


def test_no_renewal_before_the_minimum_age(here: World) -> None:
    """A token of 600 s that may not be renewed before 570 s is used until then, and renewed after."""
    here.provider.life, here.provider.min_age = "600", 570
    here.consent()
    http = here.http(EXACT)
    here.clock.now += 569
    assert http.get("/orders").ok
    assert here.provider.forms == []
    here.clock.now += 2
    assert http.get("/orders").ok
    assert here.provider.count("rotated") == 1


def test_a_refused_token_is_not_renewed_too_early(here: World) -> None:
    """A 401 before the minimum age puts the run off until then; the source is not asked."""
    here.provider.min_age = 570
    http = here.http(EXACT, policy=RetryPolicy.testing())
    here.provider._access.clear()
    here.clock.now += 100
    with pytest.raises(RetryLater, match="no new token for another 470 s") as caught:
        http.get("/orders")
    assert caught.value.after == 470
    assert here.provider.forms == []
    here.clock.now += 470
    assert http.get("/orders").ok


def test_two_refused_tokens_in_a_row_are_for_a_person(here: World) -> None:
    """A source that refuses what it has just issued is not asked every ten minutes in silence."""
    http = here.http(EXACT, policy=RetryPolicy.testing())
    here.provider.after = here.provider._access.clear
    here.clock.now += 3600
    with pytest.raises(RetryLater, match="no new token for another 570 s"):
        http.get("/orders")
    here.clock.now += 600
    for _ in range(3):
        with pytest.raises(NeedsAuth, match="refuses access tokens it has just issued"):
            http.get("/orders")
    assert len(here.provider.forms) == 2


def test_without_a_minimum_age_a_refused_token_is_renewed_at_once(here: World) -> None:
    """A 401 is answered by one new token and one more try."""
    here.provider._access.clear()
    assert here.http().get("/orders").ok
    assert here.provider.count("rotated") == 1


def test_a_late_refusal_leaves_the_new_token_alone(here: World) -> None:
    """A thread that was refused with the old token takes the new one, which another has fetched meanwhile."""
    broker = here.broker()
    old = broker.token(TERMS.rules, lambda _: pytest.fail("asked"))
    here.clock.now += 3600
    here.http().get("/orders")
    broker.drop(old)
    assert here.http(broker=broker).get("/orders").ok
    assert here.provider.count("rotated") == 1


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, {"error": "invalid_grant"}, "refused the refresh token with 400"),
        (401, {"error_description": "Old refresh token used"}, "with 401 .*Old refresh token used"),
        (400, {"errors": [{"title": "uninstalled"}]}, "uninstalled"),
        (403, {"error": "invalid_grant"}, "with 403"),
        (401, {"error": "invalid_client"}, "invalid_client"),
        (200, {"error": "bad_refresh_token"}, "bad_refresh_token"),
    ],
)
def test_a_refused_grant_is_broken_until_a_new_consent(here: World, status: int, body: Any, words: str) -> None:
    """The first refusal ends the grant: the source is left alone, all say the same, and a consent mends it."""
    here.clock.now += 3600
    _says(here, status, body)
    messages = set()
    for http in (here.http(), here.http()):
        for _ in range(3):
            with pytest.raises(NeedsAuth, match=words) as caught:
                http.get("/orders")
            messages.add(str(caught.value))
            here.clock.now += 5000
    (message,) = messages
    assert message.endswith("on 2027-01-15 13:00 UTC: authorise again")
    assert len(here.provider.forms) == 1
    here.consent()
    assert http.get("/orders").ok


def test_an_unused_grant_that_died_says_since_when(here: World) -> None:
    """A grant beyond its source's patience tells why it was refused."""
    here.clock.now += 31 * 86_400
    _says(here, 400, {"error": "invalid_grant"})
    with pytest.raises(NeedsAuth, match=r"it was not used since 2027-01-15 12:00 UTC: authorise again"):
        here.http(EXACT).get("/orders")


def test_an_answer_that_is_lost_is_asked_for_once_more(here: World) -> None:
    """A request that the source never worked on is repeated after a pause, with the same token, and all is well."""
    here.clock.now += 3600
    _says(here, 0)
    began = here.clock.now
    assert here.http().get("/orders").ok
    assert len(here.provider.forms) == 2
    assert here.provider.forms[0] == here.provider.forms[1]
    assert here.clock.now - began >= PAUSES[0]


def test_a_rotation_that_is_lost_ends_in_one_repair(here: World) -> None:
    """If the source had worked on it, the second try is refused: one repair that says why, and nothing more asked."""
    here.clock.now += 3600
    _lost(here)
    http = here.http()
    messages = set()
    for _ in range(4):
        with pytest.raises(
            NeedsAuth, match=r"a renewal begun on .* was cut off, .* is lost: authorise again"
        ) as caught:
            http.get("/orders")
        messages.add(str(caught.value))
        here.clock.now += 7200
    assert (len(messages), len(here.provider.forms)) == (1, 2)


@pytest.mark.parametrize("status", [0, 500, 502, 504])
def test_a_source_that_stays_silent_becomes_a_repair_that_closes_itself(here: World, status: int) -> None:
    """After the second try without an answer a person is told; the token is tried again after ever longer pauses."""
    here.clock.now += 3600
    _says(here, status, times=4)
    http, asked, messages = here.http(), [], []
    for _ in range(600):
        try:
            http.get("/orders")
            break
        except NeedsAuth as error:
            messages.append(str(error))
        asked.append(len(here.provider.forms))
        here.clock.now += 60
    assert len(here.provider.forms) == 5
    assert sorted(set(asked)) == [2, 3, 4]
    assert all("renewals brought no answer" in message for message in messages)
    assert here.row().doubts == 0


def test_a_request_that_never_left_is_no_doubt(here: World) -> None:
    """Without a network the second try is not used up."""
    here.clock.now += 3600
    broker = here.broker()
    auth = TERMS.bind({"client_id": "client-1", "client_secret": "client secret & more"}, broker=broker)
    with (
        Http(
            f"https://{HOST}", [HOST], auth=auth, routes={HOST: "http://127.0.0.1:9"}, policy=RetryPolicy.testing()
        ) as http,
        pytest.raises(RetryLater, match="could not be reached"),
    ):
        http.get("/orders")
    assert here.row().doubts == 0
    assert here.row().intent_at is None
    assert here.http().get("/orders").ok


def test_a_source_that_is_busy_is_asked_again(here: World) -> None:
    """429 and 503 say that nothing was done: they are repeated like any request."""
    here.clock.now += 3600
    _says(here, 429)
    _says(here, 503)
    assert here.http().get("/orders").ok
    assert here.row().doubts == 0


@pytest.mark.parametrize("status", [0, 429, 502, 503])
def test_a_token_that_cannot_be_renewed_now_is_used_to_its_end(here: World, status: int) -> None:
    """While the token endpoint is down, the last minutes of a token are better than nothing."""
    http = here.http(policy=RetryPolicy.testing())
    here.clock.now += 3500
    _says(here, status, times=4)
    assert [http.get("/orders").ok for _ in range(3)] == [True, True, True]
    assert len(here.provider.forms) == 1
    here.clock.now += 96
    with pytest.raises((NeedsAuth, RetryLater)):
        http.get("/orders")
    assert here.provider.count("turned away") == 0


def test_an_error_that_carries_a_refresh_token_is_honoured(here: World) -> None:
    """Exact may answer "too early" and rotate all the same: the new refresh token is the one that counts."""
    here.clock.now += 3600

    def early(form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with here.provider.lock:
            _, tokens = here.provider.work(form)
        return 400, {"error": "access_denied", "refresh_token": tokens["refresh_token"]}

    here.provider.script.append(early)
    assert here.http(EXACT).get("/orders").ok
    assert here.provider.forms[0]["refresh_token"] != here.provider.forms[1]["refresh_token"]
    assert (here.row().errors, here.provider.revoked()) == (1, set())


def test_an_error_that_carries_both_tokens_is_a_renewal(here: World) -> None:
    """Whatever the status: an access token is an access token."""
    here.clock.now += 3600
    here.provider.script.append(lambda form: (400, here.provider.work(form)[1] | {"error": "access_denied"}))
    assert here.http(EXACT).get("/orders").ok
    assert len(here.provider.forms) == 1


def test_the_error_budget_is_not_spent(here: World) -> None:
    """One short of the errors at which the source blocks us, it is left alone until an hour has passed without one."""
    here.clock.now += 3600
    _says(here, 400, {"error": "access_denied"}, times=20)
    http = here.http(EXACT, policy=RetryPolicy.testing())
    for _ in range(30):
        with pytest.raises(RetryLater) as caught:
            http.get("/orders")
        here.clock.now += 61
    assert "the source blocks at 10" in str(caught.value)
    assert len(here.provider.forms) == 9
    here.provider.script.clear()
    here.clock.now += 3600
    assert http.get("/orders").ok


def test_the_days_token_calls_are_not_spent(here: World) -> None:
    """After the day's last token call the source is left alone until midnight UTC."""
    here.provider.life = 60
    http = here.http(replace(EXACT, min_age=0, token_calls_a_day=3), policy=RetryPolicy.testing())
    here.clock.now += 3600
    for _ in range(3):
        assert http.get("/orders").ok
        here.clock.now += 60
    with pytest.raises(RetryLater, match="all 3 token calls of this day are used") as caught:
        http.get("/orders")
    assert caught.value.after is not None
    here.clock.now += caught.value.after
    assert here.clock.now % 86_400 == 0
    assert http.get("/orders").ok


def test_a_dead_holders_lease_is_waited_for_and_taken_over(here: World) -> None:
    """A lease whose holder was killed before the request is taken over when it has run out, with a higher fence."""
    here.clock.now += 3600
    grant = here.grants.find("toy", "user")
    assert grant
    assert here.grants.begin(grant, "killed", seconds=LEASE)
    began = here.clock.now
    assert here.http().get("/orders").ok
    assert LEASE <= here.clock.now - began < LEASE + 1
    assert (here.row().fence, here.row().doubts) == (3, 0)


def test_an_answer_that_cannot_be_stored_is_kept(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the ledger cannot be written the new tokens stay in memory, unused; they are stored before all else."""
    here.clock.now += 3600
    http = here.http()
    settle = here.grants.settle

    def broken(*_: Any, **__: Any) -> Any:
        raise LedgerUnavailable("the disk is full")

    monkeypatch.setattr(here.grants, "settle", broken)
    with pytest.raises(LedgerUnavailable):
        http.get("/orders")
    assert here.provider.count("used") == 0
    here.clock.now += 2 * LEASE
    monkeypatch.setattr(here.grants, "settle", settle)
    assert http.get("/orders").ok
    assert (here.provider.count("rotated"), here.provider.revoked()) == (1, set())


def test_the_late_answer_of_a_suspended_process_saves_the_grant(here: World) -> None:
    """A process that slept through its lease brings the only good refresh token: the repair it had caused is gone."""
    here.clock.now += 3600
    asleep, woken = here.broker(), []

    def sleep_after_the_answer(form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with here.provider.lock:
            answer = here.provider.work(form)
        woken.append(form)
        here.clock.now += 2 * LEASE
        here.provider.script.append(lambda _: (400, {"error": "invalid_grant"}))  # a source that revokes nothing
        with pytest.raises(NeedsAuth):
            here.http().get("/orders")
        return answer

    here.provider.script.append(sleep_after_the_answer)
    assert here.http(broker=asleep).get("/orders").ok
    assert (len(woken), here.row().state, here.row().message) == (1, "ok", "")


def test_a_refresh_token_that_never_rotates_may_be_asked_again(here: World) -> None:
    """Where refresh tokens are not single-use, lost answers are repeated like any request."""
    here.clock.now += 3600
    _says(here, 502, times=3)
    began = here.clock.now
    assert here.http(replace(TERMS, single_use_refresh=False)).get("/orders").ok
    assert here.clock.now - began < PAUSES[0]


def test_a_grant_without_refresh_token_ends(here: World) -> None:
    """A grant that cannot be renewed says so when its token has expired."""
    from kpitaps.http import Issued

    here.grants.consent("toy", "user", Issued("access-only", 60.0))
    here.clock.now += 61
    with pytest.raises(NeedsAuth, match="came without a refresh token: authorise again"):
        here.http().get("/orders")


def test_no_secret_is_shown(here: World, caplog: pytest.LogCaptureFixture) -> None:
    """Neither logs nor errors nor reprs nor the table show a token or secret, even if the vendor quotes them."""
    caplog.set_level(logging.DEBUG)
    here.clock.now += 3600
    _lost(here)
    here.provider.script.append(lambda _: None)
    http = here.http()
    with pytest.raises(NeedsAuth) as caught:
        http.get("/orders")
    grant = here.grants.find("toy", "user")
    shown = f"{caught.value!r} {caught.getrepr(style='long')} {caplog.text} {grant!r} {here.broker()!r} {here.row()!r}"
    assert "Old refresh token used: •••" in shown
    secrets = [*here.provider._refresh, *here.provider._access, "client secret & more"]
    assert [secret for secret in secrets if secret in shown] == []


def test_terms_are_data() -> None:
    """What a tap declares reaches the broker as rules."""
    rules = AuthorizationCode("https://a.example/auth", "/token", single_use_refresh=False, min_age=3, life=60).rules
    assert (rules.single_use, rules.min_age, rules.life) == (False, 3, 60)
