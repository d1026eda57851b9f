"""The Exact Online sandbox rations as Exact does: consent, short-lived tokens, calls, errors, and faults of those."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from kpitaps_exact_online.sandbox import FAULTS, STICKY_FAULTS, Sandbox, demo_sandbox
from kpitaps_exact_online.sandbox_limits import DAILY
from parts.exact_app import BACK, ExactApp, connected

from kpitaps.testing import HTTP_KINDS, Clock, Story

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEVER = date(2100, 1, 1)
"""A company that is founded then has no events of its own yet."""


def limited(clock: Clock, daily: int = DAILY) -> Sandbox:
    """Return a sandbox that counts by its own clock."""
    return Sandbox(Story(founded=NEVER), clock, now=clock.now, daily=daily)


@pytest.fixture
def app() -> Iterator[ExactApp]:
    with connected(limited(Clock(NOW))) as app:
        yield app


def later(app: ExactApp, seconds: float) -> None:
    app.sandbox.clock.advance(timedelta(seconds=seconds))


def me(app: ExactApp) -> int:
    return app.get("/api/v1/current/Me").status_code


# --- consent and tokens ----------------------------------------------------------------------------------------------


def test_a_browser_is_sent_back_with_code_and_state(app: ExactApp) -> None:
    """The authorisation page redirects to the app; an unknown app is refused."""
    query = {"client_id": app.client["client_id"], "response_type": "code", "redirect_uri": BACK, "state": "abc"}
    reply = app.http.get("/api/oauth2/auth", params=query)
    assert reply.status_code == 302
    assert reply.headers["Location"].startswith(f"{BACK}?code=")
    assert reply.headers["Location"].endswith("&state=abc")
    assert app.http.get("/api/oauth2/auth", params={**query, "client_id": "other"}).status_code == 400


def test_a_code_works_once_and_for_three_minutes(app: ExactApp) -> None:
    """A second use is refused, and so is a late one."""
    code, late = app.code(), app.code()
    assert app.redeem(code).status_code == 200
    assert app.redeem(code).status_code == 400
    later(app, 180)
    assert app.redeem(late).status_code == 400


def test_an_access_token_lives_600_seconds_and_says_so_as_text(app: ExactApp) -> None:
    """``expires_in`` is no number, and the token is refused from then on."""
    assert app.tokens["expires_in"] == "600"
    assert app.tokens["token_type"] == "bearer"
    later(app, 599)
    assert me(app) == 200
    later(app, 1)
    assert me(app) == 401


def test_a_wrong_secret_is_refused(app: ExactApp) -> None:
    """The client must prove itself at the token endpoint."""
    app.client["client_secret"] = "guess"
    later(app, 600)
    assert app.refresh().status_code == 401


def test_there_is_no_new_token_before_570_seconds(app: ExactApp) -> None:
    """Too early a refresh is refused with the real reason in a header; nothing is lost by it, and it is forbidden."""
    later(app, 569)
    reply = app.refresh()
    assert (reply.status_code, reply.json()) == (
        400,
        {"error": "access_denied", "error_description": "Rate limit exceeded: access_token not expired"},
    )
    assert reply.headers["Reason"].startswith("TooEarlyToRefreshTokens: ")
    assert app.sandbox.breaches == ["forbidden: a refresh after 569 s"]
    later(app, 1)
    assert app.refresh().status_code == 200
    assert app.sandbox.log[-1].note == "refresh after 570 s"


def test_a_refresh_token_works_once(app: ExactApp) -> None:
    """Each refresh brings the next token; the one before is refused by name from then on."""
    first = app.tokens["refresh_token"]
    later(app, 580)
    assert app.refresh().status_code == 200
    assert app.tokens["refresh_token"] != first
    later(app, 580)
    reply = app.refresh(first)
    assert (reply.status_code, reply.json()["error_description"]) == (401, "Old refresh token used")
    assert app.refresh().status_code == 200


def test_a_refusal_may_rotate_the_refresh_token_all_the_same(app: ExactApp) -> None:
    """Who does not read the refusal's body is left with a used token."""
    first = app.tokens["refresh_token"]
    app.sandbox.faults.add("early_rotates")
    later(app, 590)
    reply = app.refresh()
    assert reply.status_code == 400
    assert app.refresh(first).json()["error_description"] == "Old refresh token used"
    assert app.refresh(reply.json()["refresh_token"]).status_code == 200


