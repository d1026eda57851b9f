"""The Teamleader sandbox behaves as Teamleader is documented to: consent, tokens, limits, lists and oddities."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from kpitaps_teamleader.sandbox import FAULTS, STICKY_FAULTS, Sandbox

from kpitaps.testing import HTTP_KINDS, Clock, Story, serve
from kpitaps.testing.story import ClientAdded, CreditNoteIssued, InvoiceBooked, InvoiceDrafted, InvoiceLine, Sum

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BACK = "http://127.0.0.1:5000/callback"


class Integration:
    """An integration that somebody has consented to."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox, self.http = sandbox, http
        self.client = {name: sandbox.settings[name] for name in ("client_id", "client_secret")}
        self.tokens = self.redeem(self.code()).json()

    def code(self) -> str:
        asked = {"client_id": self.client["client_id"], "response_type": "code", "redirect_uri": BACK, "state": "s"}
        back = self.sandbox.consent(f"https://focus.teamleader.eu/oauth2/authorize?{urlencode(asked)}")
        return parse_qs(urlsplit(back).query)["code"][0]

    def redeem(self, code: str) -> httpx.Response:
        return self.token(grant_type="authorization_code", code=code, redirect_uri=BACK)

    def refresh(self, token: str) -> httpx.Response:
        return self.token(grant_type="refresh_token", refresh_token=token)

    def token(self, **form: str) -> httpx.Response:
        return self.http.post("/oauth2/access_token", data={**self.client, **form})

    def ask(self, operation: str, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}", "X-Api-Version": "2023-09-26"}
        return self.http.post(f"/{operation}", json=body, headers=headers)

    def rows(self, operation: str, **body: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.ask(operation, **body).json()["data"]
        return rows


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(Story(3, date(2025, 11, 1), orders_per_day=0.1), Clock(NOW))


@pytest.fixture
def app(sandbox: Sandbox) -> Iterator[Integration]:
    with serve(sandbox.app) as url, httpx.Client(base_url=url, timeout=10) as http:
        yield Integration(sandbox, http)


# --- consent and tokens ----------------------------------------------------------------------------------------------


def test_a_browser_is_sent_back_with_code_and_state(app: Integration) -> None:
    """The authorisation page redirects to the integration; an unknown integration is refused."""
    query = {"client_id": app.client["client_id"], "response_type": "code", "redirect_uri": BACK, "state": "abc"}
    reply = app.http.get("/oauth2/authorize", params=query)
    assert reply.status_code == 302
    assert reply.headers["Location"].startswith(f"{BACK}?code=")
    assert reply.headers["Location"].endswith("&state=abc")
    assert app.http.get("/oauth2/authorize", params={**query, "client_id": "other"}).status_code == 400


def test_a_code_works_once_and_for_ten_minutes(app: Integration) -> None:
    """A second use is refused, and so is one after ten minutes."""
    code, late = app.code(), app.code()
    assert app.redeem(code).status_code == 200
    assert app.redeem(code).status_code == 400
    app.sandbox.clock.advance(timedelta(minutes=10))
    assert app.redeem(late).status_code == 400


def test_a_refresh_token_works_once(app: Integration) -> None:
    """Each refresh brings the next token; the one before is refused from then on."""
    first = app.tokens["refresh_token"]
    second = app.refresh(first).json()
    assert second["expires_in"] == 3600
    assert second["refresh_token"] != first
    assert app.refresh(first).status_code == 401
    assert app.refresh(second["refresh_token"]).status_code == 200


def test_an_access_token_lives_an_hour(app: Integration) -> None:
    """After 3,600 seconds it is refused with Teamleader's error body."""
    assert app.ask("users.me").status_code == 200
    app.sandbox.clock.advance(timedelta(seconds=3600))
    reply = app.ask("users.me")
    assert (reply.status_code, list(reply.json())) == (401, ["errors"])


def test_a_wrong_secret_is_refused(app: Integration) -> None:
    """The client must prove itself at the token endpoint."""
    app.client["client_secret"] = "guess"
    assert app.refresh(app.tokens["refresh_token"]).status_code == 401


# --- limits ----------------------------------------------------------------------------------------------------------


def test_the_published_limit_is_200_in_any_minute(sandbox: Sandbox) -> None:
    """The 201st request within 60 seconds is refused, and the headers say until when."""
    limited = Sandbox(sandbox.story, Clock(NOW), seconds=None)
    with serve(limited.app) as url, httpx.Client(base_url=url, timeout=10) as http:
        app = Integration(limited, http)
        replies = [app.ask("users.me") for _ in range(201)]
        assert [reply.status_code for reply in replies] == [200] * 200 + [429]
        assert [replies[-1].headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining")] == ["200", "0"]
        assert replies[-1].headers["X-RateLimit-Reset"] == "2026-03-02T13:01:00.000+0100"
        limited.clock.advance(timedelta(seconds=60))
        assert app.ask("users.me").status_code == 200


# --- lists -----------------------------------------------------------------------------------------------------------


def test_pages(app: Integration) -> None:
    """20 rows by default, 100 at most; number and size say which; no meta where none is declared."""
    everything = [row["id"] for row in app.rows("timeTracking.list", page={"size": 100})]
    assert len(everything) == 100
    assert [row["id"] for row in app.rows("timeTracking.list")] == everything[:20]
    assert [row["id"] for row in app.rows("timeTracking.list", page={"size": 30, "number": 2})] == everything[30:60]
    assert app.ask("timeTracking.list", page={"size": 101}).status_code == 400
    assert "meta" not in app.ask("timeTracking.list").json()
    assert app.ask("dealPipelines.list").json()["meta"]["matches"] == 2


def test_what_is_unknown_is_ignored_with_200_and_noted(app: Integration) -> None:
    """A typo in a filter, a sort field, an include or a body key shows everything; only the log tells."""
    everything = app.rows("deals.list", page={"size": 100})
    wrong: dict[str, Any] = {"filter": {"updatedsince": "2999-01-01T00:00:00+00:00"}, "sort": [{"field": "colour"}]}
    assert len(app.rows("deals.list", page={"size": 100}, **wrong, includes="all", colour=1)) == len(everything)
    note = app.sandbox.log[-1].note
    assert note == "ignored: colour, filter.updatedsince, includes.all, sort.colour"


def test_updated_since(app: Integration) -> None:
    """It lets through what changed since, to the second and inclusive, and nothing of the future."""
    stamps = sorted(row["updated_at"] for row in app.rows("deals.list", page={"size": 100}))
    since = stamps[len(stamps) // 2]
    found = app.rows("deals.list", page={"size": 100}, filter={"updated_since": since})
    assert sorted(row["updated_at"] for row in found) == [stamp for stamp in stamps if stamp >= since]
    assert app.rows("deals.list", filter={"updated_since": "2999-01-01T00:00:00+00:00"}) == []


def test_who_left_is_only_shown_when_asked_for(app: Integration) -> None:
    """Deactivated colleagues are in the list by status."""
    assert len(app.rows("users.list")) == 3
    assert len(app.rows("users.list", filter={"status": ["active", "deactivated"]})) == 4


def test_phases_are_those_of_one_pipeline(app: Integration) -> None:
    """Without a filter the default pipeline's are shown, and nothing in a row tells which it is."""
    both = [
        app.rows("dealPhases.list", filter={"deal_pipeline_id": row["id"]}) for row in app.rows("dealPipelines.list")
    ]
    assert app.rows("dealPhases.list") == both[0]
    assert [phase["probability"] for phase in both[1]] == [0.2, 0.5, 0.75, 1.0, 0.0]
    assert all(phase.keys() == {"id", "name", "probability"} for phase in both[0])


# --- oddities --------------------------------------------------------------------------------------------------------


def test_times_come_with_and_without_a_zone(app: Integration) -> None:
    """Most have an offset; the history of phases is in local time and does not say so."""
    deal = app.ask("deals.info", id=app.rows("deals.list")[0]["id"]).json()["data"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", deal["created_at"])
    started = deal["phase_history"][0]["started_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", started)
    summer = datetime.fromisoformat(deal["created_at"]) < datetime(2025, 10, 26, tzinfo=UTC)
    offset = timedelta(hours=2 if summer else 1)
    assert datetime.fromisoformat(f"{started}+00:00") - datetime.fromisoformat(deal["created_at"]) == offset


def test_documents(app: Integration) -> None:
    """A draft has no number and no date, a credit note no rate, and both are told about in floats."""
    office, at = app.sandbox.story.office, NOW - timedelta(hours=1)
    client, draft, booked, note = (office.next_id() for _ in range(4))
    dollars, lines = Sum(10_010, "USD", Decimal("0.912345")), (InvoiceLine("Koffie", 1, 10_010, 0),)
    office.append(ClientAdded(at, client, "Diner", "US", None))
    for number in (draft, booked):
        office.append(InvoiceDrafted(at, number, client, None, None, lines, dollars, dollars))
    office.append(InvoiceBooked(at, booked, "2026/1", at.date(), None))
    office.append(CreditNoteIssued(at, note, "C/1", booked, client, at.date(), dollars, dollars))
    rows = app.rows("invoices.list", page={"size": 100}, filter={"updated_since": at.isoformat()})
    drafted, sent = sorted((row for row in rows if row["invoicee"]["name"] == "Diner"), key=lambda row: row["status"])
    assert (drafted["invoice_number"], drafted["invoice_date"], drafted["status"]) == (None, None, "draft")
    assert (sent["status"], sent["total"]["due"]) == ("matched", {"amount": 0.0, "currency": "USD"})
    assert sent["currency_exchange_rate"] == {"from": "USD", "to": "EUR", "rate": 0.912345}
    credit = next(row for row in app.rows("creditNotes.list", page={"size": 100}) if row["credit_note_number"] == "C/1")
    assert credit["total"]["tax_exclusive"] == {"amount": 100.1, "currency": "USD"}
    assert "currency_exchange_rate" not in credit


def test_what_does_not_exist(app: Integration) -> None:
    """An unknown thing or operation is 404, a body that is no object 400, each with Teamleader's error body."""
    replies = [app.ask("deals.info", id="x"), app.ask("deals.dance")]
    assert [reply.status_code for reply in replies] == [404, 404]
    assert all(reply.json()["errors"][0]["title"] for reply in replies)
    headers = {"Authorization": f"Bearer {app.tokens['access_token']}"}
    assert app.http.post("/deals.list", content=b"[]", headers=headers).status_code == 400


def test_a_request_without_a_version_is_noted(app: Integration) -> None:
    """Whoever does not pin the version gets the newest one without a word."""
    app.http.post("/users.me", json={}, headers={"Authorization": f"Bearer {app.tokens['access_token']}"})
    assert app.sandbox.log[-1].note == "ignored: no X-Api-Version"


# --- faults ----------------------------------------------------------------------------------------------------------


def test_faults_of_the_lists(app: Integration) -> None:
    """A filter is skipped, rows come twice or turned round, a list is forbidden: once each, and noted."""
    good = [row["id"] for row in app.rows("deals.list")]
    for kind in ("ignored_filter", "duplicate_rows", "reordered_rows", "missing_rights", "throttled"):
        app.sandbox.faults.add(kind)
    kinds, notes = [], []
    for _ in range(2):
        reply = app.ask("deals.list", filter={"updated_since": "2999-01-01T00:00:00+00:00"})
        kinds.append(reply.status_code)
        notes.append(app.sandbox.log[-1].note)
    assert (kinds, notes) == ([429, 403], ["throttled", "missing_rights"])
    spoilt = [row["id"] for row in app.rows("deals.list", filter={"updated_since": "2999-01-01T00:00:00+00:00"})]
    assert spoilt == [each for each in good for _ in range(2)][::-1]
    assert app.sandbox.faults.pending == []


def test_a_lost_answer_to_a_refresh_uses_the_token_up(app: Integration) -> None:
    """The answer breaks off, but the chain has moved on: the token that was sent is refused."""
    app.sandbox.faults.add("refresh_lost")
    assert app.ask("users.me").status_code == 401
    with pytest.raises(httpx.RemoteProtocolError):
        app.refresh(app.tokens["refresh_token"])
    assert app.refresh(app.tokens["refresh_token"]).status_code == 401


def test_a_revoked_integration_stays_out(app: Integration) -> None:
    """Tokens and refresh are refused until somebody consents again."""
    app.sandbox.faults.add("revoked")
    assert app.ask("users.me").status_code == 401
    assert app.refresh(app.tokens["refresh_token"]).status_code == 401
    app.sandbox.faults.clear()
    assert app.refresh(app.tokens["refresh_token"]).status_code == 401
    app.tokens = app.redeem(app.code()).json()
    assert app.ask("users.me").status_code == 200


def test_every_fault_can_be_queued_from_another_process(app: Integration) -> None:
    """The admin face takes all kinds."""
    for kind in (*HTTP_KINDS, *FAULTS, *STICKY_FAULTS):
        assert app.http.post("/_sandbox/faults", json={"kind": kind}).status_code == 200
    assert app.http.post("/_sandbox/faults/clear").json() == {"pending": []}
