"""A stand-in for one Google Analytics 4 property: its tokens, reports, quotas and quirks.

`Sandbox` answers real HTTP from a `Story`; ``python -m kpitaps.testing kpitaps_google_analytics.sandbox:Sandbox`` runs
one. It serves the Data API v1beta, and the hosts for tokens and consent.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from kpitaps.testing import Asgi, Clock, Faults, Front, Logged, Story, admin_routes
from kpitaps.testing.asgi import JSONResponse, RedirectResponse, Response, Route, Starlette
from kpitaps_google_analytics.sandbox_compatibility import compatibility, metadata
from kpitaps_google_analytics.sandbox_fields import Schema
from kpitaps_google_analytics.sandbox_property import Property
from kpitaps_google_analytics.sandbox_quirks import QUIRKS, applicable
from kpitaps_google_analytics.sandbox_quota import GENEROUS, Allowance, Quota, used_up
from kpitaps_google_analytics.sandbox_refusals import Refused, invalid, not_shared, unauthenticated
from kpitaps_google_analytics.sandbox_reports import Report
from kpitaps_google_analytics.sandbox_requests import (
    MOST_REPORTS,
    BatchRunReportsRequest,
    CheckCompatibilityRequest,
    RunReportRequest,
    read,
)
from kpitaps_google_analytics.sandbox_tokens import ACCOUNT, CLIENT, Tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kpitaps.testing.asgi import Request

REFUSALS = ("not_shared", "quota_hour", "quota_day", "expired_token")
FAULTS = (*REFUSALS, *QUIRKS)
STICKY_FAULTS = ("revoked",)
PROPERTY = "313402000"
PAGE_LOAD_METRIC = "page_load_ms"


class Sandbox:
    """One property.

    Args:
        story: What happened.
        clock: What time it is there; tokens expire and quotas start anew by it.
        auth: How it is connected: by a service account or by OAuth; it answers both.
        allowance: How much may be asked.
        token_life: Seconds that an access token is good for.
        ads_by_channel: Whether metrics of advertisements go together with channels; else they go with dates alone.
        latency: Seconds that every answer takes at least.
        log: Where requests are written to.
    """

    host = "analyticsdata.googleapis.com"
    hosts = ("analyticsdata.googleapis.com", "oauth2.googleapis.com", "accounts.google.com")

    def __init__(
        self,
        story: Story,
        clock: Clock,
        *,
        auth: Literal["service_account", "oauth"] = "service_account",
        allowance: Allowance | None = None,
        token_life: float = 3_600,
        ads_by_channel: bool = True,
        latency: float = 0.0,
        log: list[Logged] | None = None,
    ) -> None:
        self.story = story
        self.clock = clock
        credentials = dict(CLIENT) if auth == "oauth" else {"service_account": ACCOUNT.text}
        self.settings = {"property_id": PROPERTY, "page_load_metric": PAGE_LOAD_METRIC, **credentials}
        self.faults = Faults(FAULTS, STICKY_FAULTS)
        self.log: list[Logged] = [] if log is None else log
        self._zone = ZoneInfo(story.zone)
        self._latency = latency
        self._tokens = Tokens(clock, token_life, time.time)
        self._quota = Quota(allowance or Allowance(), self.log)
        self._schema = Schema(PAGE_LOAD_METRIC, ads_by_channel=ads_by_channel)
        self._property = Property(story)
        self.app: Asgi = Front(self._routes(), clock=clock, faults=self.faults, log=self.log)

    def consent(self, url: str) -> str:
        """Agree to what an authorisation address asks, as a person would; return where the browser is sent back to."""
        return self._tokens.consent(url)

    def _routes(self) -> Starlette:
        base = "/v1beta/properties/{property}"
        methods = {
            ":runReport": self._run_report,
            ":batchRunReports": self._batch_run_reports,
            ":checkCompatibility": self._check_compatibility,
        }
        return Starlette(
            routes=[
                *(Route(f"{base}{path}", self._endpoint(answer), methods=["POST"]) for path, answer in methods.items()),
                Route(f"{base}/metadata", self._endpoint(self._metadata), methods=["GET"]),
                Route("/token", self._exchange, methods=["POST"]),
                Route("/o/oauth2/v2/auth", self._authorize, methods=["GET"]),
                *admin_routes(self),
            ]
        )

    def _endpoint(self, answer: Callable[[Request, bytes], dict[str, Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            self._quota.running += 1
            at_once = self._quota.running
            try:
                content = await request.body()
                await asyncio.sleep(self._latency)
                self._admit(request, at_once)
                return JSONResponse(answer(request, content))
            except Refused as refused:
                request.state.note = getattr(request.state, "note", "") or str(refused)
                return refused.response()
            finally:
                self._quota.running -= 1

        return endpoint

    def _admit(self, request: Request, at_once: int) -> None:
        """Let a request in.

        Raises:
            Refused: if it may not be answered.
        """
        bearer = request.headers.get("authorization", "")
        if self.faults.spoils("revoked", request):
            self._tokens.revoke()
            raise unauthenticated()
        if self.faults.spoils("expired_token", request):
            self._tokens.expire(bearer)
            raise unauthenticated()
        self._tokens.check(bearer)
        for kind, quota in (("quota_hour", "tokensPerProjectPerHour"), ("quota_day", "tokensPerDay")):
            if self.faults.spoils(kind, request):
                raise used_up(quota)
        is_universal = request.method == "GET" and request.path_params["property"] == "0"
        is_ours = is_universal or request.path_params["property"] == PROPERTY
        if self.faults.spoils("not_shared", request) or not is_ours:
            raise not_shared()
        self._quota.admit(self.clock.now(), at_once)
        self._property.move_to(self.clock.now())

    def _run_report(self, request: Request, content: bytes) -> dict[str, Any]:
        return self._report(request, read(RunReportRequest, content))

    def _batch_run_reports(self, request: Request, content: bytes) -> dict[str, Any]:
        asked = read(BatchRunReportsRequest, content).requests
        if not 0 < len(asked) <= MOST_REPORTS:
            raise invalid(
                f"Batch requests are limited to {MOST_REPORTS} requests, and need one; there are {len(asked)}."
            )
        reports = [self._report(request, each) for each in asked]
        return {"reports": reports, "kind": "analyticsData#batchRunReports"}

    def _report(self, request: Request, asked: RunReportRequest) -> dict[str, Any]:
        now = self.clock.now()
        if asked.property not in ("", f"properties/{PROPERTY}"):
            raise invalid("The property of a report must be that of the request.")
        if asked.currency_code not in ("", self.story.currency):
            raise invalid(f"The sandbox reports in {self.story.currency} only.")
        today = now.astimezone(self._zone).date()
        report = Report(self._property, self._schema, asked, today, self._spoil(request, asked))
        body = report.body({"currencyCode": self.story.currency, "timeZone": self.story.zone})
        request.state.cost = getattr(request.state, "cost", 0) + report.cost
        told = self._quota.charge(now, report.cost, is_thresholded="subjectToThresholding" in body["metadata"])
        return {**body, "propertyQuota": told} if asked.return_property_quota else body

    def _spoil(self, request: Request, asked: RunReportRequest) -> list[str]:
        """Return the quirks that a report is to have, of those that it can have."""
        names = [each.name for each in asked.dimensions]
        metrics = {each.name: known for each in asked.metrics if (known := self._schema.metrics.get(each.name))}
        return [kind for kind in QUIRKS if applicable(kind, names, metrics) and self.faults.spoils(kind, request)]

    def _check_compatibility(self, _: Request, content: bytes) -> dict[str, Any]:
        return compatibility(self._schema, read(CheckCompatibilityRequest, content))

    def _metadata(self, request: Request, _: bytes) -> dict[str, Any]:
        return metadata(self._schema, request.path_params["property"])

    async def _authorize(self, request: Request) -> Response:
        try:
            return RedirectResponse(self.consent(str(request.url)), 302)
        except Refused as refused:
            return refused.response()

    async def _exchange(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        try:
            return JSONResponse(self._tokens.exchange(form, is_revoked=self.faults.spoils("revoked", request)))
        except Refused as refused:
            request.state.note = str(refused)
            return refused.response()


def demo_sandbox(story: Story, clock: Clock) -> Sandbox:
    """Return a sandbox for people who wait: it counts tokens as Google does, and tells of them, but has many more."""
    return Sandbox(story, clock, allowance=GENEROUS)