def test_a_refresh_token_dies_after_30_days(app: ExactApp) -> None:
    """It lives as long as it is used within them."""
    later(app, 29 * 86_400)
    assert app.refresh().status_code == 200
    later(app, 30 * 86_400)
    assert app.refresh().json()["error"] == "invalid_grant"


def test_a_new_consent_ends_the_chain_before_it(app: ExactApp) -> None:
    """There is one chain of tokens for each user and app."""
    first = app.tokens["refresh_token"]
    app.tokens = app.redeem(app.code()).json()
    later(app, 580)
    assert app.refresh(first).status_code == 401
    assert app.refresh().status_code == 200


def test_there_are_200_token_calls_a_day(app: ExactApp) -> None:
    """The 201st is refused until midnight, UTC."""
    codes = [app.redeem(app.code()).status_code for _ in range(200)]
    assert codes == [200] * 199 + [400]
    assert app.sandbox.breaches == ["forbidden: more than 200 token calls in a day"]
    later(app, 12 * 3_600)
    assert app.redeem(app.code()).status_code == 200


def test_a_revoked_consent_is_no_consent(app: ExactApp) -> None:
    """Neither token is good any more; only a new consent is."""
    app.sandbox.faults.add("revoked")
    assert me(app) == 401
    later(app, 580)
    assert app.refresh().status_code == 400
    app.sandbox.faults.clear()
    app.tokens = app.redeem(app.code()).json()
    assert me(app) == 200


@pytest.mark.parametrize(("fault", "status"), [("early_refresh", 400), ("early_rotates", 400), ("used_refresh", 401)])
def test_a_spoilt_renewal_begins_with_an_expired_token(app: ExactApp, fault: str, status: int) -> None:
    """A fault of renewals that meets a call lets its token expire, so that a renewal follows and goes wrong."""
    later(app, 575)
    app.sandbox.faults.add(fault)
    assert me(app) == 401
    assert app.refresh().status_code == status


# --- calls -----------------------------------------------------------------------------------------------------------


def test_60_calls_a_minute(app: ExactApp) -> None:
    """The 61st is refused; its headers tell of the minute alone, in milliseconds, and it is forbidden."""
    replies = [app.get("/api/v1/current/Me") for _ in range(61)]
    assert [reply.status_code for reply in replies] == [200] * 60 + [429]
    told = {name: value for name, value in replies[-1].headers.items() if name.startswith("x-ratelimit")}
    reset = int((NOW + timedelta(minutes=1)).timestamp() * 1000)
    assert told == {
        "x-ratelimit-minutely-limit": "60",
        "x-ratelimit-minutely-remaining": "0",
        "x-ratelimit-minutely-reset": str(reset),
    }
    assert app.sandbox.breaches == ["forbidden: too many calls in a minute"]
    later(app, 60)
    assert me(app) == 200


def test_the_limit_is_for_a_minute_of_the_clock(app: ExactApp) -> None:
    """Around a full minute twice as many calls can pass; how many came in any 60 seconds is known."""
    later(app, 50)
    assert [me(app) for _ in range(40)] == [200] * 40
    later(app, 20)
    assert [me(app) for _ in range(40)] == [200] * 40
    assert (app.sandbox.busiest_minute, app.sandbox.breaches) == (80, [])


def test_a_limit_a_day() -> None:
    """A call too many is refused until midnight, UTC, with the headers of the day alone."""
    with connected(limited(Clock(NOW), daily=3)) as app:
        replies = [app.get("/api/v1/current/Me") for _ in range(4)]
        assert [reply.headers.get("X-RateLimit-Remaining") for reply in replies] == ["2", "1", "0", "0"]
        assert (replies[3].status_code, replies[3].headers.get("X-RateLimit-Minutely-Limit")) == (429, None)
        assert replies[3].headers["X-RateLimit-Reset"] == str(int(datetime(2026, 3, 3, tzinfo=UTC).timestamp() * 1000))


