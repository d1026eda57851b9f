"""A stand-in for one HubSpot portal: its keys, scopes, limits, lists, searches and quirks.

`Sandbox` answers real HTTP from a `Story`; ``python -m kpitaps.testing kpitaps_hubspot.sandbox:Sandbox`` runs one. It
serves the legacy paths (v3) and the dated ones (2026-03, 2026-09) alike.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from kpitaps.testing import Asgi, Clock, Faults, Front, Logged, Story, admin_routes
from kpitaps.testing.asgi import JSONResponse, RedirectResponse, Response, Route, Starlette
from kpitaps_hubspot.sandbox_answers import Refused, account_body, missing_scope
from kpitaps_hubspot.sandbox_api import Api, kind_of
from kpitaps_hubspot.sandbox_limits import (
    GENEROUS,
    Allowance,
    Limits,
    daily_limit,
    search_limit,
    ten_secondly_limit,
)
from kpitaps_hubspot.sandbox_portal import Portal
from kpitaps_hubspot.sandbox_properties import SCOPES
from kpitaps_hubspot.sandbox_tokens import CLIENT, SERVICE_KEY, Tokens, expired_token, invalid_token

if TYPE_CHECKING:
    from collections.abc import Collection

    from kpitaps.testing.asgi import Request

REFUSALS = (
    "expired_token",
    "missing_scope",
    "locked",
    "migration",
    "ten_secondly_limit",
    "search_limit",
    "daily_limit",
)
QUIRKS = {"index_lag": True, "null_calculated": True, "duplicate_rows": False}
"""Faults of answers that look good, and whether only searches have them."""

FAULTS = (*REFUSALS, *QUIRKS)
STICKY_FAULTS = ("revoked",)
VERSIONS = ("2026-03", "2026-09")
LAGGING = timedelta(minutes=4)
"""How far the search index trails while the fault ``index_lag`` is acted out."""

Answer = Callable[[Api, "Request"], "Response | Awaitable[Response]"]

_OBJECTS = ("/crm/v3/objects/{kind}", "/crm/objects/{version}/{kind}")
_PAIRS = "{from_kind}/{to_kind}/batch/read"
_ROUTES: tuple[tuple[Any, ...], ...] = (
    ("GET", None, Api.listed, *_OBJECTS),
    ("POST", None, Api.searched, *(f"{path}/search" for path in _OBJECTS)),
    ("POST", None, Api.read, *(f"{path}/batch/read" for path in _OBJECTS)),
    ("GET", None, Api.pipelines, "/crm/v3/pipelines/{kind}", "/crm/pipelines/{version}/{kind}"),
    ("GET", "owners", Api.owners, "/crm/v3/owners", "/crm/v3/owners/", "/crm/owners/{version}"),
    ("GET", "emails", Api.emails, "/marketing/v3/emails", "/marketing/v3/emails/", "/marketing/emails/{version}"),
    (
        *("POST", "companies", Api.associated),
        *(f"/crm/{base}/{_PAIRS}" for base in ("v3/associations", "v4/associations", "associations/{version}")),
    ),
)
"""Method, whose scope it needs (None: that of the object type in the path), answer, and the paths of all versions."""


class Sandbox:
    """One portal.

    Args:
        story: What happened.
        clock: What time it is there; tokens expire by it.
        auth: How it is connected: by a service key or by OAuth; it answers both.
        scopes: What key and app were granted; None for all.
        allowance: How much may be asked.
        token_life: Seconds that an access token is good for.
        time_zone: The name under which the portal shows its time zone; None for the story's own. HubSpot uses
            old aliases such as ``US/Eastern``.
        index_lag: Seconds by which the search index trails its writes.
        latency: Seconds that every answer takes at least.
        log: Where requests are written to.
    """

    host = "api.hubapi.com"
    hosts = ("api.hubapi.com", "app.hubspot.com")

    def __init__(
        self,
        story: Story,
        clock: Clock,
        *,
        auth: Literal["key", "oauth"] = "key",
        scopes: Collection[str] | None = None,
        allowance: Allowance | None = None,
        token_life: float = 1_800,
        time_zone: str | None = None,
        index_lag: float = 0.0,
        latency: float = 0.0,
        log: list[Logged] | None = None,
    ) -> None:
        self.story = story
        self.clock = clock
        self.settings = dict(CLIENT) if auth == "oauth" else {"service_key": SERVICE_KEY}
        self.scopes = frozenset(SCOPES.values() if scopes is None else scopes)
        self.time_zone = time_zone or story.zone
        self.index_lag = timedelta(seconds=index_lag)
        self.faults = Faults(FAULTS, STICKY_FAULTS)
        self.log: list[Logged] = [] if log is None else log
        self.portal_id = 25_000_000 + sum(story.name.encode())
        self._zone = ZoneInfo(story.zone)
        self._limits = Limits(allowance or Allowance(), zone=self._zone, seconds=time.monotonic)
        self._tokens = Tokens(clock, token_life, self.portal_id)
        self._portal = Portal(story)
        self.app: Asgi = Front(self._routes(), clock=clock, faults=self.faults, log=self.log, latency=latency)

    def consent(self, url: str) -> str:
        """Agree to what an authorisation address asks, as a person would; return where the browser is sent back to."""
        return self._tokens.consent(url)

    def _routes(self) -> Starlette:
        routes = [
            Route(path, self._endpoint(scope, answer), methods=[method])
            for method, scope, answer, *paths in _ROUTES
            for path in paths
        ]
        return Starlette(
            routes=[
                Route("/oauth/authorize", self._authorize, methods=["GET"]),
                Route("/oauth/{version}/token", self._exchange, methods=["POST"]),
                Route("/account-info/{version}/details", self._endpoint("", self._account), methods=["GET"]),
                *routes,
                *admin_routes(self),
            ]
        )

    def _endpoint(self, scope: str | None, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                headers = self._admit(request, scope)
                found = answer(self._api(request), request)
                response = await found if isinstance(found, Awaitable) else found
            except Refused as refused:
                request.state.note = getattr(request.state, "note", "") or str(refused)
                response = refused.response()
            response.headers.update(headers)
            return response

        return endpoint

    def _admit(self, request: Request, scope: str | None) -> dict[str, str]:
        """Return the headers that tell of the limits.

        Raises:
            Refused: if the request may not be answered.
        """
        if request.path_params.get("version", VERSIONS[0]) not in (*VERSIONS, "v3"):
            raise Refused(404, "OBJECT_NOT_FOUND", "Resource not found")
        is_oauth = self._identified(request)
        self._spoil(request)
        needed = SCOPES.get(scope if scope is not None else kind_of(request), "")
        if needed and needed not in self.scopes:
            raise missing_scope(needed)
        is_search = request.url.path.endswith("/search")
        return self._limits.take(self.clock.now(), is_search=is_search, is_oauth=is_oauth)

    def _identified(self, request: Request) -> bool:
        bearer = request.headers.get("authorization", "")
        if self.faults.spoils("revoked", request):
            self._tokens.revoke()
            raise invalid_token()
        if self.faults.spoils("expired_token", request):
            self._tokens.expire(bearer)
            raise expired_token(self.clock.now())
        return self._tokens.check(bearer)

    def _spoil(self, request: Request) -> None:
        wait = {"Retry-After": "7"}
        refusals: dict[str, Callable[[], Refused]] = {
            "missing_scope": lambda: missing_scope("crm.objects.deals.read"),
            "locked": lambda: Refused(423, "RESOURCE_LOCKED", "The resource is temporarily locked."),
            "migration": lambda: Refused(477, "MIGRATION_IN_PROGRESS", "This account is being moved.", headers=wait),
            "ten_secondly_limit": ten_secondly_limit,
            "daily_limit": daily_limit,
        }
        if request.url.path.endswith("/search"):
            refusals["search_limit"] = search_limit
        for kind, refusal in refusals.items():
            if self.faults.spoils(kind, request):
                raise refusal()

    def _api(self, request: Request) -> Api:
        now = self.clock.now()
        self._portal.move_to(now)
        is_search = request.url.path.endswith("/search")
        spoilt = [
            kind for kind, of_search in QUIRKS.items() if is_search >= of_search and self.faults.spoils(kind, request)
        ]
        lag = LAGGING if "index_lag" in spoilt else self.index_lag
        return Api(self._portal, now, now - lag, spoilt)

    def _account(self, _: Api, __: Request) -> Response:
        return JSONResponse(
            account_body(
                portal=self.portal_id,
                zone=self._zone,
                shown_as=self.time_zone,
                currency=self.story.currency,
                now=self.clock.now(),
            )
        )

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
    """Return a sandbox for people who wait: it counts requests as HubSpot does, but allows many more."""
    return Sandbox(story, clock, allowance=GENEROUS)