def test_each_division_has_its_own_limit() -> None:
    """What was asked of one company does not count for another."""
    clock = Clock(NOW)
    stories = Story(founded=NEVER), Story(founded=NEVER, name="Branderij Zuid")
    with connected(Sandbox(stories[0], clock, now=clock.now, others=stories[1:])) as app:
        first, second = (division.code for division in app.sandbox.divisions[:2])
        left = [
            app.ask("financial/Journals", code).headers["X-RateLimit-Minutely-Remaining"]
            for code in (first, first, second)
        ]
        assert left == ["59", "58", "59"]


@pytest.mark.parametrize(
    ("fault", "header", "remaining"),
    [
        ("minutely_limit", "X-RateLimit-Minutely-Remaining", "0"),
        ("limit_with_remaining", "X-RateLimit-Minutely-Remaining", "17"),
        ("daily_limit", "X-RateLimit-Remaining", "0"),
    ],
)
def test_refusals_on_purpose(app: ExactApp, fault: str, header: str, remaining: str) -> None:
    """Each limit can be hit at will, one of them with calls remaining; nobody is to blame for that."""
    app.sandbox.faults.add(fault)
    reply = app.get("/api/v1/current/Me")
    assert (reply.status_code, reply.headers[header]) == (429, remaining)
    assert sum(name.startswith("x-ratelimit") for name in reply.headers) == 3
    assert me(app) == 200
    assert app.sandbox.breaches == []


def test_the_demo_allows_more_and_says_so() -> None:
    """Who waits for a demo is not held up, and a client learns it from the headers."""
    with connected(demo_sandbox(Story(founded=NEVER), Clock(NOW))) as app:
        told = app.get("/api/v1/current/Me").headers
        assert [told["X-RateLimit-Limit"], told["X-RateLimit-Minutely-Limit"]] == ["50000000", "200000"]


# --- errors ----------------------------------------------------------------------------------------------------------


def test_the_tenth_error_in_an_hour_blocks_the_app(app: ExactApp) -> None:
    """Nine at one endpoint are forgiven, at another they count anew; the tenth blocks all calls for an hour."""
    for _ in range(9):
        assert app.ask("crm/Opportunities", select="Colour").status_code == 400
        assert app.ask("financial/Journals", select="Colour").status_code == 400
    assert (me(app), app.sandbox.breaches) == (200, [])
    app.ask("crm/Opportunities", filter="Colour eq 1")
    assert app.sandbox.breaches == ["forbidden: too many errors in an hour at crm/opportunities"]
    assert me(app) == 403
    later(app, 500)
    assert me(app) == 403
    later(app, 3_100)
    app.refresh()
    assert me(app) == 200


def test_early_refreshes_are_errors_too(app: ExactApp) -> None:
    """Ten of them block the app as well."""
    for _ in range(10):
        assert app.refresh().status_code == 400
    assert me(app) == 403


@pytest.mark.parametrize("fault", sorted({*FAULTS, *STICKY_FAULTS} - {"next_dropped"}))
def test_every_fault_is_acted_out(app: ExactApp, fault: str) -> None:
    """Each of the sandbox's own faults spoils a request, and the log says which."""
    app.sandbox.faults.add(fault)
    assert app.ask("sync/Deleted").status_code >= 400
    assert app.sandbox.log[-1].note == fault
    assert {*FAULTS, *STICKY_FAULTS, *HTTP_KINDS} == set(app.sandbox.faults.kinds)


def test_a_missing_right_is_told_with_its_reason(app: ExactApp) -> None:
    """One endpoint is closed to the user, the others are not."""
    app.sandbox.faults.add("missing_right", None, "crm/Opportunities")
    reply = app.ask("crm/Opportunities")
    assert (reply.status_code, "rights" in reply.headers["Reason"]) == (403, True)
    assert app.ask("financial/Journals").status_code == 200
    app.sandbox.faults.add("no_deleted_right", None)
    assert [app.ask(endpoint).status_code for endpoint in ("sync/Deleted", "financial/Journals")] == [403, 200]
